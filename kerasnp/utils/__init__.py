"""Helpers that users call: ``kerasnp.utils``, with Keras's names."""

import importlib
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
from kerasnp.utils.dataset_helpers import (
    pack_x_y_sample_weight,
    split_dataset,
    timeseries_dataset_from_array,
    unpack_x_y_sample_weight,
)
from kerasnp.utils.images import array_to_img, img_to_array, load_img, save_img
from kerasnp.utils.naming import clear_session
from kerasnp.utils.numerical import normalize, to_categorical
from kerasnp.utils.progbar import Progbar
from kerasnp.utils.py_dataset import PyDataset, Sequence
from kerasnp.utils.sequences import pad_sequences

# The module in which older scripts find them.
np_utils = SimpleNamespace(to_categorical=to_categorical, normalize=normalize)

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "image_dataset_from_directory",
    "img_to_array",
    "is_interactive_logging_enabled",
    "load_img",
    "model_to_dot",
    "normalize",
    "np_utils",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

# Parts that few programs need, by the files that they are in: these are imported when they are first named.
_LAZY = {
    "get_file": "downloads",
    "image_dataset_from_directory": "directory_datasets",
    "model_to_dot": "model_plots",
    "plot_model": "model_plots",
    "text_dataset_from_directory": "directory_datasets",
}
__getattr__ = absent.finder(
    __name__, lambda name: getattr(importlib.import_module(f"kerasnp.utils.{_LAZY[name]}"), name)
)


def __dir__():
    return __all__
