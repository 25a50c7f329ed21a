"""Initial values that are known beforehand."""

import numpy as np

from kerasnp import config

from .base import Initializer, register


@register("zero")
class Zeros(Initializer):
    """All 0."""

    def __call__(self, shape, dtype=None):
        return np.zeros(shape, dtype or config.floatx())


@register("one")
class Ones(Initializer):
    """All 1."""

    def __call__(self, shape, dtype=None):
        return np.ones(shape, dtype or config.floatx())


@register()
class Constant(Initializer):
    """All ``value``: a number, or an array that broadcasts to the shape."""

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        return np.full(shape, self.value, dtype or config.floatx())

    def get_config(self):
        return {"value": self.value.tolist() if hasattr(self.value, "tolist") else self.value}

    @classmethod
    def from_config(cls, config):
        value = config["value"]
        if isinstance(value, dict):  # Keras's form of an array
            value = np.array(value["config"]["value"], value["config"].get("dtype"))
        return cls(value)


@register("IdentityInitializer")
class Identity(Initializer):
    """``gain`` on the main diagonal of a matrix, 0 elsewhere."""

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        if len(shape) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        return self.gain * np.eye(*shape, dtype=dtype or config.floatx())

    def get_config(self):
        return {"gain": self.gain}
