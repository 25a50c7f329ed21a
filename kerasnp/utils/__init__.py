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
from kerasnp.utils.dataset_helpers import (
    pack_x_y_sample_weight,
    split_dataset,
    timeseries_dataset_from_array,
    unpack_x_y_sample_weight,
)
from kerasnp.utils.directory_datasets import image_dataset_from_directory, text_dataset_from_directory
from kerasnp.utils.downloads import get_file
from kerasnp.utils.images import array_to_img, img_to_array, load_img, save_img
from kerasnp.utils.model_plots import model_to_dot, plot_model
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

__getattr__ = absent.finder(__name__)
