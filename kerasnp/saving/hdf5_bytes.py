"""The bytes of an HDF5 file, as addresses in it name them.

kerasnp reads HDF5 files itself, for h5py's library believes what a damaged file says: it then takes gigabytes, walks in
circles, or crashes. Here every size is compared with what is there, and all reading has an end. The numbers in brackets
in the modules ``hdf5_*`` are the sections of the HDF5 File Format Specification, version 3.0.
"""

import struct
from typing import BinaryIO

import numpy as np

from kerasnp.saving.errors import FileFormatError

UNDEFINED = 0xFFFFFFFFFFFFFFFF  # the address of nothing
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_FREE_READING = 16 << 20  # bytes of structure that may be read whatever the file's size
_MOST_READING = 4  # how often more than that, in sizes of the file
_LARGEST_PART = 64 << 20  # bytes of one structure


def find_superblock(stream: BinaryIO) -> int | None:
    """Returns where the HDF5 part of a file begins [II]: at 0, 512, 1024, 2048 and so on; None if there is none."""
    size, place = stream.seek(0, 2), 0
    while place < size:
        stream.seek(place)
        if stream.read(len(_SIGNATURE)) == _SIGNATURE:
            return place
        place = max(512, 2 * place)
    return None


class Bytes:
    """Reads parts of a file by their addresses.

    Args:
        stream: the file, to be read at any place.

    Attributes:
        size: bytes from the first address to the end of the file.
        root: the address of the root group's header.

    Raises:
        FileFormatError: no HDF5 file, or a truncated one.
    """

    def __init__(self, stream: BinaryIO):
        start = find_superblock(stream)
        if start is None:
            raise damaged("its signature is missing")
        self._stream, self._start = stream, start
        self.size = stream.seek(0, 2) - start
        self._left = _FREE_READING + _MOST_READING * self.size
        self.root = self._read_superblock()

    def read(self, address: int, size: int) -> bytes:
        """Returns a part of the file's structure.

        Raises:
            FileFormatError: the file ends before it, or it has been read so often that the structure leads in circles.
        """
        self._check(address, size)
        self._left -= size
        if size > _LARGEST_PART or self._left < 0:
            raise FileFormatError("it is refused: its structure is larger than that of any file of Keras.")
        self._stream.seek(self._start + address)
        content = self._stream.read(size)
        if len(content) != size:
            raise damaged(f"it ends at byte {address + len(content)}")
        return content

    def unpack(self, form: str, address: int) -> tuple:
        """Returns numbers that stand at an address, in the form of ``struct``."""
        return struct.unpack(form, self.read(address, struct.calcsize(form)))

    def read_array(self, address: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Returns numbers that lie side by side."""
        values = np.empty(shape, dtype)
        self._check(address, values.nbytes)
        if values.nbytes:
            content = memoryview(values.reshape(-1).view(np.uint8))
            self._stream.seek(self._start + address)
            while len(content):
                count = self._stream.readinto(content)
                if not count:
                    raise damaged("it ends within an array")
                content = content[count:]
        return values

    def _check(self, address: int, size: int) -> None:
        if not 0 <= size <= self.size - address:
            raise damaged(f"it names {size:,} bytes at byte {address:,} of {self.size:,}")

    def _read_superblock(self) -> int:
        """Returns the address of the root group [II.A, II.B]."""
        (version,) = self.unpack("<8xB", 0)
        if version in (0, 1):
            sizes = self.unpack("<13xBB", 0)
            place = 24 if version == 0 else 28
            base, _, end, _, _, root = self.unpack("<6Q", place)
        elif version in (2, 3):
            sizes = self.unpack("<9xBB", 0)
            base, _, end, root = self.unpack("<12x4Q", 0)
        else:
            raise damaged(f"its version is {version}")
        if sizes != (8, 8):
            raise FileFormatError("it is an unusual HDF5 file: its addresses do not have 8 bytes.")
        # What stands before the first byte of HDF5 may have been put there later.
        if base not in (0, self._start) or end - base > self.size:
            raise damaged(f"it shall have {end - base:,} bytes and has {self.size:,}")
        return root


def damaged(reason: str) -> FileFormatError:
    """Returns the error for what no program writes."""
    return FileFormatError(f"it is a damaged HDF5 file: {reason}.")
