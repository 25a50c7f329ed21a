"""Images of another size, by weighted sums of neighbouring pixels along one axis after the other.

Pixel i of n covers i ... i + 1, its centre is at i + 1/2. A new pixel j of m has its centre at ``c = (j + 1/2) n / m``
among the old ones, and its value is the sum of ``k(c - i - 1/2)`` times the old values, divided by the sum of the k.
Beyond the border there are no pixels. With antialiasing the kernel k is made wider by n / m where that is above 1.
"""

import functools
from typing import NamedTuple

import numpy as np


def _triangle(x):
    return np.maximum(1 - x, 0)


def _cubic(x):
    """Keys' cubic convolution with a = -1/2 (Keys 1981)."""
    near = ((1.5 * x - 2.5) * x) * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _lanczos(radius, x):
    return np.where(x < radius, np.sinc(x) * np.sinc(x / radius), 0)


_KERNELS = {
    "bilinear": _triangle,
    "bicubic": _cubic,
    "lanczos3": functools.partial(_lanczos, 3),
    "lanczos5": functools.partial(_lanczos, 5),
}
INTERPOLATIONS = ("nearest", *_KERNELS)


class Taps(NamedTuple):
    """A linear map along one axis, each of whose results needs some neighbours only.

    Attributes:
        start: (results,) the first neighbour.
        weights: (results, neighbours).
    """

    start: np.ndarray
    weights: np.ndarray

    def apply(self, x: np.ndarray, axis: int) -> np.ndarray:
        """Returns the map of ``x`` along ``axis``."""
        shape = [1] * x.ndim
        shape[axis] = len(self.start)
        result = None
        for place in range(self.weights.shape[1]):
            weights = self.weights[:, place].astype(x.dtype).reshape(shape)
            part = x.take(self.start + place, axis) * weights
            result = part if result is None else np.add(result, part, out=result)
        return result


@functools.lru_cache(maxsize=64)
def taps(size: int, new_size: int, interpolation: str, antialias: bool = False, transposed: bool = False) -> Taps:
    """Returns what takes an axis of ``size`` pixels to one of ``new_size``; ``transposed``: gradients the way back."""
    centre = (np.arange(new_size) + 0.5) * (size / new_size)
    if interpolation == "nearest":
        matrix = np.zeros((new_size, size))
        matrix[np.arange(new_size), np.minimum(centre.astype(int), size - 1)] = 1
    else:
        wider = max(size / new_size, 1) if antialias else 1
        matrix = _KERNELS[interpolation](np.abs(centre[:, None] - 0.5 - np.arange(size)) / wider)
        matrix /= matrix.sum(axis=1, keepdims=True)
    if transposed:
        matrix = matrix.T
    used = matrix != 0
    first = np.where(used.any(axis=1), used.argmax(axis=1), 0)
    last = np.where(used.any(axis=1), matrix.shape[1] - 1 - used[:, ::-1].argmax(axis=1), 0)
    count = int((last - first).max()) + 1
    start = np.minimum(first, matrix.shape[1] - count)
    weights = np.take_along_axis(matrix, start[:, None] + np.arange(count), 1)
    start.flags.writeable = weights.flags.writeable = False
    return Taps(start, weights)


def resize(x: np.ndarray, size, axes, interpolation: str = "bilinear", antialias: bool = False) -> np.ndarray:
    """Returns images of another size.

    Args:
        x: any numbers.
        size: (height, width).
        axes: where height and width of ``x`` are.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``.
        antialias: whether all pixels count where an image gets smaller; not for ``"nearest"``.

    Returns:
        Array of the type of ``x``; for integers float32, but for ``"nearest"``.
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"Invalid `interpolation` argument. Expected one of {INTERPOLATIONS}. Received: "
            f"interpolation={interpolation}"
        )
    if interpolation == "nearest":
        for axis, new_size in zip(axes, size, strict=True):
            x = x.take(taps(x.shape[axis], new_size, "nearest").start, axis)
        return x
    if x.dtype.kind != "f":
        x = x.astype(np.float32)
    for axis, new_size in zip(axes, size, strict=True):
        if x.shape[axis] != new_size:
            x = taps(x.shape[axis], new_size, interpolation, antialias).apply(x, axis)
    return x
