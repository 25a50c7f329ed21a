"""Penalties on weights and activities, added to the loss.

A regularizer is called with an array and returns a number; ``gradient`` returns that number's derivative by the array.
"""

import math

import numpy as np

from kerasnp import config, registry

regularizers = registry.namespace("keras.regularizers", "regularizer")
register, deserialize = regularizers.register, regularizers.deserialize

# Elements handled at a time by the elementwise penalties, so that their temporaries stay small and in cache.
_BLOCK = 4096


def get(identifier, custom_objects: dict | None = None):
    """Resolves a regularizer: None, a name, a config, a class, an object, or a function of the weights.

    A function ``f`` is trained through its attribute ``f.gradient``, a second function of the weights.
    """
    found = regularizers.get(identifier, custom_objects)
    return found if found is None or hasattr(found, "add_gradient") else _FunctionRegularizer(found)


def serialize(regularizer):
    """Returns the config form of a regularizer."""
    return regularizers.serialize(getattr(regularizer, "function", regularizer))


class Regularizer:
    """Base class. A subclass defines ``__call__(x)``, ``gradient(x)`` to be trained, and ``get_config``."""

    def __call__(self, x: np.ndarray) -> float:
        """Returns the penalty of ``x``."""
        return 0.0

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Returns the derivative of the penalty by ``x``, an array of its shape."""
        raise NotImplementedError(
            f"Regularizer {type(self).__name__} cannot be trained: it does not define gradient(x), "
            "which returns the derivative of its penalty by x."
        )

    def add_gradient(self, x: np.ndarray, gradient: np.ndarray, scale: float = 1.0) -> None:
        """Adds ``scale`` times the derivative of the penalty by ``x`` to ``gradient``, in place."""
        gradient += scale * self.gradient(x)

    def get_config(self) -> dict:
        """Returns the arguments that make this regularizer again, as plain data."""
        raise NotImplementedError(f"Regularizer {type(self).__name__} does not implement get_config().")

    @classmethod
    def from_config(cls, config: dict) -> "Regularizer":
        """Makes a regularizer from what :meth:`get_config` returned."""
        return cls(**config)


class _FunctionRegularizer(Regularizer):
    """A plain function as a regularizer."""

    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return float(self.function(x))

    def gradient(self, x):
        if not hasattr(self.function, "gradient"):
            name = getattr(self.function, "__name__", repr(self.function))
            raise NotImplementedError(
                f"Regularizer {name} cannot be trained: it has no attribute `gradient`, "
                "a function that returns the derivative of its penalty by the weights."
            )
        return self.function.gradient(x)


class _Elementwise(Regularizer):
    """The penalty ``l1 * sum(|x|) + l2 * sum(x**2)`` and its derivative ``l1 * sign(x) + 2 * l2 * x``."""

    l1 = 0.0
    l2 = 0.0

    def __call__(self, x):
        flat = np.asarray(x).reshape(-1)
        # einsum adds in a fixed order; a BLAS dot product would depend on the number of threads.
        penalty = self.l2 * float(np.einsum("i,i", flat, flat)) if self.l2 else 0.0
        if self.l1:
            penalty += self.l1 * math.fsum(float(np.abs(block).sum()) for block in _blocks(flat))
        return penalty

    def gradient(self, x):
        slope = (2.0 * self.l2) * x
        if self.l1:
            slope += self.l1 * np.sign(x)
        return slope

    def add_gradient(self, x, gradient, scale=1.0):
        if not gradient.flags.c_contiguous:
            return super().add_gradient(x, gradient, scale)
        for x_block, block in zip(_blocks(x.reshape(-1)), _blocks(gradient.reshape(-1)), strict=True):
            block += scale * self.gradient(x_block)


@register()
class L1(_Elementwise):
    """The penalty ``l1 * sum(|x|)``; where ``x`` is 0 its derivative is taken as 0."""

    def __init__(self, l1: float = 0.01):
        self.l1 = _factor("l1", 0.01 if l1 is None else l1)

    def get_config(self):
        return {"l1": self.l1}


@register()
class L2(_Elementwise):
    """The penalty ``l2 * sum(x**2)``."""

    def __init__(self, l2: float = 0.01):
        self.l2 = _factor("l2", 0.01 if l2 is None else l2)

    def get_config(self):
        return {"l2": self.l2}


@register("l1_l2")
class L1L2(_Elementwise):
    """The penalty ``l1 * sum(|x|) + l2 * sum(x**2)``. Both factors are 0 unless given, as in Keras."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1 = _factor("l1", l1 or 0.0)
        self.l2 = _factor("l2", l2 or 0.0)

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


@register()
class OrthogonalRegularizer(Regularizer):
    """The mean absolute cosine between the rows (or columns) of a matrix, times ``factor``.

    With N the matrix of normalised rows and C = N N^T, the penalty is ``factor / (n (n - 1)) * sum |C_ij|`` over
    i != j. Its derivative by N is G = ``2 factor / (n (n - 1)) * sign(C) N`` (diagonal left out), and by a row x of
    length r, with unit row u and G's row g, ``(g - (g . u) u) / r``.

    Args:
        factor: non-negative number.
        mode: ``"rows"`` or ``"columns"``.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"Invalid value for argument `mode`: expected 'rows' or 'columns'. Received: mode={mode!r}"
            )
        self.factor = _factor("factor", factor)
        self.mode = mode

    def _normalised(self, x):
        if x.ndim != 2:
            raise ValueError(f"Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape={x.shape}")
        rows = x if self.mode == "rows" else x.T
        lengths = np.maximum(np.sqrt(np.square(rows).sum(axis=1, keepdims=True)), config.epsilon())
        rows = rows / lengths
        cosines = rows @ rows.T
        np.fill_diagonal(cosines, 0.0)
        pairs = max(len(rows) * (len(rows) - 1), 1)
        return rows, lengths, cosines, self.factor / pairs

    def __call__(self, x):
        _, _, cosines, scale = self._normalised(np.asarray(x))
        return scale * float(np.abs(cosines).sum())

    def gradient(self, x):
        rows, lengths, cosines, scale = self._normalised(x)
        slope = (2.0 * scale) * (np.sign(cosines) @ rows)
        slope = (slope - (slope * rows).sum(axis=1, keepdims=True) * rows) / lengths
        return slope if self.mode == "rows" else slope.T

    def get_config(self):
        return {"factor": self.factor, "mode": self.mode}


def _blocks(flat: np.ndarray):
    return (flat[start : start + _BLOCK] for start in range(0, flat.size, _BLOCK))


def _factor(argument: str, value) -> float:
    if not isinstance(value, (int, float, np.number)) or not math.isfinite(value) or value < 0:
        raise ValueError(
            f"Invalid value for argument {argument}: expected a non-negative float. Received: {argument}={value!r}"
        )
    return float(value)


l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer
