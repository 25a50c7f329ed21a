"""HDF5 files that somebody else wrote, as groups and arrays.

A file gives us numbers and texts and nothing else. It cannot point at other places (links, external storage, virtual
datasets), an object has one place, and what the file claims about its size is looked at before anything is allocated.
:mod:`kerasnp.saving.hdf5_bytes` says why h5py does not read them.
"""

import contextlib
import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.hdf5_bytes import Bytes, damaged
from kerasnp.saving.hdf5_headers import messages
from kerasnp.saving.hdf5_links import is_group, read_links
from kerasnp.saving.stored import Stored, is_array

_DEEPEST = 100  # groups within groups
_MOST_LINKS = 250_000  # in one file
_FREE_CLAIM = 64 << 20  # bytes that the compressed arrays of a file may always have
_MOST_EXPANSION = 100  # times the file's size that they may have beyond that

WORD_WEIGHTS = "idf_weights"  # what Keras calls those of a vocabulary


class Group:
    """A group in an open file; names of members are those of the file, links to other places included.

    Attributes:
        name: its path.
        address: of its header.
        tree: the file.
    """

    def __init__(self, tree: "Tree", name: str, address: int, links: dict[str, int | None]):
        self.tree, self.name, self.address, self._links = tree, name, address, links

    def __iter__(self) -> Iterator[str]:
        return iter(self._links)

    def __len__(self) -> int:
        return len(self._links)

    def __contains__(self, name: str) -> bool:
        return name in self._links

    def is_link(self, name: str) -> bool:
        """Tells whether a member is a link to another place."""
        return self._links[name] is None

    def path(self, name: str) -> str:
        """Returns the path of a member."""
        return f"{self.name.rstrip('/')}/{name}"

    def open(self, name: str) -> "Group | Stored | None":
        """Returns a member that is no link; None if it is neither a group nor an array."""
        return self.tree.open(self.path(name), self._links[name])


class Tree:
    """All objects of an open file, each of which is read once.

    Args:
        stream: the file.
    """

    def __init__(self, stream: BinaryIO):
        self.source = Bytes(stream)
        self._objects: dict[int, tuple[str, Group | Stored | None]] = {}
        self._links, self._contiguous, self._claimed = 0, 0, 0
        self.root = self.open("/", self.source.root)
        if not isinstance(self.root, Group):
            raise damaged("it has no root group")

    def open(self, name: str, address: int) -> Group | Stored | None:
        """Returns what is at an address.

        Raises:
            FileFormatError: it is damaged, lies at another place, too, or makes the file too large.
        """
        known, found = self._objects.get(address, (name, None))
        if known != name:
            raise FileFormatError(f"it is refused: {name} is the same object as {known}, which Keras never writes.")
        if address not in self._objects:
            try:
                found = self._read(name, address)
            except FileFormatError:
                raise
            except (struct.error, IndexError, ValueError) as error:
                raise damaged(f"the header of {name!r} says {error}") from error
            self._objects[address] = name, found
        return found

    def _read(self, name: str, address: int) -> Group | Stored | None:
        found = list(messages(self.source, address))
        if is_group(found):
            links = {}
            for member, place in read_links(self.source, found):
                self._links += 1
                if self._links > _MOST_LINKS:
                    raise FileFormatError(f"it is refused: it has more than {_MOST_LINKS:,} objects.")
                links[member.decode("utf-8", "surrogateescape")] = place
            return Group(self, name, address, links)
        if not is_array(found):
            return None
        stored = Stored(self.source, name, found)
        if stored.chunked:
            self._claimed += stored.nbytes
        else:
            self._contiguous += stored.stored_bytes
        if self._claimed > _FREE_CLAIM + _MOST_EXPANSION * self.source.size:
            raise FileFormatError(
                f"it is refused: its compressed arrays claim {self._claimed:,} bytes; it has {self.source.size:,}."
            )
        if self._contiguous > self.source.size:
            raise FileFormatError(f"it is refused: its arrays, such as {name!r}, have their content in common.")
        return stored


@contextlib.contextmanager
def open_hdf5(source: str | BinaryIO) -> Iterator[Group]:
    """Opens an HDF5 file for reading.

    Args:
        source: a path, or a file object that can be read at any place.

    Returns:
        The root group.

    Raises:
        FileFormatError: it is damaged.
    """
    with open(source, "rb") if isinstance(source, str) else contextlib.nullcontext(source) as stream:
        yield Tree(stream).root


class Window(io.RawIOBase):
    """A stretch of a file, as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int):
        super().__init__()
        self._file, self._start, self._size, self._position = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(origin + offset, 0)
        return self._position

    def readinto(self, buffer) -> int:
        view = memoryview(buffer).cast("B")
        count = min(len(view), max(self._size - self._position, 0))
        self._file.seek(self._start + self._position)
        count = self._file.readinto(view[:count])
        self._position += count
        return count


def child(group: Group, name: str) -> Group | Stored | None:
    """Returns a group's member, or None; links out of the tree are refused."""
    if name not in group:
        return None
    if group.is_link(name):
        raise FileFormatError(
            f"it is refused: {group.path(name)} is a link to another place, which these files never contain."
        )
    return group.open(name)


def subgroup(group: Group, path: str) -> Group | None:
    """Returns the group at ``path`` below a group, or None.

    Raises:
        FileFormatError: the way leads over a link, or to something that is not a group.
    """
    for part in filter(None, path.split("/")):
        if part not in group:
            return None
        member = child(group, part)
        if not isinstance(member, Group):
            raise FileFormatError(f"it is refused: {group.path(part)!r} must be a group.")
        group = member
    return group


def array(group: Group, path: str) -> Stored | None:
    """Returns the array at ``path`` below a group, or None."""
    folder, _, name = path.rpartition("/")
    parent = subgroup(group, folder)
    member = None if parent is None else child(parent, name)
    return member if isinstance(member, Stored) else None


def numbered_arrays(group: Group | None) -> list[Stored] | None:
    """Returns the arrays ``0``, ``1``, ... of a group (none where there is no group); None if it has other members.

    The weights of the words of a vocabulary do not count: they are read with it.
    """
    found = []
    for index in range(0 if group is None else len(group) - (WORD_WEIGHTS in group)):
        member = child(group, str(index))
        if not isinstance(member, Stored):
            return None
        found.append(member)
    return found


def all_arrays(group: Group) -> list[Stored]:
    """Returns every array below a group; links are not followed."""
    return list(_arrays(group))


def holds_data(group: Group) -> bool:
    """Tells whether there is an array anywhere below; links are not followed."""
    return next(_arrays(group), None) is not None


def _arrays(group: Group) -> Iterator[Stored]:
    waiting = [(group, 0)]
    while waiting:
        group, depth = waiting.pop()
        if depth > _DEEPEST:
            raise FileFormatError(f"it is refused: groups lie within each other more than {_DEEPEST} deep.")
        inner = []
        for name in group:
            member = None if group.is_link(name) else group.open(name)
            if isinstance(member, Group):
                inner.append((member, depth + 1))
            elif member is not None:
                yield member
        waiting += reversed(inner)
