"""Keras's older names of helpers of ``kerasnp.utils``."""

from kerasnp.preprocessing import image, sequence
from kerasnp.utils import image_dataset_from_directory, text_dataset_from_directory, timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]
