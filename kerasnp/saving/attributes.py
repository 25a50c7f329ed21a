"""Texts in the attributes of HDF5 files, read without the HDF5 library.

The library believes what a damaged file says of its texts: it then takes gigabytes, and before HDF5 1.14.3 it writes
beyond the end of its memory. So attributes are read here, from the object's header on, and every size is compared with
what is there. The letters in brackets are the sections of the HDF5 File Format Specification, version 3.0.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import h5py

from kerasnp.saving.errors import FileFormatError

_ATTRIBUTE, _CONTINUATION, _ATTRIBUTE_INFO = 0x0C, 0x10, 0x15  # kinds of messages
_MOST_BLOCKS = 100  # of one header
_LARGEST_BLOCK = 1 << 20
_LARGEST_TEXTS = 64 << 20  # bytes of all texts of one attribute
_MOST_PIECES = 10_000  # of a list of names
_NONE = (0, 0xFFFFFFFFFFFFFFFF)  # addresses of nothing

Message = tuple[int, int, bytes]  # kind, flags, content


class Attributes:
    """The attributes of all objects in one file that are texts or lists of texts.

    Args:
        stream: the content.
        file: the same, opened.
    """

    def __init__(self, stream: BinaryIO, file: h5py.File):
        self._stream, self._base = stream, file.userblock_size
        self._heaps: dict[int, dict[int, memoryview]] = {}
        if file.id.get_create_plist().get_sizes() != (8, 8):
            raise FileFormatError("it is an unusual HDF5 file: its addresses do not have 8 bytes.")

    def text(self, owner: h5py.Group, name: str) -> str | None:
        """Returns an attribute that is a text, or None where there is none."""
        texts = self._texts(owner, name)
        if texts is None:
            return None
        if len(texts) != 1:
            raise FileFormatError(f"its attribute {name!r} must be one text, not {len(texts)}.")
        return texts[0]

    def names(self, owner: h5py.Group, name: str) -> list[str] | None:
        """Returns an attribute that is a list of names, also one in pieces ``<name>0``, ``<name>1``, ...; or None."""
        whole = self._texts(owner, name)
        if whole is not None:
            return whole
        found: list[str] | None = None
        for index in range(_MOST_PIECES):
            piece = self._texts(owner, f"{name}{index}")
            if piece is None:
                break
            found = [*(found or ()), *piece]
        return found

    def _texts(self, owner: h5py.Group, name: str) -> list[str] | None:
        place = f"the attribute {name!r} of {owner.name!r}"
        try:
            contents = self._find(h5py.h5o.get_info(owner.id).addr, name.encode(), place)
            return None if contents is None else [str(content, "utf-8") for content in contents]
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{place} is not UTF-8: {error}") from error
        except (struct.error, IndexError) as error:
            raise FileFormatError(f"the header of {owner.name!r} is damaged: {error}.") from error

    def _find(self, address: int, name: bytes, place: str) -> list[memoryview | bytes] | None:
        for kind, flags, content in self._messages(address):
            if kind == _ATTRIBUTE_INFO:
                (table,) = struct.unpack_from("<Q", content, 4 if content[1] & 1 else 2)
                if table not in _NONE:
                    raise FileFormatError(f"it is refused: {place} is one of more than Keras ever writes.")
            if kind == _ATTRIBUTE:
                if flags & 0x02:
                    raise FileFormatError(f"it is refused: attributes of {place} are shared with other objects.")
                found, parts = _split(content)
                if found == name:
                    return self._contents(*parts, place)
        return None

    # -- headers [IV.A.1] --------------------------------------------------------------------------

    def _messages(self, address: int) -> Iterator[Message]:
        """Returns the messages of the header at an address, which may go on in other blocks."""
        start = self._read(address, 16)
        if start[:4] == b"OHDR":
            blocks, parse = [self._first_block(address, start[5])], _messages_2(start[5])
        else:
            blocks, parse = [(address + 16, struct.unpack_from("<I", start, 8)[0])], _messages_1
        seen = 0
        while blocks:
            seen += 1
            if seen > _MOST_BLOCKS:
                raise FileFormatError(f"the header at byte {address} has more than {_MOST_BLOCKS} parts.")
            for message in parse(self._read(*blocks.pop())):
                if message[0] == _CONTINUATION:
                    place, size = struct.unpack_from("<QQ", message[2])
                    # Blocks of version 2 begin with a signature and end with a checksum.
                    blocks.append((place, size) if parse is _messages_1 else (place + 4, size - 8))
                yield message

    def _first_block(self, address: int, flags: int) -> tuple[int, int]:
        """Returns where the messages of a header of version 2 begin, and their size."""
        at = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        return address + at + width, int.from_bytes(self._read(address + at, width), "little")

    # -- texts -------------------------------------------------------------------------------------

    def _contents(self, datatype: bytes, dataspace: bytes, data: bytes, place: str) -> list:
        """Returns the texts of an attribute as they are stored [IV.A.2.b, IV.A.2.d]."""
        kind, variable = datatype[0] & 15, datatype[1] & 15
        (size,) = struct.unpack_from("<I", datatype, 4)
        count = _count(dataspace)
        if not count:
            return []
        if not (kind == 3 or (kind == 9 and variable == 1 and size == 16)):
            raise FileFormatError(f"{place} is no text.")
        if count * max(size, 1) > len(data):
            raise FileFormatError(f"it is refused: {place} claims {count} texts of {size} bytes.")
        items = [data[index * size : (index + 1) * size] for index in range(count)]
        if kind == 3:  # of fixed length: ended by a zero, or filled up with zeros or spaces
            return [item.rstrip(b" ") if datatype[1] & 15 == 2 else item.rstrip(b"\0") for item in items]
        texts = [self._text(item, place) for item in items]
        if sum(map(len, texts)) > _LARGEST_TEXTS:
            raise FileFormatError(f"it is refused: {place} is larger than {_LARGEST_TEXTS} bytes.")
        return texts

    def _text(self, item: bytes, place: str) -> memoryview | bytes:
        """Returns a text of variable length."""
        length, address, index = struct.unpack("<IQI", item)
        if address in _NONE:
            return b""
        if address not in self._heaps:
            self._heaps[address] = self._heap(address)
        text = self._heaps[address].get(index, b"")
        if len(text) != length or not index:
            raise FileFormatError(f"{place} is damaged: a text of {length} bytes has {len(text)}.")
        return text

    def _heap(self, address: int) -> dict[int, memoryview]:
        """Returns the objects of a global heap by their numbers [III.E]; it was checked that their sizes fit."""
        signature, size = struct.unpack("<4s4xQ", self._read(address, 16))
        if signature != b"GCOL":
            raise FileFormatError(f"it is a damaged HDF5 file: there is no heap at byte {address}.")
        heap, position, objects = memoryview(self._read(address, size, size)), 16, {}
        while size - position >= 16:
            index, length = struct.unpack_from("<H6xQ", heap, position)
            if not index:
                break
            objects[index] = heap[position + 16 : position + 16 + length]
            position += 16 + (length + 7) // 8 * 8
        return objects

    def _read(self, address: int, size: int, limit: int = _LARGEST_BLOCK) -> bytes:
        end = self._stream.seek(0, 2)
        start = self._base + address
        if not 0 <= size <= min(limit, end - start):
            raise FileFormatError(f"it is a damaged HDF5 file: {size} bytes at byte {start} of {end}.")
        self._stream.seek(start)
        return self._stream.read(size)


def _messages_1(block: bytes) -> Iterator[Message]:
    position = 0
    while len(block) - position >= 8:
        kind, size, flags = struct.unpack_from("<HHB", block, position)
        position += 8
        yield kind, flags, _part(block, position, size)
        position += size


def _messages_2(header_flags: int):
    start = struct.Struct("<BHB2x" if header_flags & 0x04 else "<BHB")  # with the order of creation or without

    def parse(block: bytes) -> Iterator[Message]:
        position = 0
        while len(block) - position >= start.size:
            kind, size, flags = start.unpack_from(block, position)
            position += start.size
            yield kind, flags, _part(block, position, size)
            position += size

    return parse


def _split(message: bytes) -> tuple[bytes, tuple[bytes, bytes, bytes]]:
    """Returns the name of an attribute and its type, shape and data [IV.A.2.m]."""
    version, flags, *sizes = struct.unpack_from("<BBHHH", message)
    position, parts = 9 if version == 3 else 8, []
    for size in sizes:
        parts.append(_part(message, position, size))
        position += (size + 7) // 8 * 8 if version == 1 else size
    if version not in (1, 2, 3) or (version > 1 and flags):
        raise FileFormatError("it is refused: an attribute has a type that stands elsewhere.")
    name, datatype, dataspace = parts
    return name.partition(b"\0")[0], (datatype, dataspace, message[position:])


def _count(dataspace: bytes) -> int:
    """Returns the number of elements."""
    version, rank = dataspace[0], dataspace[1]
    if version == 2 and dataspace[3] == 2:
        return 0
    count = 1
    for size in struct.unpack_from(f"<{rank}Q", dataspace, 8 if version == 1 else 4):
        count *= size
    return count


def _part(content: bytes, start: int, size: int) -> bytes:
    if start + size > len(content):
        raise FileFormatError(f"it is a damaged HDF5 file: {size} bytes in the place of {len(content) - start}.")
    return content[start : start + size]
