"""Pixel formats: what they store, and which one a result has."""

from __future__ import annotations

from dataclasses import dataclass

import av

from tinct.errors import OptionError
from tinct.video.source.probe import Clip

SUBSAMPLING = {"444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2), "411": (4, 1), "410": (4, 4)}
# These encoders refuse 4:2:0 and 4:2:2 of odd sides.
_EVEN_SIDES = ("libx264", "libx265", "libsvtav1")
_PRORES_DEPTH = 10


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """Pixel format of a result: its name in FFmpeg, bits per sample and how many pixels share a chroma sample,
    across and down; shift: left shift of the source's luma samples, negative where they are rounded to fewer bits.
    """

    name: str
    depth: int
    across: int
    down: int
    shift: int = 0


def has_luma(name: str) -> bool:
    """Whether a pixel format stores luma in a plane of its own."""
    return name.startswith(("yuv", "gray", "nv", "p0", "p2", "p4")) and not name.endswith(("be", "32le"))


def has_alpha(name: str) -> bool:
    """Whether a pixel format has an alpha channel."""
    return any(component.is_alpha for component in av.VideoFormat(name).components)


def yuv_format(name: str) -> str:
    """The format itself if it stores luma in a plane, else planar YCbCr 4:4:4 of no fewer bits, with its alpha."""
    if has_luma(name):
        return name
    most = max(component.bits for component in av.VideoFormat(name).components)
    depth = next(bits for bits in (8, 10, 12, 16) if most <= bits or bits == 16)
    return f"yuv{'a' if has_alpha(name) else ''}444p" + (f"{depth}le" if depth > 8 else "")


def source_depth(name: str) -> int:
    """Bits per luma sample of a pixel format."""
    return int(av.VideoFormat(name).components[0].bits)


def output_format(clip: Clip, encoder: str, alpha: bool = False) -> FrameFormat:
    """The pixel format for an encoder that keeps the clip's luma exactly, and its chroma size where it can; for
    ProRes luma is rounded to its 10 bits.

    alpha: with an alpha channel, if the encoder has one. Raises OptionError if the encoder has no such format.
    """
    known = {each.name for each in av.Codec(encoder, "w").video_formats or ()}
    name = yuv_format(clip.pixel_format)
    depth = source_depth(name)
    odd = bool(clip.width % 2 or clip.height % 2)
    wanted = chroma_size(name, "444" if encoder == "ffv1" or (odd and encoder in _EVEN_SIDES) else "420")
    if odd and encoder in _EVEN_SIDES:
        wanted = "444"
    if name != clip.pixel_format and encoder != "ffv1":
        wanted = "444" if odd else "420"
    least = min(depth, _PRORES_DEPTH) if encoder == "prores_ks" else depth
    for channels in ("yuva", "yuv") if alpha else ("yuv",):
        for bits in [least, *(more for more in (9, 10, 12, 14, 16) if more > least)]:
            for chroma in dict.fromkeys((wanted, "444" if odd else "422", "444")):
                chosen = f"{channels}{chroma}p" + (f"{bits}le" if bits > 8 else "")
                if chosen in known:
                    return FrameFormat(chosen, bits, *SUBSAMPLING[chroma], bits - depth)
    why = f"has {depth}-bit samples" if depth > 8 else f"is {clip.width}x{clip.height} with {name}"
    raise OptionError(f"{clip.path}: {why}, which {encoder} cannot keep; choose --codec hevc or ffv1")


def chroma_size(name: str, default: str) -> str:
    """The chroma subsampling in the name of a pixel format, such as 420."""
    if name.startswith(("nv12", "nv21", "p01")):
        return "420"
    return next((size for size in SUBSAMPLING if size in name), default)
