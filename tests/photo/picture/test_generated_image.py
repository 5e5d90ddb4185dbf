"""An image computed by a Python function is the image of what the function gives, whoever reads it how."""

import numpy as np
import pytest
import pyvips

from tinct.photo.picture.generated_image import RowReader, generated_image


def image_of(pixels: np.ndarray, asked: list[int] | None = None, *, sequential: bool = False) -> pyvips.Image:
    def rows(top: int, count: int) -> np.ndarray:
        if asked is not None:
            asked.append(top)
        return pixels[top : top + count]

    height, width, bands = pixels.shape
    return generated_image(width, height, bands, pixels.dtype.type, rows, sequential=sequential)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (3000, 1), (333, 517), (40, 20_001)])
def test_pixels_are_those_of_the_function(dtype: type, shape: tuple[int, int]) -> None:
    pixels = (np.random.default_rng(0).random((*shape, 3)) * 250).astype(dtype)
    image = image_of(pixels)
    assert (image.width, image.height, image.bands) == (shape[1], shape[0], 3)
    np.testing.assert_array_equal(image.numpy(), pixels)


@pytest.mark.parametrize("sequential", [False, True])
def test_an_image_can_be_read_again_and_from_the_middle(sequential: bool) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (2000, 700, 3), dtype=np.uint8)
    image = image_of(pixels, sequential=sequential)
    for _ in range(2):
        np.testing.assert_array_equal(image.numpy(), pixels)
    np.testing.assert_array_equal(image.crop(5, 1500, 600, 400).numpy(), pixels[1500:1900, 5:605])
    np.testing.assert_array_equal(image.rot180().numpy(), pixels[::-1, ::-1])


def test_nothing_is_computed_before_it_is_needed_nor_far_from_it() -> None:
    asked: list[int] = []
    image = image_of(np.zeros((20_000, 500, 3), np.uint8), asked)
    assert asked == []
    image.crop(0, 15_000, 10, 10).avg()
    assert len(asked) < 4


@pytest.mark.parametrize(("width", "height"), [(300, 9000), (3000, 9000), (18_000, 1500)])
def test_rows_are_computed_once_and_in_order_while_an_image_is_written(width: int, height: int) -> None:
    asked: list[int] = []
    image = image_of(np.zeros((height, width, 3), np.uint8), asked, sequential=True)
    image.jpegsave_buffer()
    assert asked == sorted(set(asked))
    assert len(asked) > 10


def test_the_function_may_fail_and_then_reading_fails() -> None:
    def rows(top: int, count: int) -> np.ndarray:
        if top > 1000:
            raise pyvips.Error("the photo cannot be read")
        return np.zeros((count, 800, 3), np.uint8)

    with pytest.raises(pyvips.Error):
        generated_image(800, 4000, 3, np.uint8, rows).jpegsave_buffer()


def test_an_image_outlives_the_names_it_was_made_of() -> None:
    pixels = np.random.default_rng(2).integers(0, 255, (500, 300, 3), dtype=np.uint8)
    derived = image_of(pixels).extract_band(1).invert()
    np.testing.assert_array_equal(derived.numpy(), 255 - pixels[..., 1])


def test_rows_are_read_in_any_order() -> None:
    grey = pyvips.Image.identity().cast("float").replicate(1, 100) + pyvips.Image.xyz(256, 100).extract_band(
        1
    )
    data = grey.tiffsave_buffer()
    opened: list[int] = []

    def opener() -> pyvips.Image:
        opened.append(1)
        return pyvips.Image.new_from_buffer(data, "", access="sequential")

    reader = RowReader(opener)
    for top, count in ((0, 30), (30, 50), (10, 5), (80, 20), (0, 100)):
        np.testing.assert_array_equal(reader.read(top, count), grey.numpy()[top : top + count])
    assert len(opened) == 3
