"""Signals and light: transfer functions of SDR and HDR, relative to the white of a page."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinct.color.lab import linear_to_srgb, srgb_to_linear

Float64Array = NDArray[np.float64]

# Transfer characteristics of ITU-T H.273.
PQ, HLG = 16, 18
HDR_TRANSFERS = {PQ: "PQ", HLG: "HLG"}
# Reference white of HDR (ITU-R BT.2408): in cd/m2 for PQ, as a signal for HLG.
_WHITE_PQ, _WHITE_HLG = 203.0, 0.75
# SMPTE ST 2084.
_M1, _M2, _C1, _C2, _C3, _PEAK = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875, 10000.0
# ARIB STD-B67.
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073


def to_linear(signal: ArrayLike, transfer: int) -> Float64Array:
    """Linear light of signals 0..1, 1 at reference white; above that for highlights of HDR.

    transfer: of ITU-T H.273; all of SDR count as sRGB's.
    """
    value = np.asarray(signal, np.float64)
    if transfer == PQ:
        root = np.maximum(value, 0) ** (1 / _M2)
        light = (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)
        return np.asarray(light * (_PEAK / _WHITE_PQ))
    if transfer == HLG:
        return np.asarray(_scene_light(value) / _scene_light(np.float64(_WHITE_HLG)))
    return srgb_to_linear(value)


def from_linear(linear: ArrayLike, transfer: int) -> Float64Array:
    """Signals of linear light, 1 at reference white; the inverse of `to_linear`. Below 0 HDR has none."""
    value = np.asarray(linear, np.float64)
    if transfer == PQ:
        power = (np.maximum(value, 0) * (_WHITE_PQ / _PEAK)) ** _M1
        return np.asarray(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)
    if transfer == HLG:
        light = np.maximum(value, 0) * _scene_light(np.float64(_WHITE_HLG))
        high = _A * np.log(np.maximum(12 * light - _B, 1e-6)) + _C
        return np.asarray(np.where(light <= 1 / 12, np.sqrt(3 * light), high))
    return linear_to_srgb(value)


def _scene_light(signal: Float64Array | np.float64) -> Float64Array:
    return np.asarray(np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - _C) / _A) + _B) / 12))
