"""An array in an HDF5 file, before it is read: what it claims to be, and what it may not be."""

import math

import h5py
import numpy as np

from kerasnp.saving.chunks import chunk_problem, read_chunks
from kerasnp.saving.errors import FileFormatError

_FREE_EXPANSION = 64 << 20  # bytes that a compressed array may always have
_MOST_EXPANSION = 100  # times its stored size that a larger one may have


class Stored:
    """An array in a file: its shape and type are known, its content is read by ``np.asarray``.

    Compare the shape with what you expect before you read: a file may claim any size.

    Attributes:
        shape: its shape; None for a dataset without content.
        dtype: the type of what reading returns; None for a type that NumPy does not have.
        name: its place in the file.

    Raises:
        FileFormatError: the array takes its content from elsewhere, or is laid out to exhaust the memory.
    """

    def __init__(self, dataset: h5py.Dataset):
        self._dataset = dataset
        self.name: str = dataset.name
        self.shape: tuple[int, ...] | None = dataset.shape
        try:
            self.dtype: np.dtype | None = dataset.dtype
        except TypeError:
            self.dtype = None
        # Keras stores bfloat16, which NumPy lacks, as two bytes without meaning.
        self._bfloat16 = self.dtype == np.dtype("V2")
        self._stored_dtype = np.dtype(np.uint16) if self._bfloat16 else self.dtype
        if self._bfloat16:
            self.dtype = np.dtype(np.float32)
        self.stored_bytes: int = dataset.id.get_storage_size()
        problem = self._problem()
        if problem:
            raise FileFormatError(f"it is refused: the dataset {self.name!r} {problem}.")

    def _problem(self) -> str | None:
        dataset = self._dataset
        if dataset.external:
            return "takes its content from another file"
        if dataset.is_virtual:
            return "is a view of other datasets"
        if self.shape is None or self.dtype is None:
            return None
        problem = chunk_problem(dataset, self._stored_dtype)
        if problem:
            return problem
        if dataset.chunks and self.nbytes > max(_FREE_EXPANSION, _MOST_EXPANSION * self.stored_bytes):
            return f"claims {self.nbytes} bytes, of which {self.stored_bytes} are stored"
        return None

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
        return self.shape is not None and self._plain and self._whole

    def fits(self, shape: tuple[int, ...], dtype: str) -> bool:
        """Tells whether a variable of this shape and type can take the array: integers only from integers."""
        same_kind = np.dtype(dtype).kind == "f" or (self.dtype is not None and self.dtype.kind in "iu")
        return self.shape == shape and self.is_number and same_kind

    @property
    def _plain(self) -> bool:
        """Whether the numbers are stored as NumPy has them: HDF5 can also describe floats of any number of bits."""
        if self.dtype is None or self.dtype.kind not in "fiu" or self.dtype.itemsize > 8:
            return False
        return self._bfloat16 or self._dataset.id.get_type() == h5py.h5t.py_create(self.dtype)

    @property
    def _whole(self) -> bool:
        """Whether there is content for what is claimed: HDF5 reads what was never written as zeros."""
        return self.stored_bytes > 0 if self._dataset.chunks else self.stored_bytes == self.nbytes

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        """Reads the content.

        Raises:
            FileFormatError: it is damaged.
        """
        if not self.is_number:
            raise FileFormatError(f"the dataset {self.name!r} has no numbers, or less of them than it claims: {self}.")
        try:
            chunked = self._dataset.chunks is not None
            values = read_chunks(self._dataset, self._stored_dtype) if chunked else np.asarray(self._dataset[()])
        except (OSError, RuntimeError, ValueError, TypeError) as error:
            raise FileFormatError(f"the dataset {self.name!r} is damaged; nothing was loaded: {error}") from error
        if self._bfloat16:  # the upper half of a float32
            values = (values.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        return values if dtype is None else values.astype(dtype, copy=False)

    def __str__(self):
        if self.shape is None:
            return "an empty dataset"
        number_type = "an unknown type" if self.dtype is None else self.dtype
        return f"{self.shape} {number_type}{'' if self._whole else ', without content'}"
