"""Images as arrays, as Pillow's objects and as files."""

import io
import os
import pathlib
import types
import warnings

import numpy as np

from kerasnp import config
from kerasnp.utils.resizing import resize

_MODES = {"grayscale": ("L", "I;16", "I"), "rgb": ("RGB",), "rgba": ("RGBA",)}
_METHODS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def pillow(what: str) -> types.ModuleType:
    """Returns Pillow's module ``PIL.Image``, which is imported when it is first needed.

    Raises:
        ImportError: it is not installed; the message says how to.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            f"{what} needs Pillow, which is not installed: `pip install pillow`, or `pip install 'kerasnp[images]'`."
        ) from error
    return Image


def img_to_array(img, data_format: str | None = None, dtype=None) -> np.ndarray:
    """Returns an image of Pillow as an array (height, width, channels), or with the channels first.

    Args:
        img: the image, or an array (height, width) or (height, width, channels).
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dtype: None means ``config.floatx()``.

    Raises:
        ValueError: neither two nor three axes.
    """
    data_format = config.standardize_data_format(data_format)
    array = np.asarray(img, dtype or config.floatx())
    if array.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape: {array.shape}")
    if array.ndim == 2:
        array = array[..., None]
    return array.transpose(2, 0, 1) if data_format == "channels_first" else array


def array_to_img(x, data_format: str | None = None, scale: bool = True, dtype=None):
    """Returns an array (height, width, channels) as an image of Pillow.

    Args:
        x: with one, three or four channels: grey, red-green-blue, the same and alpha.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        scale: whether to bring the smallest and the largest number to 0 and 255.
        dtype: in which to scale; None means ``config.floatx()``.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: an array of another shape.
    """
    data_format = config.standardize_data_format(data_format)
    image = pillow("array_to_img")
    x = np.asarray(x, dtype or config.floatx())
    if x.ndim != 3:
        raise ValueError(f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}")
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if x.shape[2] not in (1, 3, 4):
        raise ValueError(f"Unsupported channel number: {x.shape[2]}")
    if scale:
        x = x - x.min()
        x = x / (x.max() or 1) * 255
    if x.shape[2] == 1:
        wide = x.max() > 255  # more than a byte holds
        return image.fromarray(x[..., 0].astype(np.int32 if wide else np.uint8))
    return image.fromarray(np.ascontiguousarray(x.astype(np.uint8)))


def save_img(
    path, x, data_format: str | None = None, file_format: str | None = None, scale: bool = True, **kwargs
) -> None:
    """Writes an array (height, width, channels) to an image file.

    Args:
        path: path, or an open file.
        x, data_format, scale: see :func:`array_to_img`.
        file_format: such as ``"png"``; None means what the path ends in.
        **kwargs: go to Pillow's ``Image.save``.

    Raises:
        ImportError: Pillow is not installed.
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = pathlib.Path(path).suffix[1:].lower()
    if file_format and file_format.lower() == "jpg":
        file_format = "jpeg"
    img = array_to_img(x, data_format, scale)
    if img.mode == "RGBA" and file_format == "jpeg":
        warnings.warn("The JPEG format does not support RGBA images, converting to RGB.", stacklevel=2)
        img = img.convert("RGB")
    img.save(path, format=file_format, **kwargs)


def load_img(
    path, color_mode: str = "rgb", target_size=None, interpolation: str = "nearest", keep_aspect_ratio: bool = False
):
    """Returns the image in a file as an object of Pillow.

    Args:
        path: path, or an ``io.BytesIO``.
        color_mode: ``"rgb"``, ``"rgba"`` or ``"grayscale"``.
        target_size: (height, width) to bring it to; None leaves it as it is.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos"``, ``"box"`` or ``"hamming"``.
        keep_aspect_ratio: whether to cut off what does not fit, rather than to distort.

    Raises:
        ImportError: Pillow is not installed.
        TypeError, ValueError: a wrong argument.
    """
    image = pillow("load_img")
    if not isinstance(path, (io.BytesIO, pathlib.Path, bytes, str)):
        raise TypeError(f"path should be path-like or io.BytesIO, not {type(path)}")
    if color_mode not in _MODES:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    img = image.open(path)
    img.load()  # and close the file
    if img.mode not in _MODES[color_mode]:
        img = img.convert(_MODES[color_mode][0])
    if target_size is None or img.size == (target_size[1], target_size[0]):
        return img
    if interpolation not in _METHODS:
        raise ValueError(
            f"Invalid interpolation method {interpolation} specified. Supported methods are {', '.join(_METHODS)}"
        )
    height, width = target_size
    box = None
    if keep_aspect_ratio:
        crop_width, crop_height = (
            min(img.width, img.height * width // height),
            min(img.height, img.width * height // width),
        )
        left, top = (img.width - crop_width) // 2, (img.height - crop_height) // 2
        box = (left, top, left + crop_width, top + crop_height)
    return img.resize((width, height), getattr(image.Resampling, interpolation.upper()), box=box)


def smart_resize(x, size, interpolation: str = "bilinear", data_format: str = "channels_last") -> np.ndarray:
    """Returns images of another size, undistorted: what does not fit into the new shape is cut off at both sides.

    Args:
        x: image (height, width, channels) or images (batch, height, width, channels), or with the channels first.
        size: (height, width).
        interpolation: see :func:`kerasnp.utils.resizing.resize`.
        data_format: ``"channels_last"`` or ``"channels_first"``.

    Returns:
        float32 array, or float64 if ``x`` is.

    Raises:
        ValueError: a wrong shape or size.
    """
    x = np.asarray(x)
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers, but got: {size}.")
    if x.ndim not in (3, 4):
        raise ValueError(
            "Expected an image array with shape `(height, width, channels)`, or `(batch_size, height, width, "
            f"channels)`, but got input with incorrect rank, of shape {x.shape}."
        )
    first = config.standardize_data_format(data_format) == "channels_first"
    axes = (x.ndim - 2, x.ndim - 1) if first else (x.ndim - 3, x.ndim - 2)
    where = [slice(None)] * x.ndim
    for axis, start, count in zip(axes, *crop_to_ratio(x.shape[axes[0]], x.shape[axes[1]], *size), strict=True):
        where[axis] = slice(start, start + count)
    return resize(x[tuple(where)], size, axes, interpolation)


def crop_to_ratio(height: int, width: int, new_height: int, new_width: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Returns where the largest part in the middle of an image with the shape of another one starts, and its size."""
    crop_height = max(min(height, int(width * new_height / new_width)), 1)
    crop_width = max(min(width, int(height * new_width / new_height)), 1)
    return ((height - crop_height) // 2, (width - crop_width) // 2), (crop_height, crop_width)


def pad_to_ratio(height: int, width: int, new_height: int, new_width: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Returns where an image lies in the smallest one around it with the shape of another, and the size of that."""
    padded_height = max(height, int(width * new_height / new_width))
    padded_width = max(width, int(height * new_width / new_height))
    return ((padded_height - height) // 2, (padded_width - width) // 2), (padded_height, padded_width)
