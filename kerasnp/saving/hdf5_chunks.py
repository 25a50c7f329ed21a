"""Where the chunks of an array lie in an HDF5 file."""

import itertools
import math
import struct
from collections.abc import Iterator
from typing import NamedTuple

from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.hdf5_bytes import UNDEFINED, Bytes, damaged
from kerasnp.saving.hdf5_trees import CHUNK_NODE, walk_tree, walk_tree_2

_MOST_CHUNKS = 200_000  # of one array
_ONE, _IMPLICIT, _FIXED, _EXTENSIBLE, _TREE = 1, 2, 3, 4, 5  # kinds of indices in newer files
_PLAIN_RECORDS, _PACKED_RECORDS = 10, 11  # of such a tree
_DETAILS = {_FIXED: 1, _EXTENSIBLE: 5, _TREE: 6}  # bytes that say more of such an index
_WHOLE_EDGES, _ONE_PACKED = 0x01, 0x02  # chunks at the edges are not packed; the only one is


class Chunk(NamedTuple):
    """One chunk.

    Attributes:
        offset: the index of its first element.
        address: where it is.
        size: its bytes there.
        left_out: a bit for each filter that it does without.
    """

    offset: tuple[int, ...]
    address: int
    size: int
    left_out: int


class ChunkIndex:
    """What an array's header says of its chunks [IV.A.2.i].

    Args:
        source: the file.
        content: of the message "data layout".
        shape: of the array.
        packed: whether the chunks go through filters.

    Attributes:
        chunk_shape: of one chunk.
    """

    def __init__(self, source: Bytes, content: bytes, shape: tuple[int, ...], packed: bool):
        self._source, self._shape, self._packed = source, shape, packed
        self._kind, self._details = 0, b""
        if content[0] == 3:
            rank = content[2]
            self._address, *dimensions = struct.unpack_from(f"<Q{rank}I", content, 3)
        else:
            flags, rank, width = content[2:5]
            end = 5 + rank * width
            dimensions = [int.from_bytes(content[at : at + width], "little") for at in range(5, end, width or 1)]
            self._kind = content[end]
            details = 12 if self._kind == _ONE and flags & _ONE_PACKED else _DETAILS.get(self._kind, 0)
            self._details = content[end + 1 : end + 1 + details]
            (self._address,) = struct.unpack_from("<Q", content, end + 1 + details)
            if packed and (flags & _WHOLE_EDGES or (self._kind == _ONE and not self._details)):
                raise FileFormatError("it is refused: chunks of an array are packed in an unusual way.")
        *self.chunk_shape, self._width = dimensions
        self.chunk_shape = tuple(self.chunk_shape)
        if len(self.chunk_shape) != len(shape) or not all(dimensions):
            raise damaged(f"it has chunks of the shape {self.chunk_shape} for an array of the shape {shape}")
        self.chunk_bytes = math.prod(dimensions)
        # How many chunks there are along each axis, and in all.
        self._counts = [-(-size // step) for size, step in zip(shape, self.chunk_shape, strict=True)]
        self.wanted = math.prod(self._counts)

    def chunks(self) -> list[Chunk]:
        """Returns all chunks.

        Raises:
            FileFormatError: there are others than the array needs, or more than anybody writes.
        """
        if self.wanted > _MOST_CHUNKS:
            raise FileFormatError(f"it is refused: an array has {self.wanted:,} chunks.")
        found = {chunk.offset: chunk for chunk in itertools.islice(self._all(), self.wanted + 1)}
        inside = all(
            start < size and start % step == 0
            for chunk in found
            for start, size, step in zip(chunk, self._shape, self.chunk_shape, strict=True)
        )
        if len(found) != self.wanted or not inside:
            raise FileFormatError(f"it has {len(found)} of {self.wanted} chunks.")
        return list(found.values())

    def _all(self) -> Iterator[Chunk]:
        if self._address == UNDEFINED:
            return iter(())
        if self._kind == 0:
            return self._older_tree()
        if self._kind == _ONE:
            size, left_out = struct.unpack("<QI", self._details) if self._packed else (self.chunk_bytes, 0)
            return iter([Chunk((0,) * len(self._shape), self._address, size, left_out)])
        if self._kind == _IMPLICIT:
            return self._in_order(
                (self._address + i * self.chunk_bytes, self.chunk_bytes, 0) for i in itertools.count()
            )
        if self._kind == _FIXED:
            return self._in_order(self._fixed_array())
        if self._kind == _TREE:
            return self._newer_tree()
        raise FileFormatError("kerasnp cannot read arrays in chunks that grow along one axis, in HDF5's newest form.")

    def _in_order(self, places) -> Iterator[Chunk]:
        for numbers, place in zip(itertools.product(*map(range, self._counts)), places, strict=False):
            if place[0] != UNDEFINED:
                yield Chunk(self._offset(numbers), *place)

    def _offset(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(number * step for number, step in zip(numbers, self.chunk_shape, strict=True))

    def _older_tree(self) -> Iterator[Chunk]:
        rank = len(self._shape) + 1
        for key, address in walk_tree(self._source, self._address, CHUNK_NODE, 8 + 8 * rank):
            size, left_out, *offset, _ = struct.unpack(f"<II{rank}Q", key)
            yield Chunk(tuple(offset), address, size, left_out)

    def _newer_tree(self) -> Iterator[Chunk]:
        rank = len(self._shape)
        for record in walk_tree_2(self._source, self._address, (_PLAIN_RECORDS, _PACKED_RECORDS)):
            place = self._place(record[: -8 * rank] if rank else record)
            yield Chunk(self._offset(struct.unpack(f"<{rank}Q", record[len(record) - 8 * rank :])), *place)

    def _place(self, entry: bytes) -> tuple[int, int, int]:
        """Returns address, size and omitted filters, as entries have them."""
        address = int.from_bytes(entry[:8], "little")
        if not self._packed:
            return address, self.chunk_bytes, 0
        return address, int.from_bytes(entry[8:-4], "little"), int.from_bytes(entry[-4:], "little")

    def _fixed_array(self) -> Iterator[tuple[int, int, int]]:
        """Yields the places in an array of all chunks [VII.C]."""
        signature, width, page_bits, count, block = self._source.unpack("<4s2xBBQQ", self._address)
        if signature != b"FAHD" or page_bits > 32 or count > 2 * _MOST_CHUNKS or width < (13 if self._packed else 8):
            raise damaged(f"there is no list of chunks at byte {self._address:,}")
        if self._source.read(block, 4) != b"FADB":
            raise damaged(f"there is no list of chunks at byte {block:,}")
        place, page = block + 14, 1 << page_bits
        used = None
        if count > page:  # pages of which some may never have been written, each with a checksum behind it
            pages = -(-count // page)
            used = self._source.read(place, -(-pages // 8))
            place += len(used) + 4
        for number, first in enumerate(range(0, count, page)):
            entries = min(page, count - first)
            if used is not None and not used[number // 8] >> (7 - number % 8) & 1:
                yield from itertools.repeat((UNDEFINED, 0, 0), entries)
            else:
                content = self._source.read(place, entries * width)
                yield from (self._place(content[at : at + width]) for at in range(0, len(content), width))
            place += entries * width + 4
