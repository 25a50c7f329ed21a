"""The members of groups in HDF5 files: names with the addresses of objects."""

import struct
from collections.abc import Iterator, Sequence

from kerasnp.saving.hdf5_bytes import UNDEFINED, Bytes, damaged
from kerasnp.saving.hdf5_headers import LINK, LINK_INFO, SYMBOL_TABLE, Message
from kerasnp.saving.hdf5_trees import GROUP_NODE, walk_tree, walk_tree_2

_SYMBOL = struct.Struct("<QQI4x4x12x")  # where the name is, where the object is, kind of what follows
_SOFT = 2  # that kind of a symbol
_BY_NAME = 5  # the kind of records in an index of names


def is_group(messages: Sequence[Message]) -> bool:
    """Tells whether the messages are those of a group."""
    return any(message.kind in (SYMBOL_TABLE, LINK_INFO, LINK) for message in messages)


def read_links(source: Bytes, messages: Sequence[Message]) -> Iterator[tuple[bytes, int | None]]:
    """Yields the names in a group, each with the address of its object; None if it is a link to another place."""
    for kind, shared, content in messages:
        if kind in (SYMBOL_TABLE, LINK_INFO, LINK) and shared:
            raise damaged("the members of a group stand elsewhere")
        if kind == LINK:
            yield _link(content)
        elif kind == SYMBOL_TABLE:
            yield from _symbols(source, *struct.unpack_from("<QQ", content))
        elif kind == LINK_INFO:
            heap, index = struct.unpack_from("<QQ", content, 10 if content[1] & 1 else 2)
            if heap != UNDEFINED:
                yield from _dense(source, heap, index)


def _symbols(source: Bytes, tree: int, heap: int) -> Iterator[tuple[bytes, int | None]]:
    """Yields the links of an older group: a tree of tables, and the names in a heap [III.B, III.C, III.D]."""
    signature, size, names_at = source.unpack("<4s4xQ8xQ", heap)
    if signature != b"HEAP":
        raise damaged(f"there are no names at byte {heap:,}")
    names = source.read(names_at, size)
    for _, table in walk_tree(source, tree, GROUP_NODE, 8):
        signature, count = source.unpack("<4s2xH", table)
        if signature != b"SNOD":
            raise damaged(f"there are no members at byte {table:,}")
        for start, address, kind in _SYMBOL.iter_unpack(source.read(table + 8, count * _SYMBOL.size)):
            end = names.find(b"\0", start)
            if not start < end:
                raise damaged(f"a name in the group at byte {tree:,} is missing")
            yield names[start:end], None if kind == _SOFT or address == UNDEFINED else address


def _link(content: bytes) -> tuple[bytes, int | None]:
    """Returns the link that a message says [IV.A.2.g]."""
    flags, place, kind = content[1], 2, 0
    if flags & 0x08:
        kind, place = content[place], place + 1
    place += (8 if flags & 0x04 else 0) + (1 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    end = place + width + int.from_bytes(content[place : place + width], "little")
    name = content[place + width : end]
    return name, struct.unpack_from("<Q", content, end)[0] if kind == 0 else None


# -- groups with many members, in the newer form ---------------------------------------------------


def _dense(source: Bytes, heap: int, index: int) -> Iterator[tuple[bytes, int | None]]:
    """Yields the links that lie in a heap, and whose places there are in a tree."""
    place_of = _Heap(source, heap).place
    for record in walk_tree_2(source, index, (_BY_NAME,)):
        yield _link(source.read(*place_of(record[4:])))  # behind a hash of the name


class _Heap:
    """A "fractal heap": blocks of growing size [III.G]."""

    def __init__(self, source: Bytes, address: int):
        self._source = source
        signature, _, filters, most_managed = source.unpack("<4sxHHxI", address)
        width, first, largest, bits, root, rows = source.unpack("<HQQH2xQH", address + 110)
        if signature != b"FRHP" or filters or not 0 < bits <= 64 or not width or not 0 < first <= largest < 1 << 32:
            raise damaged(f"the heap at byte {address:,} is none")
        self._offset_size = (bits + 7) // 8
        self._length_size = (min(largest, most_managed).bit_length() + 7) // 8
        self._width, self._first, self._largest = width, first, largest
        self._root, self._rows = root, rows
        self._tables: dict[int, bytes] = {}

    def place(self, identifier: bytes) -> tuple[int, int]:
        """Returns the address and the size of an object."""
        if identifier[0]:
            raise damaged("a name is too long for a group")
        middle = 1 + self._offset_size
        offset = int.from_bytes(identifier[1:middle], "little")
        size = int.from_bytes(identifier[middle : middle + self._length_size], "little")
        block, rows = self._root, self._rows
        while rows:
            block, size_of_block, offset = self._child(block, rows, offset)
            rows = 0 if size_of_block <= self._largest else (size_of_block // (self._first * self._width)).bit_length()
        return block + offset, size

    def _child(self, block: int, rows: int, offset: int) -> tuple[int, int, int]:
        """Returns the address and the size of the block below another one that has an offset, and the offset in it."""
        before = 0
        for row in range(min(rows, 64)):
            size = self._first << max(0, row - 1)
            if offset < before + size * self._width:
                column = (offset - before) // size
                place = 13 + self._offset_size + 8 * (row * self._width + column)
                if block not in self._tables:
                    self._tables[block] = self._source.read(block, 13 + self._offset_size + 8 * rows * self._width)
                content = self._tables[block]
                if content[:4] != b"FHIB":
                    raise damaged(f"there is no table of blocks at byte {block:,}")
                return struct.unpack_from("<Q", content, place)[0], size, offset - before - column * size
            before += size * self._width
        raise damaged("a name lies outside its heap")
