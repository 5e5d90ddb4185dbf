"""Named kernels, such as Sobel and Gaussian, as plain numbers."""

from __future__ import annotations

from math import comb

from tinct.networks.layer import Kernel

_THREE: dict[str, tuple[Kernel, ...]] = {
    "sobel": (
        ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
        ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    ),
    "sharpen": (((0, -1, 0), (-1, 5, -1), (0, -1, 0)),),
    "laplacian": (((0, 1, 0), (1, -4, 1), (0, 1, 0)),),
}
KERNEL_NAMES = ("sobel", "gaussian", "sharpen", "laplacian")
INIT_NAMES = ("he", "xavier", "zeros", *KERNEL_NAMES)


def named_kernels(name: str, size: tuple[int, int]) -> tuple[Kernel, ...] | None:
    """The kernels of that name at that size, taken in turn by the filters of a layer; None if the size has
    none.

    `sobel` is two kernels (change to the right, change downwards), `sharpen` and `laplacian` one, all 3x3
    only; `gaussian` is the binomial kernel of any size, with sum 1.
    """
    if name == "gaussian":
        rows, columns = ([comb(n - 1, i) / 2 ** (n - 1) for i in range(n)] for n in size)
        return (tuple(tuple(r * c for c in columns) for r in rows),)
    return _THREE[name] if size == (3, 3) else None
