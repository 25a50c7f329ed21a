"""The base of all initializers, and their names."""

import numpy as np

from kerasnp import config, registry

initializers = registry.namespace("keras.initializers", "initializer")
register, serialize, deserialize = initializers.register, initializers.serialize, initializers.deserialize


def get(identifier, custom_objects: dict | None = None):
    """Resolves an initializer: None, a name, a config, a class, an object, a callable, or an array of the values."""
    if isinstance(identifier, (np.ndarray, np.generic)):
        return _values_given(identifier)
    return initializers.get(identifier, custom_objects)


def _values_given(values):
    def initialize(shape, dtype=None):
        if tuple(shape) != values.shape:
            raise ValueError(f"An array of shape {values.shape} cannot initialize a weight of shape {tuple(shape)}.")
        return np.array(values, dtype=dtype or config.floatx())

    return initialize


class Initializer:
    """Base class. A subclass defines ``__call__(shape, dtype=None)``, and ``get_config`` if it takes arguments."""

    def __call__(self, shape, dtype=None) -> np.ndarray:
        """Returns an array of ``shape``; ``dtype=None`` means ``config.floatx()``."""
        raise NotImplementedError(f"Initializer {type(self).__name__} must implement __call__(shape, dtype=None).")

    def get_config(self) -> dict:
        """Returns the arguments that make this initializer again, as plain data."""
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Initializer":
        """Makes an initializer from what :meth:`get_config` returned."""
        return cls(**config)

    def clone(self) -> "Initializer":
        """Returns a new initializer of the same config."""
        return type(self).from_config(self.get_config())
