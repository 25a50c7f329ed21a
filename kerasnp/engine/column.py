"""Arrays of any kind, a few rows at a time."""

import numpy as np


class Column:
    """One array-like of a data set (the inputs, the targets or the weights), read a few rows at a time.

    Rows are converted while they are copied, so an array of bytes, a read-only or memory-mapped array and an HDF5 data
    set larger than memory all cost no more than one batch.

    Args:
        source: a NumPy array, a list that makes one, a data frame or series, a SciPy sparse matrix, or an object with
            ``shape``, ``dtype`` and slicing (h5py, zarr).
        name: what messages call it: ``"x"``, ``"y"``, ``"sample_weight"``.

    Raises:
        ValueError: ``source`` is no array of numbers with a batch axis.
    """

    def __init__(self, source, name: str):
        if hasattr(source, "to_numpy"):
            source = _from_frame(source)
        elif hasattr(source, "tocsr"):  # a sparse matrix, in the form whose rows can be taken
            source = source.tocsr()
        lazy = not isinstance(source, np.ndarray) and hasattr(source, "shape") and hasattr(source, "dtype")
        if not lazy:
            source = _from_list(source, name)
        if len(source.shape) == 0:
            raise ValueError(f"`{name}` must have a batch axis; received the scalar {source!r}.")
        if np.dtype(source.dtype).kind not in "biuf":
            raise ValueError(
                f"`{name}` must hold numbers; received dtype {source.dtype} and shape {tuple(source.shape)}."
            )
        self.source = source
        self.name = name
        self.shape = tuple(source.shape)
        self._lazy = lazy
        self._staging = np.empty(0, source.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def fill(self, index, out: np.ndarray) -> None:
        """Copies the rows ``index`` (a slice or an array of integers) into ``out``, converting and reshaping."""
        rows = (out.shape[0], *self.shape[1:])
        if isinstance(index, slice):
            self._convert(_dense(self.source[index]), out.reshape(rows))
        elif self._lazy:
            # HDF5 reads increasing positions only.
            order = np.argsort(index, kind="stable")
            self._convert(_dense(self.source[index[order]]), out.reshape(rows), order)
        elif self.source.dtype == out.dtype:
            # mode="clip" writes straight into `out`; the default mode would go through a copy.
            np.take(self.source, index, axis=0, out=out.reshape(rows), mode="clip")
        else:
            if self._staging.size < out.size:
                self._staging = np.empty(out.size, self.source.dtype)
            staging = self._staging[: out.size].reshape(rows)
            np.take(self.source, index, axis=0, out=staging, mode="clip")
            self._convert(staging, out.reshape(rows))

    def _convert(self, values: np.ndarray, out: np.ndarray, places=...) -> None:
        if out.dtype.kind == "i" and values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError(f"`{self.name}` holds class labels, but some are NaN or infinite.")
        if places is ...:
            np.copyto(out, values, casting="unsafe")
        else:
            out[places] = values


def _from_frame(frame) -> np.ndarray:
    """Returns the values of a data frame or series; number columns of several types (and booleans) become float64."""
    values = frame.to_numpy()
    types = getattr(frame, "dtypes", ())
    if values.dtype == object and np.iterable(types) and all(dtype.kind in "biuf" for dtype in types):
        values = frame.to_numpy(np.float64)
    return values


def _from_list(items, name: str) -> np.ndarray:
    try:
        return np.asarray(items)
    except ValueError as error:
        raise ValueError(f"`{name}` must be one array, but its {len(items)} items do not make one: {error}") from error


def _dense(rows) -> np.ndarray:
    return rows.toarray() if hasattr(rows, "toarray") else np.asarray(rows)
