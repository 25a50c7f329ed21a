"""Compressed arrays of HDF5 files, unpacked without the HDF5 library.

The library unpacks a chunk to whatever size it turns out to have, gigabytes or nothing at all; of what is missing it
returns what happens to lie in memory. And for a kind of compression that it does not know it looks for plug-ins. Here a
chunk has the size that it must have, and the three kinds of packing that everybody writes are known.
"""

import math
import zlib

import h5py
import numpy as np

from kerasnp.saving.errors import FileFormatError

_DEFLATE, _SHUFFLE, _CHECKSUM = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32
_KNOWN = {_DEFLATE, _SHUFFLE, _CHECKSUM}
_LARGEST_CHUNK = 4 << 20  # bytes, unless the array is larger; writers choose 1 MiB or less


def chunk_problem(dataset: h5py.Dataset, dtype: np.dtype) -> str | None:
    """Tells what is wrong with the form in which an array is stored, if it is in chunks."""
    if dataset.chunks is None:
        return None
    if math.prod(dataset.chunks) * dtype.itemsize > max(math.prod(dataset.shape) * dtype.itemsize, _LARGEST_CHUNK):
        return f"is stored in chunks of {dataset.chunks}"
    unknown = sorted(set(_filters(dataset)) - _KNOWN)
    if unknown:
        return f"is packed by filter {unknown[0]}; kerasnp knows gzip, shuffle and fletcher32"
    return None


def read_chunks(dataset: h5py.Dataset, dtype: np.dtype) -> np.ndarray:
    """Returns the content of an array that is stored in chunks.

    Args:
        dataset: one without a :func:`chunk_problem`.
        dtype: its number type as it is stored.

    Raises:
        FileFormatError: a chunk is missing or damaged; the message is the reason alone.
    """
    values = np.empty(dataset.shape, dtype)
    filters, size = _filters(dataset), math.prod(dataset.chunks) * dtype.itemsize
    wanted = math.prod(-(-length // step) for length, step in zip(dataset.shape, dataset.chunks, strict=True))
    places: dict[tuple[int, ...], int] = {}

    def note(chunk):
        places[chunk.chunk_offset] = chunk.size
        return len(places) > wanted or None  # anything but None ends the iteration

    dataset.id.chunk_iter(note)
    inside = all(start < length for place in places for start, length in zip(place, dataset.shape, strict=True))
    if len(places) != wanted or not inside:
        raise FileFormatError(f"it has {len(places)} of {wanted} chunks.")
    for place, stored in places.items():
        if stored > 2 * size + 1024:  # what cannot be compressed grows a little
            raise FileFormatError(f"a chunk of {size} bytes takes {stored}.")
        left_out, packed = dataset.id.read_direct_chunk(place)
        content = _unpacked(packed, filters, left_out, size, dtype.itemsize)
        if content is None:
            raise FileFormatError(f"the chunk at {place} cannot be unpacked to its {size} bytes.")
        block = tuple(slice(start, start + step) for start, step in zip(place, dataset.chunks, strict=True))
        target = values[block]
        chunk = np.frombuffer(content, dtype).reshape(dataset.chunks)
        target[...] = chunk[tuple(slice(length) for length in target.shape)]
    return values


def _filters(dataset: h5py.Dataset) -> list[int]:
    settings = dataset.id.get_create_plist()
    return [settings.get_filter(index)[0] for index in range(settings.get_nfilters())]


def _unpacked(content: bytes, filters: list[int], left_out: int, size: int, width: int) -> bytes | None:
    """Takes the filters off a chunk, the last one first; None if it then has not the right size.

    Args:
        content: the chunk as it is stored.
        filters: the filters of the array.
        left_out: a bit for each filter that this chunk does without.
        size: bytes of a chunk.
        width: bytes of an element.
    """
    for index, code in reversed(list(enumerate(filters))):
        if left_out >> index & 1:
            continue
        if code == _CHECKSUM:
            content, expected = content[:-4], content[-4:]
            if _fletcher32(content).to_bytes(4, "little") != expected:
                return None
        elif code == _DEFLATE:
            try:
                content = zlib.decompressobj().decompress(content, size + 4)  # behind it may be a checksum
            except zlib.error:
                return None
        elif len(content) % width == 0:
            # Shuffled: the first bytes of all elements, then the second ones, and so on.
            content = np.frombuffer(content, np.uint8).reshape(width, -1).T.tobytes()
    return content if len(content) == size else None


def _fletcher32(content: bytes) -> int:
    """Returns HDF5's checksum: the sum of all 16-bit words, high byte first, and the sum of its running values.

    Both are taken modulo 65535, with 65535 in the place of 0 unless all words are 0.
    """
    words = np.frombuffer(content + bytes(len(content) % 2), ">u2").astype(np.uint64)
    first = second = 0
    for start in range(0, words.size, 1 << 15):  # short enough for 64 bits
        block = words[start : start + (1 << 15)]
        weights = np.arange(block.size, 0, -1, dtype=np.uint64)
        second = (second + first * block.size + int((block * weights).sum())) % 65535
        first = (first + int(block.sum())) % 65535
    return (second or 65535) << 16 | (first or 65535) if words.any() else 0
