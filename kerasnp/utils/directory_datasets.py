"""Data sets of the files in a folder, whose subfolders are the classes."""

from collections.abc import Sequence

import numpy as np

from kerasnp import config
from kerasnp.utils.directories import datasets
from kerasnp.utils.images import crop_to_ratio, pad_to_ratio, pillow
from kerasnp.utils.resizing import INTERPOLATIONS, resize

_IMAGE_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_CHANNELS = {"grayscale": ("L", 1), "rgb": ("RGB", 3), "rgba": ("RGBA", 4)}


def image_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
):
    """Returns the images in a folder, read batch by batch, with the names of their subfolders as classes.

    Args:
        directory: the folder.
        labels: ``"inferred"`` from the subfolders, None for no labels, or an integer for each file in the order of
            their paths.
        label_mode: ``"int"`` int32 labels (batch,); ``"binary"`` float32 0 or 1, (batch, 1); ``"categorical"`` one-hot
            rows (batch, classes); None no labels.
        class_names: the subfolders to use, in the order of their labels; None means all, sorted.
        color_mode: ``"rgb"``, ``"rgba"`` or ``"grayscale"``.
        batch_size: images a batch; None gives single images.
        image_size: (height, width) that all are brought to.
        shuffle: whether each pass has its own order; else they come sorted.
        seed: of the order; needed to split and shuffle.
        validation_split: part of the files that validate.
        subset: ``"training"``, ``"validation"`` or ``"both"``.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``.
        follow_links: whether to go into linked folders.
        crop_to_aspect_ratio: whether to cut off what does not fit, rather than to distort.
        pad_to_aspect_ratio: whether to add black borders, rather than to distort.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        format: accepted as in Keras, without effect.
        verbose: whether to say how many files there are.

    Returns:
        :class:`~kerasnp.utils.dataset.Dataset` of float32 images (batch, height, width, channels) from 0 to 255, and
        labels; with ``class_names`` and ``file_paths``. For ``"both"`` a list of two.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: a wrong argument, or no files.
    """
    if color_mode not in _CHANNELS:
        raise ValueError(
            f'`color_mode` must be one of {{"rgb", "rgba", "grayscale"}}. Received: color_mode={color_mode}'
        )
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"`interpolation` must be one of {INTERPOLATIONS}. Received: interpolation={interpolation}")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be set to `True`.")
    data_format = config.standardize_data_format(data_format)
    image = pillow("image_dataset_from_directory")
    mode, channels = _CHANNELS[color_mode]
    aspect = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else None
    height, width = image_size

    def read(path):
        with image.open(path) as img:
            pixels = np.asarray(img.convert(mode), np.float32).reshape(img.height, img.width, channels)
        return _fitted(pixels, (height, width), interpolation, aspect)

    def read_batch(paths):
        images = np.stack([read(path) for path in paths])
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2)) if data_format == "channels_first" else images

    return datasets(
        directory,
        labels,
        label_mode,
        class_names,
        _IMAGE_ENDINGS,
        read_batch,
        batch_size,
        shuffle,
        seed,
        validation_split,
        subset,
        follow_links,
        verbose,
    )


def text_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
):
    """Returns the ``.txt`` files in a folder, read batch by batch, with the names of their subfolders as classes.

    Args:
        directory, labels, label_mode, class_names, shuffle, seed, validation_split, subset, follow_links, format,
            verbose: see :func:`image_dataset_from_directory`.
        batch_size: texts a batch; None gives single texts.
        max_length: bytes that are kept of each text; None means all.

    Returns:
        :class:`~kerasnp.utils.dataset.Dataset` of arrays (batch,) of strings, and labels. For ``"both"`` a list of two.

    Raises:
        ValueError: a wrong argument, or no files.
    """

    def read(path):
        with open(path, "rb") as stream:
            content = stream.read() if max_length is None else stream.read(max_length)
        return content.decode("utf-8", errors="replace" if max_length is None else "ignore")

    def read_batch(paths):
        texts = np.empty(len(paths), object)
        texts[:] = [read(path) for path in paths]
        return texts

    return datasets(
        directory,
        labels,
        label_mode,
        class_names,
        (".txt",),
        read_batch,
        batch_size,
        shuffle,
        seed,
        validation_split,
        subset,
        follow_links,
        verbose,
    )


def _fitted(pixels: np.ndarray, size, interpolation: str, aspect: str | None) -> np.ndarray:
    """Returns an image (height, width, channels) of another size, distorted, cropped or padded to its shape."""
    height, width = pixels.shape[:2]
    if aspect == "crop":
        (top, left), (height, width) = crop_to_ratio(height, width, *size)
        pixels = pixels[top : top + height, left : left + width]
    elif aspect == "pad":
        (top, left), (new_height, new_width) = pad_to_ratio(height, width, *size)
        padded = np.zeros((new_height, new_width, pixels.shape[2]), pixels.dtype)
        padded[top : top + height, left : left + width] = pixels
        pixels = padded
    return resize(pixels, size, (0, 1), interpolation)
