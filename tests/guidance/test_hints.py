"""Hints: what they may say, and that a photo obeys them."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab

from tinct.color.gamut import max_chroma
from tinct.colorizer import Colorizer
from tinct.errors import OptionError, PhotoWarning
from tinct.guidance.hints import MAX_HINTS, Hint

RED = "35,25"


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model)


@pytest.fixture(scope="module")
def shipped() -> Colorizer:
    """A model that colours flat things alike."""
    return Colorizer()


def halves() -> np.ndarray:
    """A grey photo (96, 160): dark left, light right."""
    grey = np.full((96, 160), 80, np.uint8)
    grey[:, 80:] = 190
    return grey


def ab(rgb: np.ndarray) -> np.ndarray:
    return rgb2lab(rgb)[..., 1:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5,0.25,#4d5d53", Hint(((0.5, 0.25),), "#4d5d53")),
        ("0.5, 0.25, madder, 0.02", Hint(((0.5, 0.25),), "madder", radius=0.02)),
        ("0,1,20,-30", Hint(((0, 1),), "20,-30")),
        ("0,1,20,-30,0.1", Hint(((0, 1),), "20,-30", radius=0.1)),
        ("0.1,0.2,neutral", Hint(((0.1, 0.2),), kind="neutral")),
        ("0.1,0.2,keep,0.05", Hint(((0.1, 0.2),), kind="keep", radius=0.05)),
    ],
)
def test_a_hint_of_the_command_line_is_a_point(text: str, expected: Hint) -> None:
    assert Hint.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1.2,0.5,red", "outside the photo"),
        ("-0.1,0.5,red", "outside the photo"),
        ("nan,0.5,red", "no coordinate"),
        ("inf,0.5,red", "no coordinate"),
        ("0.5,red", "give X,Y,COLOR"),
        ("0.5,0.5,red,big", "give X,Y,COLOR"),
        ("0.5,0.5,prusian blue", "did you mean 'prussian blue'"),
        ("0.5,0.5,#12345", "six hexadecimal digits"),
        ("0.5,0.5,500,0", "Lab units"),
        ("0.5,0.5,red,7", "radius is 7.0"),
    ],
)
def test_what_is_no_hint_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence) as caught:
        Hint.parse(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "settings_",
    [
        {"points": ()},
        {"points": "0.1,0.2"},
        {"points": ((0.1, 0.2, 0.3),)},
        {"points": ((True, 0.2),)},
        {"points": ((0.1, 0.2),), "color": None},
        {"points": ((0.1, 0.2),), "kind": "keep"},
        {"points": ((0.1, 0.2),), "kind": "wall"},
        {"points": ((0.1, 0.2),), "reach": 1.5},
        {"points": ((0.1, 0.2),), "reach": float("nan")},
        {"points": ((0.1, 0.2),), "note": 7},
        {"points": ((0.1, 0.2),), "color": None, "kind": "barrier"},
    ],
)
def test_a_hint_that_contradicts_itself_is_refused(settings_: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="hint"):
        Hint(**{"color": "red", **settings_})  # type: ignore[arg-type]


def test_a_million_hints_are_refused_before_any_is_followed(colorizer: Colorizer) -> None:
    one = Hint(((0.5, 0.5),), "red")
    with pytest.raises(OptionError, match=f"more than {MAX_HINTS}"):
        colorizer.open(halves()).with_hints(one for _ in range(10**6))
    with pytest.raises(OptionError, match="too many"):
        Hint(((0.5, 0.5),) * 10**6, "red")


def test_a_stroke_of_one_point_is_a_point(colorizer: Colorizer) -> None:
    session = colorizer.open(halves())
    one, again = (session.with_hints([Hint(points, RED)]) for points in (((0.2, 0.5),), ((0.2, 0.5),) * 2))
    np.testing.assert_array_equal(one.array(), again.array())


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 359), st.floats(0, 0.95))
def test_at_a_hint_the_result_has_its_colour_at_the_photos_lightness(
    tiny_model: Path, x: float, y: float, hue: float, share: float
) -> None:
    grey = np.linspace(60, 220, 120 * 90).reshape(90, 120).astype(np.uint8)
    row, column = min(int(y * 90), 89), min(int(x * 120), 119)
    level = rgb2lab(np.repeat(grey[row, column], 3)[None, None])[0, 0, 0]
    chroma = share * float(max_chroma(level, hue))
    wanted = level, chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    hint = Hint(((x, y),), f"{wanted[1]},{wanted[2]}")
    result = Colorizer(tiny_model).open(grey).with_hints([hint]).array()
    assert deltaE_ciede2000(rgb2lab(result[row, column][None, None])[0, 0], np.array(wanted)) < 1.5


def test_a_colour_that_srgb_lacks_is_the_nearest_of_its_hue_with_a_warning(colorizer: Colorizer) -> None:
    session = colorizer.open(np.full((64, 64), 240, np.uint8))
    with pytest.warns(PhotoWarning, match=r"hint 1: sRGB has no #0000ff at a lightness of 9"):
        guided = session.with_hints([Hint(((0.5, 0.5),), "#0000ff")])
    a, b = ab(guided.array())[32, 32]
    blue = ab(np.array([[[0, 0, 1.0]]]))[0, 0]
    assert np.degrees(np.arctan2(b, a)) == pytest.approx(np.degrees(np.arctan2(blue[1], blue[0])), abs=6)
    assert np.hypot(a, b) > 5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session.with_hints([Hint(((0.5, 0.5),), "3,-4")])


def test_a_hint_spreads_over_its_half_and_leaves_the_other(shipped: Colorizer) -> None:
    session = shipped.open(halves())
    before = ab(session.array())
    after = ab(session.with_hints([Hint(((0.2, 0.5),), RED)]).array())
    way = np.array([35, 25]) - before
    share = ((after - before) * way).sum(-1) / (way**2).sum(-1)
    assert share[:, 8:68].mean() > 0.75
    assert abs(share[:, 92:].mean()) < 0.15


def test_reach_keeps_a_colour_near_its_place(shipped: Colorizer) -> None:
    session = shipped.open(halves())
    before = ab(session.array())
    moved = [
        np.abs(ab(session.with_hints([Hint(((0.2, 0.5),), RED, reach=reach)]).array()) - before).mean()
        for reach in (0.0, 0.3, 1.0)
    ]
    assert moved[0] < 0.25 * moved[2]
    assert moved[0] < moved[1] < moved[2]


def test_neutral_is_grey_and_keep_is_as_before(colorizer: Colorizer) -> None:
    session = colorizer.open(halves())
    before = session.array()
    grey = session.with_hints([Hint(((0.2, 0.5),), kind="neutral")]).array()
    assert np.hypot(*ab(grey)[48, 32]) < 1
    both = [Hint(((0.2, 0.5),), RED), Hint(((0.05, 0.1), (0.05, 0.9)), kind="keep", radius=0.05)]
    kept = session.with_hints(both).array()
    np.testing.assert_allclose(kept[20:76, 8], before[20:76, 8], atol=1)
    assert np.abs(ab(kept)[48, 32] - (35, 25)).max() < 1.5


def test_no_hint_crosses_a_barrier(shipped: Colorizer) -> None:
    session = shipped.open(np.full((96, 160), 120, np.uint8), vividness=0.0)
    before = ab(session.array())
    hint, wall = Hint(((0.2, 0.5),), RED), Hint(((0.5, 0.0), (0.55, 0.4), (0.45, 1.0)), kind="barrier")
    free, held = (ab(session.with_hints(hints).array()) for hints in ([hint], [hint, wall]))
    assert np.abs(free - before)[:, 110:].mean() > 10
    assert np.abs(held - before)[:, 110:].max() < 1.5
    assert np.abs(held[:, :50] - (35, 25)).mean() < 4


def test_later_hints_win_and_earlier_ones_stay_exact_beside_them(colorizer: Colorizer) -> None:
    session = colorizer.open(halves())
    first, second = Hint(((0.2, 0.5),), RED), Hint(((0.23, 0.5),), "30,20")
    both = ab(session.with_hints([first, second]).array())
    np.testing.assert_allclose(both[48, 32], (35, 25), atol=2)
    np.testing.assert_allclose(both[48, int(0.23 * 160)], (30, 20), atol=2)
    over = ab(session.with_hints([first, Hint(first.points, "30,20")]).array())
    np.testing.assert_allclose(over[48, 32], (30, 20), atol=2)


def test_the_whole_of_a_long_stroke_counts(colorizer: Colorizer) -> None:
    grey = np.full((96, 160), 60, np.uint8)
    grey[::2] = 200  # alike to nothing but its own rows
    angle = np.linspace(0, 12 * np.pi, 2000)
    radius = np.linspace(0.02, 0.45, 2000)
    spiral = tuple(zip(0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle), strict=True))
    result = Colorizer(colorizer.manifest.folder).open(grey).with_hints([Hint(spiral, "12,-14")]).array()
    rows, columns = (np.array([(y * 96, x * 160) for x, y in spiral]).astype(int)).T
    expected = rgb2lab(np.repeat(grey[..., None], 3, -1)) + np.array([0, 12, -14])
    shown = rgb2lab(np.rint(255 * lab2rgb(expected)).astype(np.uint8))
    assert deltaE_ciede2000(rgb2lab(result), shown)[rows, columns].max() < 2


def test_hints_lie_on_the_photo_also_where_a_scan_has_a_border(colorizer: Colorizer) -> None:
    rng = np.random.default_rng(1)
    scan = np.full((260, 340), 250, np.uint8)
    scan[30:230, 30:310] = np.kron(rng.integers(30, 160, (10, 14)), np.ones((20, 20))).astype(np.uint8)
    session = colorizer.open(scan)
    assert not session.photo.content_box.whole
    result = ab(session.with_hints([Hint(((100 / 340, 100 / 260),), "20,-20")]).array())
    np.testing.assert_allclose(result[100, 100], (20, -20), atol=2)
    assert np.abs(result[5:20]).max() < 2
