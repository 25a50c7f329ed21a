"""What stands for arrays and their types while a pickle is read, and the arrays in the end."""

import math

import numpy as np


class PickleError(ValueError):
    """A pickle that is damaged, or that holds something else than numbers, texts and lists of them."""


class Name(str):
    """One of the names in ``NAMES``."""

    __slots__ = ()


class TypeParts:
    """What stands for a ``numpy.dtype``."""

    __slots__ = ("code", "order")

    def __init__(self, code: str):
        self.code, self.order = code, "|"


class ArrayParts:
    """What stands for a ``numpy.ndarray``; its content comes last."""

    __slots__ = ("content", "order", "shape", "type")

    def __init__(self):
        self.content = self.order = self.shape = self.type = None


NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): Name("array"),
    ("numpy._core.multiarray", "_reconstruct"): Name("array"),
    ("numpy", "ndarray"): Name("ndarray"),
    ("numpy", "dtype"): Name("dtype"),
    ("_codecs", "encode"): Name("encode"),
}
_TYPES = {f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)} | {"f4", "f8"}
PLAIN = {str, bytes, int, float, bool, type(None), list}  # what may stand in a list, and in a dictionary


def finished(value):
    """Returns a value with arrays in the place of what stands for them."""
    if type(value) is dict:
        return {key: _array(item) if type(item) is ArrayParts else item for key, item in value.items()}
    if type(value) is ArrayParts:
        return _array(value)
    if type(value) not in PLAIN:
        raise PickleError("it holds no array, list or dictionary")
    return value


def _array(given: ArrayParts) -> np.ndarray:
    """Returns an array of numbers, or one of lists of integers."""
    if type(given.type) is not TypeParts or type(given.shape) is not tuple or not 1 <= len(given.shape) <= 4:
        raise PickleError("it has an unfinished array")
    if any(type(size) is not int or size < 0 for size in given.shape) or given.order is not False:
        raise PickleError(f"it has an array of an unusual shape, {given.shape!r:.80}")
    count = math.prod(given.shape)
    if given.type.code in ("O", "O8", "O4"):
        rows = given.content
        if type(rows) is not list or len(given.shape) != 1 or len(rows) != count:
            raise PickleError("it has an array that is not as long as it claims")
        if not all(type(row) is list and set(map(type, row)) <= {int} for row in rows):
            raise PickleError("it has an array of something else than lists of integers")
        result = np.empty(count, object)
        result[:] = rows
        return result
    if given.type.code not in _TYPES:
        raise PickleError(f"it has an array of the unusual type {given.type.code!r:.20}")
    dtype = np.dtype(given.type.code).newbyteorder(given.type.order)
    if type(given.content) is not bytes or len(given.content) != count * dtype.itemsize:
        raise PickleError("it has an array that is not as long as it claims")
    return np.frombuffer(given.content, dtype).reshape(given.shape).astype(dtype.newbyteorder("="))
