"""One open photo, many answers: they agree with one another and with the saved file."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

import tinct
from tinct.colorizer import Colorizer
from tinct.errors import OptionError, PhotoError
from tinct.guidance.hints import Hint
from tinct.models.runtime import Network
from tinct.options import Options

RED = Hint(((0.8, 0.2),), "20,10")


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model)


@pytest.fixture(scope="module")
def shipped() -> Colorizer:
    """A model whose answer is smooth."""
    return Colorizer()


def large(seed: int = 0) -> np.ndarray:
    """A grey photo (700, 900) of smooth shapes."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(40, 200, (7, 9), dtype=np.uint8))
    return np.asarray(small.resize((900, 700), Image.Resampling.BICUBIC))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(deltaE_ciede2000(rgb2lab(one), rgb2lab(other)).mean())


def test_the_public_names_are_the_classes() -> None:
    assert tinct.Hint is Hint
    assert tinct.Session.__module__ == "tinct.session"


def test_an_open_photo_gives_what_colorize_gives(
    colorizer: Colorizer, grey_png: Path, grey_photo: np.ndarray, tmp_path: Path
) -> None:
    np.testing.assert_array_equal(colorizer.open(grey_photo).array(), colorizer.colorize(grey_photo))
    data = grey_png.read_bytes()
    assert colorizer.open(data).to_bytes() == colorizer.colorize(data)
    saved = colorizer.open(grey_png).save(tmp_path / "session.png")
    assert saved.read_bytes() == colorizer.colorize(grey_png, target=tmp_path / "direct.png").read_bytes()


def test_the_network_sees_a_photo_once(
    colorizer: Colorizer, grey_photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    encode = Network.encode
    monkeypatch.setattr(Network, "encode", lambda *given: seen.append(1) or encode(*given))
    session = colorizer.open(grey_photo)
    session.preview(48)
    session.with_hints([RED]).array()
    session.with_options(vividness=0.5).tile(0, 0, 20, 20)
    assert len(seen) == 1


@pytest.mark.parametrize("hints", [[], [RED]])
def test_a_tile_is_the_same_region_of_the_result(colorizer: Colorizer, hints: list[Hint]) -> None:
    session = colorizer.open(large()).with_hints(hints)
    whole = session.array()
    np.testing.assert_array_equal(session.tile(37, 51, 100, 80), whole[51:131, 37:137])
    np.testing.assert_array_equal(session.tile(850, 650, 500, 500), whole[650:, 850:])


@pytest.mark.parametrize("hints", [[], [RED]])
@pytest.mark.parametrize("scale", [0.25, 0.5, 0.73])
def test_tiles_and_previews_agree_with_the_reduced_result(
    shipped: Colorizer, hints: list[Hint], scale: float
) -> None:
    session = shipped.open(large()).with_hints(hints)
    size = round(900 * scale), round(700 * scale)
    reduced = np.asarray(Image.fromarray(session.array()).resize(size, Image.Resampling.BOX))
    preview = session.preview(round(700 * scale))
    assert preview.shape == (size[1], size[0], 3)
    assert difference(preview, reduced) < 1
    tile = session.tile(300, 200, 400, 300, scale)
    rows, columns = (slice(round(at * scale), round((at + n) * scale)) for at, n in ((200, 300), (300, 400)))
    assert difference(tile, reduced[rows, columns]) < 1


def test_tiles_lie_together_without_a_seam(colorizer: Colorizer) -> None:
    session = colorizer.open(large()).with_hints([RED])
    left, right = session.tile(0, 0, 400, 700, 0.5), session.tile(400, 0, 500, 700, 0.5)
    np.testing.assert_array_equal(np.concatenate([left, right], 1), session.preview(350))


def test_alpha_and_depth_are_those_of_the_result(colorizer: Colorizer, grey_photo: np.ndarray) -> None:
    deep = np.stack([grey_photo, grey_photo], -1).astype(np.uint16) * 257
    session = colorizer.open(deep)
    assert session.array().dtype == session.preview(40).dtype == np.uint16
    assert session.preview(40).shape[-1] == 4


@pytest.mark.parametrize(
    ("x", "y", "width", "height", "scale"),
    [(200, 0, 5, 5, 1), (0, 0, 0, 5, 1), (0, 0, 5, 5, 0), (0, 0, 5, 5, float("nan")), (0, 0, 5, 5, 9)],
)
def test_a_rectangle_outside_the_photo_or_a_wild_scale_is_refused(
    colorizer: Colorizer, grey_photo: np.ndarray, x: int, y: int, width: int, height: int, scale: float
) -> None:
    with pytest.raises(OptionError):
        colorizer.open(grey_photo).tile(x, y, width, height, scale)


def test_what_a_photo_was_opened_with_cannot_change(colorizer: Colorizer, grey_photo: np.ndarray) -> None:
    session = colorizer.open(grey_photo)
    with pytest.raises(OptionError, match="tone cannot change"):
        session.with_options(tone="auto-contrast")
    np.testing.assert_array_equal(
        session.with_options(vividness=0.5).array(), colorizer.colorize(grey_photo, vividness=0.5)
    )


def test_a_page_must_be_chosen_of_many(colorizer: Colorizer, grey_photo: np.ndarray) -> None:
    file = io.BytesIO()
    pages = [Image.fromarray(grey_photo), Image.fromarray(255 - grey_photo)]
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(PhotoError, match="2 pages"):
        colorizer.open(file.getvalue())
    second = colorizer.open(file.getvalue(), Options(page=2)).array()
    np.testing.assert_array_equal(second, colorizer.colorize(255 - grey_photo))


def test_a_session_leaves_a_result_that_exists(
    colorizer: Colorizer, grey_photo: np.ndarray, tmp_path: Path
) -> None:
    target = tmp_path / "there.png"
    target.write_text("precious")
    with pytest.raises(PhotoError, match="exists"):
        colorizer.open(grey_photo).save(target)
    assert target.read_text() == "precious"


def test_a_session_can_be_shared_by_threads(colorizer: Colorizer, grey_photo: np.ndarray) -> None:
    expected = colorizer.open(grey_photo).with_hints([RED]).array()
    session = colorizer.open(grey_photo)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: session.with_hints([RED]).array(), range(8)):
            np.testing.assert_array_equal(result, expected)
