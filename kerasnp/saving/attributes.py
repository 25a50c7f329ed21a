"""Texts in the attributes of HDF5 files."""

import math
import struct
from collections.abc import Iterator

from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.hdf5 import Group
from kerasnp.saving.hdf5_bytes import UNDEFINED, Bytes, damaged
from kerasnp.saving.hdf5_headers import ATTRIBUTE, ATTRIBUTE_INFO, messages, part
from kerasnp.saving.stored import read_shape

_LARGEST_TEXTS = 32 << 20  # bytes of all texts of one attribute
_MOST_NAMES = 250_000
_NONE = (0, UNDEFINED)  # addresses of nothing

_Parts = tuple[bytes, bytes, bytes]  # type, shape and data of an attribute


class Attributes:
    """The attributes of all objects in one file that are texts or lists of texts.

    Args:
        root: the file.
    """

    def __init__(self, root: Group):
        self._source: Bytes = root.tree.source
        self._heaps: dict[int, dict[int, memoryview]] = {}

    def has(self, owner: Group, name: str) -> bool:
        """Tells whether there is an attribute of this name, or its first piece."""
        return bool(self._find(owner, name, pieces=True))

    def text(self, owner: Group, name: str) -> str | None:
        """Returns an attribute that is a text, or None where there is none."""
        found = self._find(owner, name)
        if not found:
            return None
        texts = self._texts(found[name], f"the attribute {name!r} of {owner.name!r}")
        if len(texts) != 1:
            raise FileFormatError(f"its attribute {name!r} must be one text, not {len(texts)}.")
        return texts[0]

    def names(self, owner: Group, name: str) -> list[str] | None:
        """Returns an attribute that is a list of names, also one in pieces ``<name>0``, ``<name>1``, ...; or None."""
        found = self._find(owner, name, pieces=True)
        if not found:
            return None
        names: list[str] = []
        for piece in self._pieces(found, name):
            names += self._texts(piece, f"the attribute {name!r} of {owner.name!r}")
            if len(names) > _MOST_NAMES:
                raise FileFormatError(f"it is refused: {name!r} of {owner.name!r} has more than {_MOST_NAMES:,} names.")
        return names

    @staticmethod
    def _pieces(found: dict[str, _Parts], name: str) -> Iterator[_Parts]:
        if name in found:
            yield found[name]
            return
        for index in range(len(found)):
            if f"{name}{index}" not in found:
                return
            yield found[f"{name}{index}"]

    def _find(self, owner: Group, name: str, pieces: bool = False) -> dict[str, _Parts]:
        """Returns the attribute of a name, and all that begin with it if there may be pieces."""
        found, wanted = {}, name.encode()
        try:
            for kind, shared, content in messages(self._source, owner.address):
                if kind == ATTRIBUTE_INFO:
                    (table,) = struct.unpack_from("<Q", content, 4 if content[1] & 1 else 2)
                    if table not in _NONE:
                        raise FileFormatError(f"it is refused: {owner.name!r} has more attributes than Keras writes.")
                elif kind == ATTRIBUTE:
                    if shared:
                        raise FileFormatError(f"it is refused: attributes of {owner.name!r} stand elsewhere.")
                    title, parts = _split(content)
                    number = title[len(wanted) :]
                    if title == wanted or (pieces and title.startswith(wanted) and number.isdigit()):
                        found[title.decode()] = parts
        except (struct.error, IndexError) as error:
            raise damaged(f"an attribute of {owner.name!r} says {error}") from error
        return found if not pieces or name in found or f"{name}0" in found else {}

    # -- texts -------------------------------------------------------------------------------------

    def _texts(self, parts: _Parts, place: str) -> list[str]:
        try:
            return [str(content, "utf-8") for content in self._contents(*parts, place)]
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{place} is not UTF-8: {error}") from error
        except (struct.error, IndexError) as error:
            raise damaged(f"{place} says {error}") from error

    def _contents(self, datatype: bytes, dataspace: bytes, data: bytes, place: str) -> list:
        """Returns the texts of an attribute as they are stored [IV.A.2.b, IV.A.2.d]."""
        kind, variable = datatype[0] & 15, datatype[1] & 15
        (size,) = struct.unpack_from("<I", datatype, 4)
        shape = read_shape(dataspace)
        count = 0 if shape is None else math.prod(shape)
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
        """Returns the objects of a global heap by their numbers [III.E]."""
        signature, size = self._source.unpack("<4s4xQ", address)
        if signature != b"GCOL":
            raise damaged(f"there are no texts at byte {address:,}")
        heap, position, objects = memoryview(self._source.read(address, size)), 16, {}
        while size - position >= 16:
            index, length = struct.unpack_from("<H6xQ", heap, position)
            if not index:
                break
            objects[index] = heap[position + 16 : position + 16 + length]
            position += 16 + (length + 7) // 8 * 8
        return objects


def _split(message: bytes) -> tuple[bytes, _Parts]:
    """Returns the name of an attribute and its type, shape and data [IV.A.2.m]."""
    version, flags, *sizes = struct.unpack_from("<BBHHH", message)
    position, parts = 9 if version == 3 else 8, []
    for size in sizes:
        parts.append(part(message, position, size))
        position += (size + 7) // 8 * 8 if version == 1 else size
    if version not in (1, 2, 3) or (version > 1 and flags):
        raise FileFormatError("it is refused: an attribute has a type that stands elsewhere.")
    name, datatype, dataspace = parts
    return name.partition(b"\0")[0], (datatype, dataspace, message[position:])
