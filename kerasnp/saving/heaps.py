"""A check of the one part of HDF5 files over which the HDF5 library itself can hang.

Texts of variable length, such as the config in an older ``.h5``, lie in "global heaps": a header, then objects one
after the other, each with its size (HDF5 File Format Specification 3.0, section III.E). The library walks from object
to object by those sizes, and a size of zero keeps it walking for ever, in C, where nobody can stop it. So all heaps of
a file are walked here first. Files in which a heap is wrong are damaged and refused.
"""

import re
import struct
from collections.abc import Iterable
from typing import BinaryIO

from kerasnp.saving.errors import FileFormatError

_HEAP = re.compile(rb"GCOL\x01")  # signature and version
_HEADER = struct.Struct("<4sB3xQ")  # signature, version, size of the heap
_OBJECT = struct.Struct("<HHIQ")  # index (0: the free rest), references, reserved, size
_MOST_OBJECTS = 1_000_000


def check_heaps(chunks: Iterable[bytes], file: BinaryIO) -> None:
    """Walks all global heaps of an HDF5 file.

    Args:
        chunks: the whole content in order.
        file: the same content, to be read at any place.

    Raises:
        FileFormatError: a heap is damaged.
    """
    end, budget = 0, _MOST_OBJECTS
    for start in _find_heaps(chunks):
        if start < end:
            raise FileFormatError(f"it is a damaged HDF5 file: a heap at byte {start} lies within another one.")
        size, objects = _walk(file, start, budget)
        end = start + size
        budget -= objects


def _find_heaps(chunks: Iterable[bytes]) -> list[int]:
    """Returns where heaps begin."""
    found, read, tail = [], 0, b""
    for chunk in chunks:
        window = tail + chunk
        found += [read - len(tail) + match.start() for match in _HEAP.finditer(window)]
        read += len(chunk)
        tail = window[-4:]  # one byte less than the pattern: what began here ends in the next chunk
    return found


def _walk(file: BinaryIO, start: int, budget: int) -> tuple[int, int]:
    """Returns the size of a heap and the number of its objects."""
    file.seek(start)
    header = file.read(_HEADER.size)
    size = _HEADER.unpack(header)[2] if len(header) == _HEADER.size else 0
    file_size = file.seek(0, 2)
    if not _HEADER.size < size <= file_size - start:
        raise FileFormatError(f"it is a damaged HDF5 file: the heap at byte {start} has an impossible size, {size}.")
    file.seek(start)
    heap = file.read(size)
    position, objects = _HEADER.size, 0
    while size - position >= _OBJECT.size:
        index, _, _, length = _OBJECT.unpack_from(heap, position)
        # The size of the free rest counts its header, that of an object does not and is rounded up to 8 bytes.
        step = _OBJECT.size + (length + 7) // 8 * 8 if index else length
        objects += 1
        if step < _OBJECT.size or step > size - position or objects > budget:
            raise FileFormatError(
                f"it is a damaged HDF5 file: object {index} of the heap at byte {start} has an impossible size, "
                f"{length}."
            )
        position += step
    return size, objects
