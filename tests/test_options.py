"""Options: one frozen record that refuses what it should."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from tinct.errors import OptionError
from tinct.options import FORMATS, Options


def test_defaults_are_accepted_and_leave_the_tuned_values_to_the_model() -> None:
    options = Options()
    assert options.vividness == 1
    assert options.temperature is None
    assert options.max_megapixels == 500
    assert not options.overwrite


def test_options_cannot_be_changed_once_made() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options().seed = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vividness", -0.1),
        ("vividness", 5.1),
        ("vividness", math.nan),
        ("vividness", "2"),
        ("temperature", 0),
        ("temperature", math.inf),
        ("seed", -1),
        ("seed", 1.5),
        ("seed", None),
        ("seed", True),
        ("max_megapixels", 0),
        ("max_megapixels", None),
        ("quality", 0),
        ("quality", 101),
        ("page", 0),
        ("kind", "film"),
        ("format", "bmp"),
        ("profile", ""),
        ("overwrite", "yes"),
    ],
)
def test_a_value_outside_its_range_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(OptionError, match=name):
        Options(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"), [("vividness", 0), ("vividness", 5), ("quality", 1), ("quality", 100)]
)
def test_the_ends_of_a_range_belong_to_it(name: str, value: float) -> None:
    assert getattr(Options(**{name: value}), name) == value  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers() -> None:
    assert Options(seed=np.int64(4), vividness=np.float32(1.5)).seed == 4  # type: ignore[arg-type]


def test_settings_by_name_refuse_a_name_that_is_none_of_them() -> None:
    assert Options.from_dict({"seed": 5}) == Options(seed=5)
    with pytest.raises(OptionError, match=r"vividnes.*vividness"):
        Options.from_dict({"vividnes": 1})


def test_the_formats_of_options_are_those_of_the_photo_room() -> None:
    from tinct import photo

    assert set(FORMATS) == set(photo.FORMATS)
