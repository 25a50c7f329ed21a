"""Reading HDF5 files that somebody else wrote: what they may contain, and what they may not make us do.

A file gives us numbers and texts and nothing else. It cannot point at other files (links, external storage, virtual
datasets), and what it claims about its size is looked at before anything is allocated.
"""

import contextlib
import functools
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import h5py
import numpy as np

from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.heaps import check_heaps
from kerasnp.saving.stored import Stored

_BLOCK = 1 << 20
_DEEPEST = 100  # groups within groups
_NAMES_LIMIT = 64_512  # bytes of a list of names in one attribute


@contextlib.contextmanager
def open_hdf5(source: str | BinaryIO) -> Iterator[h5py.File]:
    """Opens an HDF5 file for reading.

    Args:
        source: a path, or a file object that can be read at any place.

    Raises:
        FileFormatError: it is damaged.
    """
    with open(source, "rb") if isinstance(source, str) else contextlib.nullcontext(source) as stream:
        stream.seek(0)
        check_heaps(iter(functools.partial(stream.read, _BLOCK), b""), stream)
        try:
            file = h5py.File(stream, "r")
        except (OSError, RuntimeError, ValueError) as error:
            raise FileFormatError(f"it is a damaged HDF5 file: {error}") from error
        with file:
            yield file


def in_memory(write: Callable[[h5py.File], None]) -> memoryview:
    """Returns the bytes of a new HDF5 file that ``write`` fills.

    The HDF5 library does not write to the disk itself: where that is full, it takes the whole process down.
    """
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        write(file)
    return content.getbuffer()


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


def has(group: h5py.Group, name: str) -> bool:
    """Tells whether a group has a member, or a link, of this name. Unlike ``in`` it never looks behind a link."""
    return group.id.links.exists(_encoded(name))


def child(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset | None:
    """Returns a group's member, or None; links out of the tree are refused."""
    if not has(group, name):
        return None
    if group.id.links.get_info(_encoded(name)).type != h5py.h5l.TYPE_HARD:
        raise FileFormatError(
            f"it is refused: {group.name.rstrip('/')}/{name} is a link to another place, which these files never "
            "contain."
        )
    return group[name]


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def subgroup(group: h5py.Group, path: str) -> h5py.Group | None:
    """Returns the group at ``path`` below a group, or None.

    Raises:
        FileFormatError: the way leads over a link, or to something that is not a group.
    """
    for part in filter(None, path.split("/")):
        member = child(group, part)
        if member is None:
            return None
        if not isinstance(member, h5py.Group):
            raise FileFormatError(f"it is refused: {member.name!r} must be a group.")
        group = member
    return group


def array(group: h5py.Group, path: str) -> Stored | None:
    """Returns the array at ``path`` below a group, or None."""
    folder, _, name = path.rpartition("/")
    parent = subgroup(group, folder)
    member = None if parent is None else child(parent, name)
    return Stored(member) if isinstance(member, h5py.Dataset) else None


def numbered_arrays(group: h5py.Group | None) -> list[Stored] | None:
    """Returns the arrays ``0``, ``1``, ... of a group (none where there is no group); None if it has other members."""
    members = [] if group is None else [child(group, str(index)) for index in range(len(group))]
    if not all(isinstance(member, h5py.Dataset) for member in members):
        return None
    return [Stored(member) for member in members]


def all_arrays(group: h5py.Group) -> list[Stored]:
    """Returns every array below a group, each once; links are not followed."""
    return [Stored(dataset) for dataset in _datasets(group)]


def holds_data(group: h5py.Group) -> bool:
    """Tells whether there is a dataset anywhere below; links are not followed."""
    return next(_datasets(group), None) is not None


def _datasets(group: h5py.Group) -> Iterator[h5py.Dataset]:
    """Returns the datasets below a group, each object once: groups may contain themselves.

    HDF5's own walk takes hours where a file has thousands of groups within each other.
    """
    seen, waiting = set(), [(group, 0)]
    while waiting:
        group, depth = waiting.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        if depth > _DEEPEST:
            raise FileFormatError(f"it is refused: groups lie within each other more than {_DEEPEST} deep.")
        members = [_hard_member(group, name) for name in group]
        waiting += [(member, depth + 1) for member in reversed(members) if isinstance(member, h5py.Group)]
        for member in members:
            if isinstance(member, h5py.Dataset) and (number := h5py.h5o.get_info(member.id).addr) not in seen:
                seen.add(number)
                yield member


def _hard_member(group: h5py.Group, name: str):
    """Returns a member of a group; None if there is only a link to another place."""
    hard = group.id.links.get_info(_encoded(name)).type == h5py.h5l.TYPE_HARD
    return group[name] if hard else None


def write_names(group: h5py.Group, name: str, values: list[str]) -> None:
    """Writes a list of names, in pieces where it is too long for one attribute.

    Raises:
        ValueError: a single name is too long.
    """
    encoded = [value.encode("utf-8") for value in values]
    # A text of variable length takes 16 bytes in the attribute, wherever its characters are.
    longest = max([16, *map(len, encoded)])
    if longest > _NAMES_LIMIT:
        raise ValueError(f"A name of {longest} bytes cannot be stored in an HDF5 attribute: at most {_NAMES_LIMIT}.")
    pieces = -(-len(encoded) * longest // _NAMES_LIMIT)
    if pieces <= 1:
        group.attrs[name] = encoded
        return
    while True:
        parts = np.array_split(np.array(encoded), pieces)
        if all(part.nbytes <= _NAMES_LIMIT for part in parts):
            break
        pieces += 1
    for index, part in enumerate(parts):
        group.attrs[f"{name}{index}"] = part
