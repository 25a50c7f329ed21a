"""Saving and loading, and the registration of a user's own classes, as ``keras.saving``."""

import importlib

from kerasnp import absent
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
    "KerasFileEditor",
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
_LAZY = {
    "KerasFileEditor": "file_editor",
    "load_model": "load",
    "load_weights": "load",
    "save_model": "save",
    "save_weights": "save",
}


def _load(name: str):
    return getattr(importlib.import_module(f"kerasnp.saving.{_LAZY[name]}"), name)


__getattr__ = absent.finder(__name__, _load)


def __dir__():
    return __all__
