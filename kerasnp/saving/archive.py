"""``.keras`` archives: a zip file with the config as JSON and the weights as HDF5, or a folder with the same files."""

import collections
import contextlib
import datetime
import io
import json
import os
import re
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

import h5py

from kerasnp._version import __version__
from kerasnp.saving import bounded_json, hdf5, hdf5_writing
from kerasnp.saving.errors import FileFormatError

# The version that our files claim, whose layout they have; any Keras 3 reads them.
KERAS_VERSION = "3.6.0"
METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
_MEMBER = re.compile(r"[^/\\:\x00-\x1f]+(/[^/\\:\x00-\x1f]+)*/?")
_MOST_MEMBERS = 10_000
_MOST_EXPANSION = 100  # times its stored size that a compressed member may have
_LARGEST_DIRECTORY = 2 << 20  # bytes of the list of members
_BLOCK = 1 << 20


# -- writing ---------------------------------------------------------------------------------------


def members(config: dict, write_weights: Callable[[h5py.Group], None]) -> dict[str, bytes | memoryview]:
    """Returns the members of an archive by their names.

    Args:
        config: the model's config.
        write_weights: called with the HDF5 file that shall hold the weights.
    """
    metadata = {
        "keras_version": KERAS_VERSION,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "kerasnp_version": __version__,
    }
    return {
        METADATA: json.dumps(metadata).encode(),
        CONFIG: json.dumps(config).encode(),
        WEIGHTS: hdf5_writing.in_memory(write_weights),
    }


def write_zip(path: str | os.PathLike, contents: dict[str, bytes | memoryview]) -> None:
    """Writes the members uncompressed, with the time stamp of Keras's archives, which says nothing."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (stat.S_IFREG | 0o600) << 16
            archive.writestr(member, content)


def write_folder(path: str | os.PathLike, contents: dict[str, bytes | memoryview]) -> None:
    """Writes the members as files of a folder, which exists."""
    for name, content in contents.items():
        with open(os.path.join(path, name), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


# -- reading ---------------------------------------------------------------------------------------


class ZipArchive:
    """An archive that is open for reading.

    Raises:
        FileFormatError: damaged, or with members that Keras's archives never have.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        try:
            self._archive = zipfile.ZipFile(_InParts(file))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            reason = f": {error}"
            if not zipfile.is_zipfile(_InParts(file)):
                reason = ": its list of members, which stands at the end, is missing, as if the file were cut short."
            raise FileFormatError(f"it is a damaged zip archive{reason}") from error
        self._members = self._archive.infolist()
        names = [member.filename for member in self._members]
        if len(names) > _MOST_MEMBERS:
            raise FileFormatError(f"it is refused: {len(names)} members.")
        for member in self._members:
            _check_member(member)
        if len(set(names)) < len(names):
            [(twice, _)] = collections.Counter(names).most_common(1)
            raise FileFormatError(f"it is refused: the member {twice!r} is there twice.")

    def __contains__(self, name: str) -> bool:
        return any(member.filename == name for member in self._members)

    def read(self, name: str, limit: int) -> bytes:
        """Returns the content of a small member.

        Raises:
            FileFormatError: it is missing, damaged or larger than ``limit``.
        """
        member = self._find(name)
        if member.file_size > limit:
            raise FileFormatError(f"it is refused: the member {name!r} has {member.file_size} bytes.")
        return b"".join(self._chunks(member))

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Gives a member as a file that can be read at any place; its checksum is right."""
        member = self._find(name)
        if member.compress_type == zipfile.ZIP_STORED:
            for _ in self._chunks(member):
                pass  # the last chunk has the checksum compared
            yield hdf5.Window(self._file, self._content_start(member), member.file_size)
        else:
            content = io.BytesIO()
            for chunk in self._chunks(member):
                content.write(chunk)
            yield content

    def _find(self, name: str) -> zipfile.ZipInfo:
        for member in self._members:
            if member.filename == name:
                return member
        raise FileFormatError(f"it has no member {name!r}.")

    def _chunks(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._archive.open(member) as stream:
                left = member.file_size
                while chunk := stream.read(_BLOCK):
                    left -= len(chunk)
                    yield chunk
        except Exception as error:  # zipfile lets the errors of its decompressors through, whatever they are
            raise FileFormatError(f"its member {member.filename!r} is damaged: {error}") from error
        if left:
            raise FileFormatError(f"its member {member.filename!r} is damaged: {left} bytes are missing.")

    def _content_start(self, member: zipfile.ZipInfo) -> int:
        """Returns where the content of a member begins: behind a header with the name and an extra field."""
        self._file.seek(member.header_offset + 26)
        name_size, extra_size = struct.unpack("<HH", self._file.read(4))
        return member.header_offset + 30 + name_size + extra_size


class _InParts:
    """The file of an archive as zipfile needs it, which reads the list of all members at once and makes objects of it.

    That list has a limit: its objects take ten times as much as itself.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > _LARGEST_DIRECTORY:
            raise FileFormatError(f"it is refused: its list of members has {size:,} bytes.")
        return self._file.read(size)


def _check_member(member: zipfile.ZipInfo) -> None:
    name, problem = member.filename, None
    if not _MEMBER.fullmatch(name) or {".", ".."} & set(name.split("/")):
        problem = "has a name that archives of Keras never have"
    elif stat.S_IFMT(member.external_attr >> 16) == stat.S_IFLNK:
        problem = "is a link"
    elif member.flag_bits & 0x1:
        problem = "is encrypted"
    elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        problem = "is compressed in an unusual way"
    elif member.file_size > _MOST_EXPANSION * member.compress_size + _BLOCK:
        problem = f"claims {member.file_size} bytes, of which {member.compress_size} are stored"
    if problem:
        raise FileFormatError(f"it is refused: the member {name!r} {problem}.")


class Folder:
    """The unpacked form of an archive; links in it are refused, as they may lead elsewhere."""

    def __init__(self, path: str):
        self._path = path

    def __contains__(self, name: str) -> bool:
        return os.path.lexists(os.path.join(self._path, name))

    def read(self, name: str, limit: int) -> bytes:
        """Returns the content of a small file."""
        with self.open(name) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise FileFormatError(f"it is refused: {name!r} has more than {limit} bytes.")
        return content

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Gives a file of the folder."""
        path = os.path.join(self._path, name)
        if name not in self:
            raise FileFormatError(f"it has no file {name!r}.")
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise FileFormatError(f"it is refused: {name!r} is a link or something else that is no file.")
        with open(path, "rb") as file:
            yield file


def read_config(archive: ZipArchive | Folder) -> tuple[dict, dict]:
    """Returns the metadata, empty where there are none, and the config."""
    parts = []
    for name in (METADATA, CONFIG):
        content = archive.read(name, bounded_json.LARGEST) if name != METADATA or name in archive else b"{}"
        part = bounded_json.parse(content, name)
        if not isinstance(part, dict):
            raise FileFormatError(f"{name} must be a JSON object.")
        parts.append(part)
    return parts[0], parts[1]
