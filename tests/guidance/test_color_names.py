"""Colours by name, number and pair."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import ImageColor
from skimage.color import rgb2lab

from tinct.errors import OptionError
from tinct.guidance.color_names import joined_name, named_colors, parse_color


def test_every_css_colour_has_its_value() -> None:
    for name, value in ImageColor.colormap.items():
        found = named_colors().get(name)
        assert found is not None
        assert found.group != "css" or found.hex == value.upper()


def test_at_least_forty_historic_colours_name_the_source_of_their_value() -> None:
    historic = [each for each in named_colors().values() if each.group != "css"]
    sourced = [each for each in historic if not each.source.startswith("estimate; no measured source found")]
    assert len(sourced) >= 40
    assert {each.group for each in historic} == {"dye", "pigment", "cloth"}
    for each in historic:
        assert re.fullmatch(r"#[0-9A-F]{6}", each.hex)
    for each in sourced:
        assert re.match(r"Wikipedia(, List of colors: .| \(fr\), )|.+: ISCC-NBS [a-z ]+", each.source), (
            each.name
        )


@pytest.mark.parametrize(
    "name",
    ["field grey", "horizon blue", "khaki drill", "union blue", "madder", "indigo", "prussian blue"],
)  # fmt: skip
def test_the_best_known_historic_colours_are_in_the_list(name: str) -> None:
    assert named_colors()[name].group != "css"


def test_colours_of_one_block_of_the_iscc_nbs_system_are_one_value() -> None:
    blocks: dict[str, set[str]] = {}
    for each in named_colors().values():
        if found := re.search(r": ISCC-NBS ([a-z ]+)", each.source):
            blocks.setdefault(found[1], set()).add(each.hex)
    assert len(blocks) > 20
    assert all(len(values) == 1 for values in blocks.values())


@pytest.mark.parametrize("text", ["#4d5d53", "field grey", "Field-Grey", "FIELD_GREY", "FieldGrey"])
def test_a_name_and_its_number_are_one_colour(text: str) -> None:
    expected = rgb2lab(np.array([[[0x4D, 0x5D, 0x53]]], np.uint8))[0, 0, 1:]
    np.testing.assert_allclose(parse_color(text), expected, atol=0.05)


def test_short_numbers_pairs_and_names_written_apart() -> None:
    assert parse_color("#f80") == parse_color("#ff8800")
    assert parse_color("12.5, -3") == (12.5, -3)
    assert parse_color("light sea green") == parse_color("lightseagreen") == parse_color("Light-SeaGreen")
    assert parse_color("rosemadder") == parse_color("rose madder")


def test_no_two_names_are_one_when_written_together() -> None:
    assert len({joined_name(each) for each in named_colors()}) == len(named_colors())


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("brick red", "firebrick"),
        ("chocolate brown", "chocolate"),
        ("dusty pink", "pink"),
        ("prusian blue", "prussian blue"),
        ("maddr", "madder"),
    ],
)
def test_an_unknown_name_is_answered_with_one_of_the_same_words_or_else_of_like_spelling(
    asked: str, offered: str
) -> None:
    with pytest.raises(OptionError, match=f"did you mean '{offered}'"):
        parse_color(asked)


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("brick red", "firebrick"),
        ("light blue grey", "lightblue"),
        ("dusty pink", "pink"),
        ("old rose", "rose madder"),
        ("olive green", "darkolivegreen"),
        ("navy blue", "navy"),
        ("Prusian Blue", "prussian blue"),
    ],
)
@pytest.mark.parametrize("between", ["", " ", "-", "_"])
def test_the_name_offered_does_not_depend_on_how_the_words_are_joined(
    asked: str, offered: str, between: str
) -> None:
    with pytest.raises(OptionError, match=f"did you mean '{offered}'"):
        parse_color(asked.replace(" ", between))


@pytest.mark.parametrize("name", ["red" * 2000, "-", "_ _", "x" * 5000])
def test_a_name_of_any_length_and_of_no_letters_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(OptionError, match="there is no color"):
        parse_color(name)


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    with pytest.raises(OptionError, match="see tinct colors"):
        parse_color("xq zv")
