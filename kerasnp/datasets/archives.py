"""Where the data sets that come as one file are found, and what is in that file."""

import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kerasnp.datasets.pickles import read_pickle
from kerasnp.datasets.store import DatasetUnavailableError, cache_folders
from kerasnp.saving import FileFormatError, bounded_json
from kerasnp.utils.downloads import get_file

KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
LARGEST = 1 << 30  # bytes of one array; the largest of these data sets has 150 MB
_LONGEST_HEADER = 10_000
_DAMAGE = (ValueError, KeyError, EOFError, MemoryError, OSError, zipfile.BadZipFile, zlib.error)


def find(title: str, names: Sequence[str], origin: str, file_hash: str) -> Path:
    """Returns the path of a data set: in our cache, in Keras's, or downloaded to ours.

    Args:
        title: its name in messages.
        names: what it may be called in a cache; the first is what a download gets. An absolute path is taken as it is.
        origin: its URL.
        file_hash: SHA-256 or MD5 that a download must have.

    Raises:
        DatasetUnavailableError: it is nowhere; the message says how to get it.
    """
    for folder in cache_folders():
        for name in names:
            if (folder / name).exists():
                return folder / name
    ours, keras = cache_folders()
    try:
        return Path(get_file(names[0], origin, file_hash=file_hash, cache_dir=ours.parent))
    except OSError as error:
        raise DatasetUnavailableError(
            f"{title} is not on this machine, and the download failed: {error}. Ways to get it: (1) run once "
            f"with a network; (2) copy {Path(names[0]).name!r} from a machine that has it to {str(ours)!r} or to "
            f"{str(keras)!r}; its address is {origin}"
        ) from error


def read_npz(path: Path, keys: Sequence[str]) -> list[np.ndarray]:
    """Returns arrays of numbers, or of lists of integers, from an npz file; nothing in it is run.

    Raises:
        ValueError: the file is damaged, or holds something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [_read_npy(archive, f"{key}.npy") for key in keys]
    except _DAMAGE as error:
        raise damaged(path, error) from error


def _read_npy(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    size = archive.getinfo(name).file_size
    if size > LARGEST:
        raise ValueError(f"{name} unpacks to {size} bytes, more than {LARGEST}")
    with archive.open(name) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"{name} has the form {version}, which is unknown")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream, max_header_size=_LONGEST_HEADER)
        content = stream.read()
    if dtype.hasobject:
        array = read_pickle(content)
        if not isinstance(array, np.ndarray) or array.shape != shape:
            raise ValueError(f"{name} has not the array of shape {shape} that it claims")
        return array
    if dtype.kind not in "biuf" or fortran:
        raise ValueError(f"{name} holds {dtype} in an unusual form")
    if len(content) != int(np.prod(shape, dtype=object)) * dtype.itemsize:
        raise ValueError(f"{name} claims the shape {shape} of {dtype} and has {len(content)} bytes")
    return np.frombuffer(content, dtype).reshape(shape).copy()


def read_json(path: Path) -> dict[str, int]:
    """Returns a dictionary of integers from a JSON file.

    Raises:
        ValueError: the file is damaged, or holds something else.
    """
    try:
        if path.stat().st_size > bounded_json.LARGEST:
            raise ValueError("it is too large")
        found = bounded_json.parse(path.read_bytes(), path.name)
        if not isinstance(found, dict) or not all(type(value) is int for value in found.values()):
            raise ValueError("it is no dictionary of integers")
        return found
    except (FileFormatError, OSError, ValueError) as error:
        raise damaged(path, error) from error


def read_pickles(path: Path, folder: str, names: Sequence[str]) -> list[dict]:
    """Returns the dictionaries in the files ``folder/name``, in a folder or in a tar archive, which is not unpacked.

    Raises:
        ValueError: a file is missing or damaged, or holds something else.
    """
    try:
        if path.is_dir():
            inner = path / folder if (path / folder).is_dir() else path
            return [_dictionary((inner / name).read_bytes()) for name in names]
        found = {}
        with tarfile.open(path) as archive:
            for member in archive:
                inside, _, name = member.name.rpartition("/")
                if inside == folder and name in names and member.isreg():
                    if member.size > LARGEST:
                        raise ValueError(f"{member.name} has {member.size} bytes, more than {LARGEST}")
                    found[name] = _dictionary(archive.extractfile(member).read())
        return [found[name] for name in names]
    except (*_DAMAGE, tarfile.TarError) as error:
        raise damaged(path, error) from error


def _dictionary(content: bytes) -> dict[str, object]:
    found = read_pickle(content)
    if not isinstance(found, dict):
        raise ValueError("it is no dictionary")
    return {key.decode("ascii") if isinstance(key, bytes) else key: value for key, value in found.items()}


def damaged(path: Path, reason: Exception) -> ValueError:
    """Returns the error for a file that cannot be used."""
    return ValueError(
        f"{str(path)!r} is not a usable data set: {reason}. It was left as it is; delete it to get a new copy."
    )
