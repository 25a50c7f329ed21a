"""Saving and loading, and the registration of a user's own classes, as ``keras.saving``."""

import importlib

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
from kerasnp.saving.errors import FileFormatError

__all__ = [
    "CustomObjectScope",
    "FileFormatError",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]

# These need h5py, which takes longer to import than all of kerasnp: they come when they are first named.
_LAZY = {"load_model": "load", "load_weights": "load", "save_model": "save", "save_weights": "save"}


def __getattr__(name: str):
    if name in _LAZY:
        return getattr(importlib.import_module(f"kerasnp.saving.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'kerasnp.saving' has no attribute {name!r}")


def __dir__():
    return __all__
