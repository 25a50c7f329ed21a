"""Reading the files that image data sets come in, and the checks of what was read."""

import gzip
import hashlib
import math
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from kerasnp.saving.atomic import atomic_write

# The four arrays of a data set, by their names in Keras's npz files.
Arrays = dict[str, np.ndarray]
KEYS = ("x_train", "y_train", "x_test", "y_test")
IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}
_IDX_UINT8 = 8  # the type code of the format
_LARGEST = 1 << 30  # bytes; the largest of these data sets has 55 MB
_DAMAGE = (ValueError, KeyError, EOFError, MemoryError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error)


def read_npz(path: Path) -> Arrays:
    """Reads ``x_train``, ``y_train``, ``x_test``, ``y_test`` from an npz file; never unpickles.

    Raises:
        ValueError: the file is damaged or holds something else.
    """
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("it is not an npz file, or a part of it is missing")
        with np.load(path, allow_pickle=False) as archive:
            if sum(member.file_size for member in archive.zip.infolist()) > _LARGEST:
                raise ValueError(f"it unpacks to more than {_LARGEST} bytes")
            return _checked({key: archive[key] for key in KEYS})
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def write_npz(path: Path, arrays: Arrays) -> None:
    """Writes the arrays, compressed; the file is there whole or not at all."""
    with atomic_write(path) as temporary, open(temporary, "wb") as stream:
        np.savez_compressed(stream, **arrays)


def has_idx(folder: Path) -> bool:
    """Tells whether the four IDX files are in a folder."""
    return all((folder / name).is_file() for name in IDX_NAMES.values())


def read_idx(folder: Path) -> Arrays:
    """Reads the four IDX files of a folder, the form in which MNIST and Fashion-MNIST were published.

    Raises:
        ValueError: a file is damaged or holds something else.
    """
    arrays = {key: _read_idx_file(folder / name) for key, name in IDX_NAMES.items()}
    try:
        return _checked(arrays)
    except ValueError as error:
        raise _damaged(folder, error) from error


def _read_idx_file(path: Path) -> np.ndarray:
    """Reads one array: two zero bytes, type, number of axes, each axis's size in four bytes, then the values."""
    try:
        with gzip.open(path) as stream:
            content = stream.read(_LARGEST)
        zeros, kind, rank = content[:2], content[2], content[3]
        if zeros != b"\0\0" or kind != _IDX_UINT8:
            raise ValueError("it is not an IDX file of bytes")
        shape = tuple(np.frombuffer(content, ">u4", rank, offset=4).tolist())
        start = 4 + 4 * rank
        if len(content) - start != math.prod(shape):
            raise ValueError(f"it declares the shape {shape} and holds {len(content) - start} values")
        return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()
    except (*_DAMAGE, IndexError) as error:
        raise _damaged(path, error) from error


def _checked(arrays: Arrays) -> Arrays:
    """Returns the arrays, images (n, 28, 28) and labels (n,) of bytes, or raises a ValueError."""
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if images.dtype != np.uint8 or labels.dtype != np.uint8:
            raise ValueError(f"its {part} arrays must be of uint8, not {images.dtype} and {labels.dtype}")
        if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
            raise ValueError(f"its {part} arrays must be (n, 28, 28) and (n,), not {images.shape} and {labels.shape}")
    return arrays


def _damaged(path: Path, reason: Exception) -> ValueError:
    return ValueError(
        f"{os.fspath(path)!r} is not a usable data set: {reason}. It was left as it is; delete it to get a new copy."
    )


def checksum(arrays: Arrays) -> str:
    """Returns the SHA-256 of the bytes of the four arrays, one after the other."""
    digest = hashlib.sha256()
    for key in KEYS:
        digest.update(np.ascontiguousarray(arrays[key]))
    return digest.hexdigest()
