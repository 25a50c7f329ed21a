"""What all pairs do with their arguments: conversions and checks, no equations."""

import numpy as np

from kerasnp import config
from kerasnp.utils.shapes import pair
from kerasnp.utils.windows import standardize_padding


def output_gradient(dy, shape: tuple[int, ...], dtype) -> np.ndarray:
    """Returns ``dy`` as a C-contiguous array of ``dtype``.

    Raises:
        ValueError: it has not the shape of the output.
    """
    dy = np.asarray(dy, dtype, order="C")
    if dy.shape != shape:
        raise ValueError(f"dy must have the shape of the output, {shape}; received {dy.shape}.")
    return dy


def channels_first(data_format: str | None) -> bool:
    """Tells whether the channels come first; None means ``config.image_data_format()``."""
    return config.standardize_data_format(data_format) == "channels_first"


def to_last(images: np.ndarray, first: bool) -> np.ndarray:
    """Returns images, whose channels come ``first`` or last, with the channels last, C-contiguous."""
    return np.ascontiguousarray(np.moveaxis(images, 1, -1) if first else images)


def from_last(images: np.ndarray, first: bool) -> np.ndarray:
    """The inverse of :func:`to_last`."""
    return np.ascontiguousarray(np.moveaxis(images, -1, 1) if first else images)


def axis_paddings(padding, owner: str) -> tuple:
    """Returns the padding of height and width, each "valid", "same" or a number of cells.

    Raises:
        ValueError: ``padding`` is neither a name nor one or two numbers; the message names ``owner``.
    """
    if isinstance(padding, str):
        return (standardize_padding(padding, owner),) * 2
    return pair(padding, "padding", least=0)
