"""Headers of objects in HDF5 files: lists of messages, which say all that there is to say of a group or an array."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.hdf5_bytes import Bytes, damaged

# Kinds of messages [IV.A.2].
DATASPACE, LINK_INFO, DATATYPE, LINK, EXTERNAL, LAYOUT = 0x01, 0x02, 0x03, 0x06, 0x07, 0x08
FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = 0x0B, 0x0C, 0x10, 0x11, 0x15
_MOST_BLOCKS = 10_000  # of one header
_MOST_MESSAGES = 100_000


class Message(NamedTuple):
    """One message.

    Attributes:
        kind: one of the numbers above, or another one.
        shared: whether it stands elsewhere, and here only its place.
        content: what it says.
    """

    kind: int
    shared: bool
    content: bytes


def messages(source: Bytes, address: int) -> Iterator[Message]:
    """Yields the messages of the header at an address, which may go on in other blocks [IV.A.1]."""
    start = source.read(address, 12)
    if start[:4] == b"OHDR":
        blocks, parse = [_first_block(source, address, start[5])], _messages_2(start[5])
    elif start[0] == 1:
        blocks, parse = [(address + 16, struct.unpack_from("<I", start, 8)[0])], _messages_1
    else:
        raise damaged(f"there is no object at byte {address:,}")
    seen, count = set(), 0
    while blocks:
        block = blocks.pop()
        if block in seen or len(seen) > _MOST_BLOCKS:
            raise damaged(f"the header at byte {address:,} does not end")
        seen.add(block)
        for message in parse(source.read(*block)):
            count += 1
            if count > _MOST_MESSAGES:
                raise FileFormatError(f"it is refused: the object at byte {address:,} has too many messages.")
            if message.kind == CONTINUATION:
                place, size = struct.unpack_from("<QQ", message.content)
                # Blocks of version 2 begin with a signature and end with a checksum.
                blocks.append((place, size) if parse is _messages_1 else (place + 4, size - 8))
            else:
                yield message


def part(content: bytes, start: int, size: int) -> bytes:
    """Returns a part of a message."""
    if start + size > len(content):
        raise damaged(f"{size} bytes in the place of {len(content) - start}")
    return content[start : start + size]


def _first_block(source: Bytes, address: int, flags: int) -> tuple[int, int]:
    """Returns where the messages of a header of version 2 begin, and their size."""
    place = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    return place + width, int.from_bytes(source.read(place, width), "little")


def _messages_1(block: bytes) -> Iterator[Message]:
    return _parsed(block, struct.Struct("<HHB3x"))


def _messages_2(header_flags: int):
    start = struct.Struct("<BHB2x" if header_flags & 0x04 else "<BHB")  # with the order of creation or without
    return lambda block: _parsed(block, start)


def _parsed(block: bytes, start: struct.Struct) -> Iterator[Message]:
    position = 0
    while len(block) - position >= start.size:
        kind, size, flags = start.unpack_from(block, position)
        position += start.size
        yield Message(kind, bool(flags & 0x02), part(block, position, size))
        position += size
