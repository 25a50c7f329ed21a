"""Operations on arrays with the names and arguments of ``keras.ops``: NumPy's, in Keras's number types.

Whole numbers that become fractions get the type ``config.floatx()``, where NumPy takes float64. Nothing is symbolic and
nothing is differentiated: losses and layers of one's own say their gradients themselves.
"""

import numpy as np

from kerasnp import config


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None) -> np.ndarray:
    """Returns ``x`` as an array; Python's fractions become ``config.floatx()``, its whole numbers int32."""
    if dtype is None and not hasattr(x, "dtype"):
        kind = np.asarray(x).dtype.kind
        dtype = {"f": config.floatx(), "i": "int32"}.get(kind)
    return np.asarray(x, dtype)


def convert_to_numpy(x) -> np.ndarray:
    """Returns ``x`` as an array."""
    return np.asarray(x)


def is_tensor(x) -> bool:
    """Tells whether ``x`` is an array."""
    return isinstance(x, np.ndarray)


def stop_gradient(variable):
    """Returns its argument: nothing is differentiated automatically."""
    return variable


def cast(x, dtype) -> np.ndarray:
    """Returns ``x`` in another number type."""
    return np.asarray(x).astype(dtype)


def shape(x) -> tuple[int, ...]:
    """Returns the shape."""
    return np.shape(x)


def _fractions(x) -> np.ndarray:
    x = convert_to_tensor(x)
    return x.astype(config.floatx()) if x.dtype.kind in "iub" else x


def _of_one(function, name: str, fractions: bool):
    read = _fractions if fractions else convert_to_tensor

    def operation(x):
        return function(read(x))

    return _named(operation, name, f"Returns ``{name}`` of each number.")


def _of_two(function, name: str):
    def operation(x1, x2):
        return function(_operand(x1), _operand(x2))

    return _named(operation, name, f"Returns ``{name}`` of each pair of numbers.")


def _reduction(function, name: str, fractions: bool):
    read = _fractions if fractions else convert_to_tensor

    def operation(x, axis=None, keepdims=False):
        return function(read(x), axis=axis, keepdims=keepdims)

    return _named(operation, name, f"Returns ``{name}`` over ``axis`` (an axis, several, or None for all).")


def _named(operation, name: str, text: str):
    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = text
    return operation


def _operand(x):
    """Returns an array; a number of Python stays one, so that it takes the type of its partner."""
    return x if isinstance(x, (bool, int, float)) else convert_to_tensor(x)


OF_ONE = {
    **dict.fromkeys(("abs", "absolute", "negative", "sign", "square", "conj", "isnan", "isfinite", "isinf"), False),
    **dict.fromkeys(("logical_not", "ones_like", "zeros_like", "ravel", "floor", "ceil"), False),
    **dict.fromkeys(("exp", "expm1", "log", "log10", "log1p", "log2", "sqrt", "reciprocal"), True),
    **dict.fromkeys(("sin", "cos", "tan", "sinh", "cosh", "tanh"), True),
    **{f"arc{name}": True for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
OF_TWO = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "true_divide",
    "floor_divide",
    "mod",
    "power",
    "maximum",
    "minimum",
    "arctan2",
    "matmul",
    "dot",
    "outer",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
]
REDUCTIONS = {
    **dict.fromkeys(("sum", "prod", "any", "all", "max", "min", "amax", "amin", "argmax", "argmin"), False),
    **dict.fromkeys(("mean", "std", "var", "median"), True),
}
# NumPy's own functions whose arguments have Keras's names.
AS_THEY_ARE = [
    "stack",
    "concatenate",
    "expand_dims",
    "squeeze",
    "transpose",
    "swapaxes",
    "moveaxis",
    "broadcast_to",
    "repeat",
    "tile",
    "flip",
    "roll",
    "meshgrid",
    "argsort",
    "sort",
    "cumsum",
    "cumprod",
    "diff",
    "tril",
    "triu",
    "diag",
    "diagonal",
    "trace",
    "where",
    "isclose",
    "nan_to_num",
    "count_nonzero",
    "average",
    "tensordot",
    "einsum",
    "vdot",
    "inner",
    "cross",
    "digitize",
    "bincount",
    "hstack",
    "vstack",
    "unravel_index",
]

__all__ = ["cast", "convert_to_numpy", "convert_to_tensor", "is_tensor", "shape", "stop_gradient"]
for _name, _whole in OF_ONE.items():
    globals()[_name] = _of_one(getattr(np, _name), _name, _whole)
for _name in OF_TWO:
    globals()[_name] = _of_two(getattr(np, _name), _name)
for _name, _whole in REDUCTIONS.items():
    globals()[_name] = _reduction(getattr(np, _name), _name, _whole)
globals().update({_name: getattr(np, _name) for _name in AS_THEY_ARE})
__all__ += [*OF_ONE, *OF_TWO, *REDUCTIONS, *AS_THEY_ARE]
