"""An array in an HDF5 file, before it is read: what it claims to be, and what it may not be."""

import math
import struct
from collections.abc import Sequence

import numpy as np

from kerasnp.saving.chunks import chunk_problem, filters_of, read_chunks
from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.hdf5_bytes import UNDEFINED, Bytes, damaged
from kerasnp.saving.hdf5_chunks import ChunkIndex
from kerasnp.saving.hdf5_headers import DATASPACE, DATATYPE, EXTERNAL, FILTERS, LAYOUT, Message

_COMPACT, _CONTIGUOUS, _CHUNKED, _VIRTUAL = range(4)
_INTEGER, _FLOAT, _OPAQUE = 0, 1, 5
_KINDS = {
    0: "unusual integers",
    1: "unusual floats",
    3: "text",
    4: "bits",
    5: "bytes",
    6: "records",
    7: "references",
    8: "names for numbers",
    9: "lists",
    10: "arrays",
    11: "complex numbers",
}
# Of floats, by their bytes: precision; place and size of exponent and mantissa; bias of the exponent.
_FLOATS = {
    2: (16, 10, 5, 0, 10, 15),
    4: (32, 23, 8, 0, 23, 127),
    8: (64, 52, 11, 0, 52, 1023),
}


def is_array(messages: Sequence[Message]) -> bool:
    """Tells whether the messages are those of an array."""
    return any(message.kind == LAYOUT for message in messages)


class Stored:
    """An array in a file: its shape and type are known, its content is read by ``np.asarray``.

    Compare the shape with what you expect before you read: a file may claim any size.

    Args:
        source: the file.
        name: its place in the file.
        messages: what its header says.

    Attributes:
        shape: its shape; None for a dataset without content.
        dtype: the type of what reading returns; None for one that is no number of NumPy's.
        name: its place in the file.
        stored_bytes: that it takes in the file; where it is compressed, those that it may take.
        chunked: whether it is stored in chunks.

    Raises:
        FileFormatError: the array takes its content from elsewhere, or is laid out to exhaust the memory.
    """

    __slots__ = (
        "_address",
        "_bfloat16",
        "_content",
        "_filters",
        "_index",
        "_kind",
        "_source",
        "_stored_dtype",
        "dtype",
        "name",
        "shape",
        "stored_bytes",
    )

    def __init__(self, source: Bytes, name: str, messages: Sequence[Message]):
        self._source, self.name = source, name
        found = {message.kind: message for message in reversed(messages)}
        problem = "takes its content from another file" if EXTERNAL in found else None
        shared = [kind for kind in (DATASPACE, DATATYPE, LAYOUT, FILTERS) if kind in found and found[kind].shared]
        if shared or DATASPACE not in found or DATATYPE not in found:
            problem = "has a type or shape that stands elsewhere"
        if problem is None:
            self.shape = read_shape(found[DATASPACE].content)
            self._kind = found[DATATYPE].content[0] & 15
            self._stored_dtype, self._bfloat16 = _number_type(found[DATATYPE].content)
            self.dtype = np.dtype(np.float32) if self._bfloat16 else self._stored_dtype
            self._filters = filters_of(found[FILTERS].content if FILTERS in found else None)
            problem = self._read_layout(found[LAYOUT].content)
        if problem:
            raise FileFormatError(f"it is refused: the dataset {name!r} {problem}.")

    def _read_layout(self, content: bytes) -> str | None:
        """Takes up where the content is [IV.A.2.i]; returns what is wrong with it."""
        version, kind = content[:2]
        self._content, self._index, self._address, self.stored_bytes = None, None, UNDEFINED, 0
        if version not in (3, 4, 5):
            return f"is laid out in the form number {version}, which kerasnp cannot read"
        if kind == _COMPACT:
            (self.stored_bytes,) = struct.unpack_from("<H", content, 2)
            self._content = content[4 : 4 + self.stored_bytes]
        elif kind == _CONTIGUOUS:
            self._address, size = struct.unpack_from("<QQ", content, 2)
            self.stored_bytes = 0 if self._address == UNDEFINED else size
        elif kind == _CHUNKED and self.shape is not None:
            self._index = ChunkIndex(self._source, content, self.shape, bool(self._filters))
            problem = chunk_problem(self._index, self._filters, self.nbytes)
            if problem:
                return problem
        else:
            return "is a view of other datasets" if kind == _VIRTUAL else "has an unknown layout"
        beyond = self._address != UNDEFINED and self._address + self.stored_bytes > self._source.size
        return f"claims {self.stored_bytes:,} bytes, but the file ends before" if beyond else None

    @property
    def chunked(self) -> bool:
        return self._index is not None

    @property
    def size(self) -> int:
        """The number of its entries."""
        return 0 if self.shape is None else math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes that it claims to have, as they are in the file."""
        return 0 if self._stored_dtype is None else self.size * self._stored_dtype.itemsize

    @property
    def is_number(self) -> bool:
        """Whether it has numbers, and all of them are there."""
        return self.shape is not None and self._stored_dtype is not None and self._whole

    def fits(self, shape: tuple[int, ...], dtype: str) -> bool:
        """Tells whether a variable of this shape and type can take the array: integers only from integers."""
        same_kind = np.dtype(dtype).kind == "f" or (self.dtype is not None and self.dtype.kind in "iu")
        return self.shape == shape and self.is_number and same_kind

    @property
    def _whole(self) -> bool:
        """Whether there is content for what is claimed: HDF5 reads what was never written as zeros."""
        return self._index is not None or self.stored_bytes == self.nbytes

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        """Reads the content.

        Raises:
            FileFormatError: it is damaged.
        """
        if not self.is_number:
            raise FileFormatError(f"the dataset {self.name!r} has no numbers, or less of them than it claims: {self}.")
        try:
            values = self._read()
        except (FileFormatError, struct.error, ValueError) as error:
            raise FileFormatError(f"the dataset {self.name!r} is damaged; nothing was loaded: {error}") from error
        if self._bfloat16:  # the upper half of a float32
            values = (values.astype(np.uint32) << 16).view(np.float32)
        if dtype is None:
            dtype = values.dtype.newbyteorder("=")
        return values.astype(dtype, copy=False)

    def _read(self) -> np.ndarray:
        if self._index is not None:
            return read_chunks(self._source, self._index, self._filters, self.shape, self._stored_dtype)
        if self._content is not None:
            return np.frombuffer(self._content, self._stored_dtype).reshape(self.shape).copy()
        return self._source.read_array(0 if not self.size else self._address, self.shape, self._stored_dtype)

    def __str__(self):
        if self.shape is None:
            return "an empty dataset"
        if self.dtype is None:
            return f"{self.shape} {_KINDS.get(self._kind, 'of an unknown type')}"
        return f"{self.shape} {self.dtype}{'' if self._whole else ', without content'}"


def read_shape(content: bytes) -> tuple[int, ...] | None:
    """Returns the shape in a message "dataspace"; None if there is no content [IV.A.2.b]."""
    version, rank, _, kind = content[:4]
    if version not in (1, 2):
        raise damaged(f"a shape has the form {version}")
    if version == 2 and kind == 2:
        return None
    return struct.unpack_from(f"<{rank}Q", content, 8 if version == 1 else 4)


def _number_type(content: bytes) -> tuple[np.dtype | None, bool]:
    """Returns the number type in a message "datatype", and whether it is bfloat16 [IV.A.2.d].

    HDF5 can describe floats and integers of any number of bits; those that NumPy does not have are None.
    """
    kind, flags, sign, size = content[0] & 15, content[1], content[2], int.from_bytes(content[4:8], "little")
    order = ">" if flags & 1 else "<"
    if kind == _OPAQUE and size == 2:  # Keras stores bfloat16, which NumPy lacks, as two bytes without meaning
        return np.dtype("<u2"), True
    if kind == _INTEGER and size in (1, 2, 4, 8):
        if struct.unpack_from("<HH", content, 8) == (0, 8 * size):
            return np.dtype(f"{order}{'i' if flags & 8 else 'u'}{size}"), False
    elif kind == _FLOAT and size in _FLOATS:
        offset, *form = struct.unpack_from("<HHBBBBI", content, 8)
        # The mantissa's first bit is not stored, and the sign is the first bit of all.
        usual = not offset and flags & 0x70 == 0x20 and sign == 8 * size - 1
        if tuple(form) == _FLOATS[size] and usual:
            return np.dtype(f"{order}f{size}"), False
    return None, False
