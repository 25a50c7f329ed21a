"""Projections of weights, applied after each optimizer step.

The norms below are Euclidean and taken over ``axis`` (an integer or several): 0 for the inputs of each unit of a
``Dense`` kernel, ``[0, 1, 2]`` for each filter of a ``Conv2D`` kernel.
"""

import numpy as np

from kerasnp import config, registry

constraints = registry.namespace("keras.constraints", "constraint")
register, serialize, deserialize = constraints.register, constraints.serialize, constraints.deserialize
get = constraints.get


class Constraint:
    """Base class. A subclass defines ``__call__(w)``, and ``get_config`` if it takes arguments."""

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Returns the projected weights; ``w`` itself is left as it is."""
        return w

    def get_config(self) -> dict:
        """Returns the arguments that make this constraint again, as plain data."""
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Constraint":
        """Makes a constraint from what :meth:`get_config` returned."""
        return cls(**config)


@register()
class MaxNorm(Constraint):
    """Scales weights whose norm is above ``max_value`` down to it (Srivastava et al. 2014)."""

    def __init__(self, max_value: float = 2, axis=0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w):
        norms = _norms(w, self.axis)
        return w * (np.clip(norms, 0.0, self.max_value) / (config.epsilon() + norms))

    def get_config(self):
        return {"max_value": self.max_value, "axis": self.axis}


@register()
class NonNeg(Constraint):
    """Turns negative weights into 0."""

    def __call__(self, w):
        return np.maximum(w, 0)


@register()
class UnitNorm(Constraint):
    """Scales weights to norm 1."""

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        return w / (config.epsilon() + _norms(w, self.axis))

    def get_config(self):
        return {"axis": self.axis}


@register()
class MinMaxNorm(Constraint):
    """Scales weights towards a norm between ``min_value`` and ``max_value``.

    Args:
        min_value, max_value: the bounds.
        rate: how much of the way is gone: 1 gets there at once, 0 changes nothing.
        axis: axis or axes of one norm.
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis=0):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w):
        norms = _norms(w, self.axis)
        wanted = self.rate * np.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (wanted / (config.epsilon() + norms))

    def get_config(self):
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


def _norms(w: np.ndarray, axis) -> np.ndarray:
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    return np.sqrt(np.square(w).sum(axis=axis, keepdims=True))


max_norm = MaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
min_max_norm = MinMaxNorm
