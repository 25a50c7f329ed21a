"""Images looked at through an affine map: rotated, moved, made larger or smaller.

The pixel (r, c) of the result shows what is at row ``b0 c + b1 r + b2`` and column ``a0 c + a1 r + a2`` of the image,
between pixels as the mean of the four around, weighted by how near they are. What lies outside is filled in.
"""

import itertools
from collections.abc import Iterator

import numpy as np

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")


def sample(image: np.ndarray, matrix: np.ndarray, interpolation: str, fill_mode: str, fill_value: float, out) -> None:
    """Writes one image, seen through a map, into ``out``.

    Args:
        image: (height, width, channels).
        matrix: (6,): a0, a1, a2, b0, b1, b2.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_mode: what is outside: ``"reflect"``: the image mirrored at its border; ``"wrap"``: the image again;
            ``"nearest"``: the nearest pixel; ``"constant"``: ``fill_value``.
        fill_value: see above.
        out: (height, width, channels).
    """
    out.fill(0)
    for rows, columns, weights, inside in _neighbours(image.shape, matrix, interpolation, fill_mode, image.dtype):
        values = image[rows, columns]
        if inside is not None:
            values[~inside] = fill_value
        out += values * weights[..., None]


def sample_back(dy: np.ndarray, matrix: np.ndarray, interpolation: str, fill_mode: str, dx: np.ndarray) -> None:
    """Writes the gradient by the image, given that by what :func:`sample` wrote, into ``dx``."""
    dx.fill(0)
    for rows, columns, weights, inside in _neighbours(dy.shape, matrix, interpolation, fill_mode, dy.dtype):
        part = dy * weights[..., None]
        if inside is not None:
            part[~inside] = 0
        np.add.at(dx, (rows, columns), part)


def _neighbours(shape, matrix, interpolation: str, fill_mode: str, dtype) -> Iterator:
    """Yields pixels that count for each pixel of the result: rows, columns, weights, and which are in the image."""
    height, width, _ = shape
    a0, a1, a2, b0, b1, b2 = matrix
    r, c = np.arange(height, dtype=dtype)[:, None], np.arange(width, dtype=dtype)
    rows, columns = b0 * c + b1 * r + b2, a0 * c + a1 * r + a2
    choices = []
    for places in (rows, columns):
        if interpolation == "nearest":  # a half goes away from zero
            nearest = np.copysign(np.floor(np.abs(places) + dtype.type(0.5)), places)
            choices.append([(nearest.astype(np.int64), np.ones_like(places))])
        else:
            below = np.floor(places)
            above = places - below
            below = below.astype(np.int64)
            choices.append([(below, 1 - above), (below + 1, above)])
    for (row, row_weight), (column, column_weight) in itertools.product(*choices):
        inside = None
        if fill_mode == "constant":
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        yield _within(row, height, fill_mode), _within(column, width, fill_mode), row_weight * column_weight, inside


def _within(places: np.ndarray, size: int, fill_mode: str) -> np.ndarray:
    """Returns the pixels that stand for pixels outside an axis of ``size``."""
    if fill_mode == "wrap":
        return places % size
    if fill_mode == "reflect":
        places = places % (2 * size)
        return np.where(places < size, places, 2 * size - 1 - places)
    return np.clip(places, 0, size - 1)
