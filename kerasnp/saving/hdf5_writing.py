"""Writing HDF5 files, with h5py."""

import io
from collections.abc import Callable

import h5py
import numpy as np

_NAMES_LIMIT = 64_512  # bytes of a list of names in one attribute


def in_memory(write: Callable[[h5py.File], None]) -> memoryview:
    """Returns the bytes of a new HDF5 file that ``write`` fills.

    The HDF5 library does not write to the disk itself: where that is full, it takes the whole process down.
    """
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        write(file)
    return content.getbuffer()


def write_names(group: h5py.Group, name: str, values: list[str]) -> None:
    """Writes a list of names, in pieces where it is too long for one attribute.

    Raises:
        ValueError: a single name is too long.
    """
    encoded = [value.encode("utf-8") for value in values]
    # A text of variable length takes 16 bytes in the attribute, wherever its characters are.
    longest = max([16, *map(len, encoded)])
    if longest > _NAMES_LIMIT:
        raise ValueError(f"A name of {longest} bytes cannot be stored in an HDF5 attribute: at most {_NAMES_LIMIT}.")
    pieces = -(-len(encoded) * longest // _NAMES_LIMIT)
    if pieces <= 1:
        group.attrs[name] = encoded
        return
    while True:
        parts = np.array_split(np.array(encoded), pieces)
        if all(part.nbytes <= _NAMES_LIMIT for part in parts):
            break
        pieces += 1
    for index, part in enumerate(parts):
        group.attrs[f"{name}{index}"] = part
