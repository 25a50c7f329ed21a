"""Data to batches: arrays of any kind, generators and datasets, read row by row into the plan's own arrays."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from kerasnp.utils.prefetch import prefetch
from kerasnp.utils.py_dataset import PyDataset


class Column:
    """One array-like of a data set (the inputs, the targets or the weights), read a few rows at a time.

    Rows are converted while they are copied, so an array of bytes, a read-only or memory-mapped array and an HDF5 data
    set larger than memory all cost no more than one batch.

    Args:
        source: a NumPy array, a list that makes one, or an object with ``shape``, ``dtype`` and slicing (h5py, zarr).
        name: what messages call it: ``"x"``, ``"y"``, ``"sample_weight"``.
    """

    def __init__(self, source, name: str):
        if hasattr(source, "to_numpy"):  # a data frame or series
            source = source.to_numpy()
        lazy = not isinstance(source, np.ndarray) and hasattr(source, "shape") and hasattr(source, "dtype")
        if not lazy:
            source = np.asarray(source)
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
            self._convert(np.asarray(self.source[index]), out.reshape(rows))
        elif self._lazy:
            # HDF5 reads increasing positions only.
            order = np.argsort(index, kind="stable")
            self._convert(np.asarray(self.source[index[order]]), out.reshape(rows), order)
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


class Batch(NamedTuple):
    """Some rows of the columns of a data set."""

    x: Column
    y: Column | None
    weight: Column | None
    index: slice | np.ndarray
    size: int


class ArrayData:
    """Arrays cut into batches.

    Args:
        x, y, sample_weight: array-likes of equal length; y and sample_weight may be None.
        batch_size: rows a batch; the last may be shorter.
        shuffle: whether each epoch has its own order.
        generator: makes that order.
        rows: (start, stop) of the rows to use; None means all.
    """

    def __init__(self, x, y=None, sample_weight=None, *, batch_size=32, shuffle=False, generator=None, rows=None):
        self.x = _column(x, "x")
        self.y = _column(y, "y")
        self.weight = _column(sample_weight, "sample_weight")
        for other in (self.y, self.weight):
            if other is not None and len(other) != len(self.x):
                raise ValueError(
                    "All arrays must have the same number of rows: x has "
                    f"{len(self.x)} (shape {self.x.shape}), {other.name} has {len(other)} (shape {other.shape})."
                )
        if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
            raise ValueError(f"`batch_size` must be a positive integer; received {batch_size!r}.")
        self.batch_size = int(batch_size)
        self.start, self.stop = rows or (0, len(self.x))
        self.shuffle = shuffle
        self.generator = generator

    def __len__(self) -> int:
        """The number of rows."""
        return self.stop - self.start

    @property
    def num_batches(self) -> int:
        return -(-len(self) // self.batch_size)

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one pass over the rows."""
        order = None
        if self.shuffle:
            order = self.start + self.generator.permutation(len(self))
        for begin in range(0, len(self), self.batch_size):
            size = min(self.batch_size, len(self) - begin)
            if order is None:
                index = slice(self.start + begin, self.start + begin + size)
            else:
                index = order[begin : begin + size]
            yield Batch(self.x, self.y, self.weight, index, size)

    def end_epoch(self) -> None:
        """Nothing to do between epochs."""


class IterableData:
    """Batches from a generator, an iterable or a :class:`PyDataset`; each gives x, (x, y) or (x, y, sample_weight)."""

    def __init__(self, source: Iterable, shuffle: bool = False, generator=None):
        self.source = source
        self.generator = generator
        self.shuffle = shuffle
        self.dataset = source if isinstance(source, PyDataset) else None
        self._iterator: Iterator | None = None

    @property
    def num_batches(self) -> int | None:
        """The number of batches of an epoch, or None if only iterating tells."""
        if self.dataset is not None:
            return self.dataset.num_batches
        try:
            return len(self.source)
        except TypeError:
            return None

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one pass; a generator goes on where the last pass stopped."""
        if self.dataset is not None:
            yield from map(_batch_of, self._dataset_epoch())
            return
        if self._iterator is None:
            self._iterator = iter(self.source)
        for element in self._iterator:
            yield _batch_of(element)
        self._iterator = None if iter(self.source) is not self.source else iter(())

    def _dataset_epoch(self) -> Iterator:
        self.dataset.on_epoch_begin()
        count = self.dataset.num_batches
        if count is None:
            raise ValueError(f"{type(self.dataset).__name__}.num_batches must be a number; received None.")
        order = self.generator.permutation(count) if self.shuffle else range(count)
        return prefetch(self.dataset, order)

    def end_epoch(self) -> None:
        if self.dataset is not None:
            self.dataset.on_epoch_end()


def _column(source, name: str) -> Column | None:
    return None if source is None else Column(source, name)


def _batch_of(element) -> Batch:
    parts = tuple(element) if isinstance(element, (tuple, list)) else (element,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            "Each batch of a data set must be x, (x, y) or (x, y, sample_weight); "
            f"received a {type(element).__name__} of {len(parts)} items."
        )
    data = ArrayData(*parts, batch_size=max(1, len(_column(parts[0], "x"))))
    return Batch(data.x, data.y, data.weight, slice(0, len(data)), len(data))


def is_arrays(x) -> bool:
    """Tells whether ``x`` is an array-like to be cut into batches, rather than something that gives batches."""
    if isinstance(x, (list, tuple)):
        batches = len(x) > 0 and isinstance(x[0], tuple) and any(isinstance(part, np.ndarray) for part in x[0])
        return not batches
    return hasattr(x, "shape") or hasattr(x, "to_numpy")


def unwrap_single(x):
    """Returns the only array of a one-element list, the form in which Keras passes one input."""
    if isinstance(x, (list, tuple)) and len(x) == 1 and getattr(x[0], "ndim", 0) > 1:
        return x[0]
    return x


def split_rows(count: int, validation_split: float) -> int:
    """Returns how many of ``count`` rows train; the rest, the last ones, validate.

    Raises:
        ValueError: the split is outside (0, 1) or leaves one side empty.
    """
    if not 0 < validation_split < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1; received {validation_split!r}.")
    cut = int(np.floor(count * (1.0 - validation_split)))
    if cut in (0, count):
        raise ValueError(
            f"Training data of {count} rows cannot be split with validation_split={validation_split}: "
            f"{cut} rows would train and {count - cut} validate."
        )
    return cut


def weights_from_classes(y, class_weight: dict) -> np.ndarray:
    """Returns one weight a row: ``class_weight[label]``, and 1 for classes not in it.

    Args:
        y: integer labels (rows,) or (rows, 1), or one-hot rows (rows, classes).
        class_weight: class index to factor.
    """
    labels = np.asarray(y)
    if labels.ndim > 1 and labels.shape[-1] > 1:
        labels = labels.argmax(axis=-1)
    if labels.ndim > 2 or (labels.ndim == 2 and labels.shape[-1] != 1):
        raise ValueError(f"`class_weight` needs one label a row; received y of shape {np.shape(y)}.")
    labels = labels.reshape(len(labels)).astype(np.int64)
    weights = np.ones(len(labels))
    for label, weight in class_weight.items():
        weights[labels == int(label)] = float(weight)
    return weights
