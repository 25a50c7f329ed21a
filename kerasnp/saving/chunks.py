"""Arrays of HDF5 files that are stored in chunks, compressed or not.

The HDF5 library unpacks a chunk to whatever size it turns out to have, gigabytes or nothing at all, and for a kind of
compression that it does not know it looks for plug-ins. Here a chunk has the size that it must have, and the three
kinds of packing that everybody writes are known.
"""

import struct
import zlib

import numpy as np

from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.hdf5_bytes import Bytes
from kerasnp.saving.hdf5_chunks import ChunkIndex

_DEFLATE, _SHUFFLE, _CHECKSUM = 1, 2, 3
_KNOWN = {_DEFLATE, _SHUFFLE, _CHECKSUM}
_LARGEST_CHUNK = 4 << 20  # bytes, unless the array is larger; writers choose 1 MiB or less


def filters_of(content: bytes | None) -> list[int]:
    """Returns the numbers of an array's filters, in the order in which they pack [IV.A.2.l].

    Args:
        content: of the message "filter pipeline"; None if there is none.
    """
    if content is None:
        return []
    version, count = content[:2]
    place, found = (8 if version == 1 else 2), []
    for _ in range(count):
        (code,) = struct.unpack_from("<H", content, place)
        place += 2
        named = version == 1 or code >= 256
        name_size = struct.unpack_from("<H", content, place)[0] if named else 0
        place += 2 if named else 0
        _, values = struct.unpack_from("<HH", content, place)
        padded = version == 1 and values % 2
        place += 4 + (-(-name_size // 8) * 8 if version == 1 else name_size) + 4 * (values + padded)
        found.append(code)
    return found


def chunk_problem(index: ChunkIndex, filters: list[int], nbytes: int) -> str | None:
    """Tells what is wrong with the form in which an array is stored.

    Args:
        index: of its chunks.
        filters: that they went through.
        nbytes: that the array has.
    """
    if index.chunk_bytes > max(nbytes, _LARGEST_CHUNK):
        return f"is stored in chunks of {index.chunk_shape}"
    unknown = sorted(set(filters) - _KNOWN)
    if unknown:
        return f"is packed by filter {unknown[0]}; kerasnp knows gzip, shuffle and fletcher32"
    return None


def read_chunks(
    source: Bytes, index: ChunkIndex, filters: list[int], shape: tuple[int, ...], dtype: np.dtype
) -> np.ndarray:
    """Returns the content of an array that is stored in chunks.

    Args:
        source: the file.
        index: of the chunks.
        filters: that they went through.
        shape, dtype: of the array as it is stored.

    Raises:
        FileFormatError: a chunk is missing or damaged; the message is the reason alone.
    """
    chunks = index.chunks()
    values = np.empty(shape, dtype)
    size = index.chunk_bytes
    for offset, address, stored, left_out in chunks:
        if stored > 2 * size + 1024:  # what cannot be compressed grows a little
            raise FileFormatError(f"a chunk of {size} bytes takes {stored}.")
        packed = source.read_array(address, (stored,), np.dtype(np.uint8)).tobytes()
        content = _unpacked(packed, filters, left_out, size, dtype.itemsize)
        if content is None:
            raise FileFormatError(f"the chunk at {offset} cannot be unpacked to its {size} bytes.")
        target = values[tuple(slice(at, at + step) for at, step in zip(offset, index.chunk_shape, strict=True))]
        chunk = np.frombuffer(content, dtype).reshape(index.chunk_shape)
        target[...] = chunk[tuple(slice(length) for length in target.shape)]
    return values


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
