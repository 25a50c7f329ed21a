"""The forms in which the equations take arrays."""

import math

import numpy as np

from kerasnp import config

_FLOAT_TYPES = tuple(map(np.dtype, config.FLOAT_TYPES))


def as_floats(x) -> np.ndarray:
    """Returns ``x`` as a C-contiguous array of float32 or float64; other types become ``config.floatx()``.

    An array that has that form already is not copied.
    """
    x = np.asarray(x)
    return np.asarray(x, dtype=x.dtype if x.dtype in _FLOAT_TYPES else config.floatx(), order="C")


def rows_of(array: np.ndarray) -> np.ndarray:
    """Returns a view (rows, last axis) of an array of any rank: the leading axes become one."""
    if array.ndim == 2:
        return array
    return array.reshape(math.prod(array.shape[:-1]), array.shape[-1])


def samples_of(array: np.ndarray) -> np.ndarray:
    """Returns a view (batch, features) of an array of any rank: all axes but the first become one."""
    if array.ndim == 2:
        return array
    return array.reshape(len(array), math.prod(array.shape[1:]))
