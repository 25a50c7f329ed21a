"""The two kinds of trees that HDF5 files have: version 1 of groups and chunks, version 2 of both in newer files."""

import struct
from collections.abc import Iterator

from kerasnp.saving.hdf5_bytes import UNDEFINED, Bytes, damaged

GROUP_NODE, CHUNK_NODE = 0, 1


def walk_tree(source: Bytes, address: int, kind: int, key_size: int) -> Iterator[tuple[bytes, int]]:
    """Yields the keys and the children of the leaves of a tree of version 1, from left to right [III.A.1].

    Args:
        source: the file.
        address: the root's.
        kind: of the nodes.
        key_size: bytes of a key.
    """
    waiting: list[tuple[int, int | None]] = [(address, None)]
    seen = set()
    step = key_size + 8
    while waiting:
        address, expected = waiting.pop()
        signature, found, level, count = source.unpack("<4sBBH", address)
        if signature != b"TREE" or found != kind or address in seen or expected not in (None, level):
            raise damaged(f"the tree at byte {address:,} is none")
        seen.add(address)
        content = source.read(address + 24, count * step)
        entries = [
            (content[place : place + key_size], int.from_bytes(content[place + key_size : place + step], "little"))
            for place in range(0, len(content), step)
        ]
        if level:
            waiting += [(child, level - 1) for _, child in reversed(entries)]
        else:
            yield from entries


def walk_tree_2(source: Bytes, address: int, kinds: tuple[int, ...]) -> Iterator[bytes]:
    """Yields the records of a tree of version 2 [III.A.2].

    Args:
        source: the file.
        address: the header's.
        kinds: of records that it may have.
    """
    signature, version, kind, node_size, size, depth, root, count = source.unpack("<4sBBIHH2xQH", address)
    if signature != b"BTHD" or version or kind not in kinds or not 0 < size < node_size or depth > 20:
        raise damaged(f"the tree at byte {address:,} is none")
    if root == UNDEFINED:
        return
    # In nodes above the leaves, how many bytes the counts of a child take that is so many levels above the leaves.
    most = [(node_size - 10) // size]
    total, count_size, total_sizes = most[0], _width(most[0]), [0]
    for _ in range(depth):
        pointer = 8 + count_size + total_sizes[-1]
        most.append((node_size - 10 - pointer) // (size + pointer))
        total = (most[-1] + 1) * total + most[-1]
        total_sizes.append(_width(total))
    waiting, seen = [(root, count, depth)], set()
    while waiting:
        node, count, level = waiting.pop()
        if node in seen or count > most[level]:
            raise damaged(f"the tree at byte {address:,} leads in circles")
        seen.add(node)
        content = source.read(node, node_size if level else 6 + count * size)
        if content[:4] != (b"BTIN" if level else b"BTLF") or content[5] != kind:
            raise damaged(f"the tree at byte {address:,} is none")
        end = 6 + count * size
        yield from (content[place : place + size] for place in range(6, end, size))
        if level:
            step = 8 + count_size + total_sizes[level - 1]
            for place in range(end, end + (count + 1) * step, step):
                (child,) = struct.unpack_from("<Q", content, place)
                waiting.append(
                    (child, int.from_bytes(content[place + 8 : place + 8 + count_size], "little"), level - 1)
                )


def _width(number: int) -> int:
    """Returns the bytes that a number takes."""
    return (number.bit_length() + 7) // 8
