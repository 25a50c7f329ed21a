"""What CIFAR-10 and CIFAR-100 share: pictures of 32 x 32 pixels in files of Python's (Krizhevsky 2009)."""

from collections.abc import Sequence

import numpy as np

from kerasnp import config
from kerasnp.datasets import archives
from kerasnp.datasets.store import Split

_ORIGIN = "https://www.cs.toronto.edu/~kriz/"


def load(
    title: str, archive: str, folder: str, file_hash: str, parts: Sequence[Sequence[str]], label_key: str
) -> tuple[Split, Split]:
    """Returns the pictures and labels of training and test.

    Args:
        title: name of the data set.
        archive: name of the tar archive.
        folder: what it holds.
        file_hash: SHA-256 of the archive.
        parts: names of the files for training, and of those for the test.
        label_key: which labels.
    """
    # As Keras calls the folder and the archive, in its newer and its older versions.
    names = (archive, folder, f"{folder}-target", f"{folder}-target_archive", f"{folder}.tar.gz")
    path = archives.find(title, names, _ORIGIN + archive, file_hash)
    files = archives.read_pickles(path, folder, [name for part in parts for name in part])
    try:
        batches = [_batch(file, label_key) for file in files]
    except (KeyError, ValueError) as error:
        raise archives.damaged(path, error) from error
    first = len(parts[0])
    return _joined(batches[:first]), _joined(batches[first:])


def _batch(file: dict, label_key: str) -> tuple[np.ndarray, np.ndarray]:
    pixels, labels = file["data"], file[label_key]
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[1:] != (3 * 32 * 32,):
        raise ValueError("its pictures must be rows of 3,072 bytes")
    if (
        not isinstance(labels, list)
        or len(labels) != len(pixels)
        or not all(type(label) is int and 0 <= label < 100 for label in labels)
    ):
        raise ValueError("it has not one label for each picture")
    return pixels.reshape(-1, 3, 32, 32), np.array(labels, np.uint8)


def _joined(batches: list) -> Split:
    images = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    if config.image_data_format() == "channels_last":
        images = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    return images, labels[:, None]
