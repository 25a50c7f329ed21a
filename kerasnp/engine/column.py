"""Arrays of any kind, a few rows at a time."""

from functools import cached_property

import numpy as np

from kerasnp import config, kernels


class Column:
    """One array-like of a data set (the inputs, the targets or the weights), read a few rows at a time.

    Rows are converted while they are copied, so an array of bytes, a read-only or memory-mapped array and an HDF5 data
    set larger than memory all cost no more than one batch.

    Args:
        source: a NumPy array, a list that makes one, a data frame or series, a SciPy sparse matrix, or an object with
            ``shape``, ``dtype`` and slicing (h5py, zarr).
        name: what messages call it: ``"x"``, ``"y"``, ``"sample_weight"``.
        any_kind: whether it may hold texts, too, as long as no number is read from it.

    Raises:
        ValueError: ``source`` is no array of numbers with a batch axis.
    """

    def __init__(self, source, name: str, any_kind: bool = False):
        if not isinstance(source, np.ndarray):
            source = _readable(source, name)
        self.source = source
        self.name = name
        self.shape = tuple(source.shape)
        if not self.shape:
            raise ValueError(f"`{name}` must have a batch axis; received the scalar {source!r}.")
        if not any_kind:
            self._require_numbers()
        self._staging: np.ndarray | None = None

    def __len__(self) -> int:
        return self.shape[0]

    def _require_numbers(self) -> None:
        if np.dtype(self.source.dtype).kind not in "biuf":
            raise ValueError(
                f"`{self.name}` must hold numbers; received dtype {self.source.dtype} and shape {self.shape}."
            )

    def fill(self, index, out: np.ndarray) -> None:
        """Copies the rows ``index`` (a slice or an array of integers) into ``out``, converting and reshaping.

        Raises:
            ValueError: they are no numbers.
        """
        self._require_numbers()
        if out.shape[1:] != self.shape[1:]:
            out = out.reshape(len(out), *self.shape[1:])
        if isinstance(index, slice):
            self._convert(_dense(self.source[index]), out)
        elif not isinstance(self.source, np.ndarray):
            # HDF5 reads increasing positions only.
            order = np.argsort(index, kind="stable")
            self._convert(_dense(self.source[index[order]]), out, order)
        elif self._rows is not None and self.source.dtype == out.dtype and index.dtype == np.int64:
            kernels.table(out.dtype).gather_rows(self._rows, index, out.reshape(len(out), -1))
        elif self.source.dtype == out.dtype:
            # "clip" writes straight into `out`; the default mode would go through a copy.
            self.source.take(index, 0, out, "clip")
        else:
            if self._staging is None or self._staging.size < out.size:
                self._staging = np.empty(out.size, self.source.dtype)
            staging = self._staging[: out.size].reshape(out.shape)
            self.source.take(index, 0, staging, "clip")
            self._convert(staging, out)

    def rows(self, index) -> np.ndarray:
        """Returns the rows ``index`` (a slice or an array of integers) as they are."""
        if isinstance(index, slice) or isinstance(self.source, np.ndarray):
            return _dense(self.source[index])
        order = np.argsort(index, kind="stable")
        rows = _dense(self.source[index[order]])
        return rows[np.argsort(order)]

    def in_place(self, index: slice, like: np.ndarray) -> np.ndarray | None:
        """Returns the rows where they lie; None unless a kernel could read them as it reads ``like``.

        That takes an array of the same type, aligned and in C order.
        """
        source = self.source
        if not isinstance(source, np.ndarray) or source.dtype != like.dtype:
            return None
        flags = source.flags
        return source[index] if flags.c_contiguous and flags.aligned else None

    @cached_property
    def _rows(self) -> np.ndarray | None:
        """The array as rows of numbers, if a kernel can read them where they lie."""
        source = self.source
        if source.dtype.name not in config.FLOAT_TYPES or not source.size:
            return None
        return source.reshape(len(source), -1) if source.flags.c_contiguous and source.flags.aligned else None

    def _convert(self, values: np.ndarray, out: np.ndarray, places=...) -> None:
        if out.dtype.kind == "i" and values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError(f"`{self.name}` must hold integers here, but some are NaN or infinite.")
        out[places] = values


def _readable(source, name: str):
    """Returns what is no array as one, or as something with a shape, a dtype and slices that make arrays."""
    if hasattr(source, "to_numpy"):
        return _from_frame(source)
    if hasattr(source, "tocsr"):  # a sparse matrix, in the form whose rows can be taken
        return source.tocsr()
    if hasattr(source, "shape") and hasattr(source, "dtype"):
        return source
    try:
        return np.asarray(source)
    except ValueError as error:
        raise ValueError(f"`{name}` must be one array, but its {len(source)} items do not make one: {error}") from error


def _from_frame(frame) -> np.ndarray:
    """Returns the values of a data frame or series; number columns of several types (and booleans) become float64."""
    values = frame.to_numpy()
    types = getattr(frame, "dtypes", ())
    if values.dtype == object and np.iterable(types) and all(dtype.kind in "biuf" for dtype in types):
        values = frame.to_numpy(np.float64)
    return values


def _dense(rows) -> np.ndarray:
    return rows.toarray() if hasattr(rows, "toarray") else np.asarray(rows)
