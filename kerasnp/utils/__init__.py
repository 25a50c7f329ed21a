"""Helpers that users call: ``kerasnp.utils``, with Keras's names."""

from types import SimpleNamespace

from kerasnp import absent
from kerasnp.config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from kerasnp.random import set_random_seed
from kerasnp.registry import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from kerasnp.utils.naming import clear_session
from kerasnp.utils.numerical import normalize, to_categorical
from kerasnp.utils.progbar import Progbar
from kerasnp.utils.py_dataset import PyDataset, Sequence

# The module in which older scripts find them.
np_utils = SimpleNamespace(to_categorical=to_categorical, normalize=normalize)

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "is_interactive_logging_enabled",
    "normalize",
    "np_utils",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
]

__getattr__ = absent.finder(__name__)
