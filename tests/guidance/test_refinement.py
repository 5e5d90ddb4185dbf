"""Hints of different colours close together: each colours its own small thing, without a seam."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from skimage.color import rgb2lab

import tinct
from tinct import encoded_regions
from tinct.colorizer import Colorizer
from tinct.guidance.hints import Hint
from tinct.guidance.placing import Canvas
from tinct.guidance.refinement import MAX_REGIONS, Region, crowded_regions

WIDTH, HEIGHT, SIZE = 1600, 1080, 14.0
SKIN, SASH, COAT = (18.0, 20.0), (-25.0, 20.0), (4.0, -25.0)


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return Colorizer()


def places() -> list[tuple[float, float]]:
    """Middles of the faces of two rows of people."""
    return [
        ((i + 0.5 + 0.25 * row) * WIDTH / 10.5, HEIGHT * (0.35 + 0.3 * row))
        for row in (0, 1)
        for i in range(10)
    ]


def group() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A grey photo of people in rows, and masks of the skin, sash and coat of the fifth."""
    photo, parts = Image.new("L", (WIDTH, HEIGHT), 90), {}
    shades = {"coat": 45, "sash": 190, "skin": 150}
    for number, (x, y) in enumerate(places()):
        shapes = {
            "coat": [(-2.3, 5), (-1.9, 1.9), (0, 1.3), (1.9, 1.9), (2.3, 5)],
            "sash": [(-1.3, 1.6), (-0.8, 1.5), (2.0, 4.6), (2.0, 5)],
            "skin": [(0.8 * np.cos(t), 1.2 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 40)],
        }
        for name, corners in shapes.items():
            outline = [(x + SIZE * across, y + SIZE * down) for across, down in corners]
            ImageDraw.Draw(photo).polygon(outline, fill=shades[name])
            if number == 4:
                parts[name] = Image.new("L", photo.size)
                for other in parts.values():
                    ImageDraw.Draw(other).polygon(outline, fill=0)
                ImageDraw.Draw(parts[name]).polygon(outline, fill=255)
    inner = {name: np.asarray(part.filter(ImageFilter.MinFilter(3))) > 0 for name, part in parts.items()}
    noise = np.random.default_rng(0).normal(0, 2, (HEIGHT, WIDTH))
    pixels = np.asarray(photo.filter(ImageFilter.GaussianBlur(1))) + noise
    return pixels.clip(0, 255).astype(np.uint8), inner


def at(across: float, down: float, ab: tuple[float, float]) -> Hint:
    """A small hint at a place of the fifth person."""
    x, y = places()[4]
    return Hint(((x + SIZE * across) / WIDTH, (y + SIZE * down) / HEIGHT), f"{ab[0]},{ab[1]}", radius=0.002)


HINTS = [at(0, 0, SKIN), at(-0.7, 1.9, SASH), at(-1.2, 3, COAT)]


def test_a_face_a_sash_and_a_coat_each_take_their_own_colour(colorizer: Colorizer) -> None:
    pixels, parts = group()
    session = colorizer.open(pixels).with_hints(HINTS)

    def errors(shown: NDArray[np.uint8]) -> dict[str, float]:
        ab = rgb2lab(shown)[..., 1:]
        wanted = {"skin": SKIN, "sash": SASH, "coat": COAT}
        return {name: float(np.hypot(*(ab[part] - wanted[name]).T).mean()) for name, part in parts.items()}

    coarse = errors(session.preview(HEIGHT, refine=False))
    fine = errors(session.preview(HEIGHT))
    assert all(fine[name] < coarse[name] for name in parts)
    assert sum(fine.values()) < 0.6 * sum(coarse.values())
    assert max(fine.values()) < 8


def test_no_seam_shows_where_finer_colours_end(colorizer: Colorizer) -> None:
    session = colorizer.open(group()[0]).with_hints(HINTS)
    regions = crowded_regions(HINTS, session._encoded.canvas, 4)
    assert regions
    coarse = session._unrefined()._coefficients
    fine = session._coefficients
    change = (fine - coarse)[2:]
    height, width = change.shape[1:]
    assert np.abs(change).max() > 5
    for region in regions:
        top, left, side = region.box
        for line, axis in (
            (top * height, 1),
            ((top + side) * height, 1),
            (left * width, 2),
            ((left + side) * width, 2),
        ):
            if 2 < line < change.shape[axis] - 2:
                border = change.take(range(round(line) - 2, round(line) + 2), axis=axis)
                assert np.abs(np.diff(border, axis=axis)).max() < 0.5


def test_tiles_files_and_replays_agree_with_finer_colours(colorizer: Colorizer) -> None:
    file = io.BytesIO()
    Image.fromarray(group()[0]).save(file, "PNG")
    session = colorizer.open(file.getvalue()).with_hints(HINTS)
    whole = session.array()
    saved = session.to_bytes()
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(saved))), whole)
    np.testing.assert_array_equal(session.tile(600, 300, 120, 150), whole[300:450, 600:720])
    recipe = session.recipe()
    again = colorizer.open(file.getvalue(), tinct.Options.from_dict(dict(recipe.options)))
    assert again.follow_recipe(recipe).to_bytes() == saved


def test_a_first_look_waits_for_no_region_and_becomes_the_refined_one(
    colorizer: Colorizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = colorizer.open(group()[0]).with_hints(HINTS).array()
    session = colorizer.open(group()[0]).with_hints(HINTS)
    session.without_colour().preview(64)
    seen: list[tuple[int, ...]] = []
    encode = encoded_regions.predict_fitted
    monkeypatch.setattr(
        encoded_regions, "predict_fitted", lambda *given: seen.append(given[1].shape) or encode(*given)
    )
    first = session.preview(HEIGHT, refine=False)
    assert not seen
    needed = len(crowded_regions(HINTS, session._encoded.canvas, 4))
    for number, _ in enumerate(session.prepare_hints(ahead=False), 1):
        assert len(seen) == number <= needed
    assert len(seen) == needed > 0
    refined = session.preview(HEIGHT, refine=False)
    assert len(seen) == needed
    assert np.abs(first.astype(int) - refined).max() > 20
    np.testing.assert_array_equal(refined, expected)
    np.testing.assert_array_equal(session.array(), expected)


def test_a_result_is_refined_whatever_was_shown_before(colorizer: Colorizer) -> None:
    expected = colorizer.open(group()[0]).with_hints(HINTS).array()
    session = colorizer.open(group()[0]).with_hints(HINTS)
    session.preview(HEIGHT, refine=False)
    np.testing.assert_array_equal(session.array(), expected)


def canvas() -> Canvas:
    return Canvas(np.full((80, 120), 50, np.float32), 0.0, 0.0, 1.0, 1.0, 80.0)


def test_windows_are_where_different_colours_are_close() -> None:
    red, blue = Hint((0.30, 0.5), "40,20"), Hint((0.33, 0.5), "0,-30")
    regions = crowded_regions([red, blue], canvas(), 4)
    assert {region.zoom for region in regions} == {4}
    for x in (0.30, 0.33):
        boxes = [region.box for region in regions]
        assert any(left + side / 4 <= x <= left + 3 * side / 4 for _, left, side in boxes)
        assert all(top + side / 4 <= 0.5 <= top + 3 * side / 4 for top, _, side in boxes)
    for quiet in ([red], [red, Hint((0.33, 0.5), "41,20")], [red, Hint((0.6, 0.5), "0,-30")], []):
        assert crowded_regions(quiet, canvas(), 4) == []


def test_a_photo_without_the_pixels_has_no_regions() -> None:
    close = [Hint((0.30, 0.5), "40,20"), Hint((0.33, 0.5), "0,-30")]
    assert crowded_regions(close, canvas(), 1.9) == []
    assert {region.zoom for region in crowded_regions(close, canvas(), 3)} == {2}


def test_a_thousand_hints_need_a_bounded_number_of_regions() -> None:
    rng = np.random.default_rng(0)
    many = [
        Hint((x, y), f"{a},{b}")
        for x, y, a, b in np.column_stack([rng.random((1000, 2)), rng.uniform(-40, 40, (1000, 2))])
    ]
    assert len(crowded_regions(many, canvas(), 4)) == MAX_REGIONS


def test_a_window_lies_on_its_part_of_the_photo() -> None:
    part = Region(2, 1, 2).canvas(
        Canvas(np.zeros((80, 120), np.float32), 0.1, 0.0, 0.8, 1.0, 80.0), np.zeros((80, 120), np.float32)
    )
    assert (part.left, part.top, part.across, part.down) == pytest.approx((0.5, 0.25, 0.4, 0.5))
    assert part.cells == 160
