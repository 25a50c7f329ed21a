"""Data to batches: arrays of any kind, generators and datasets, read row by row into the plan's own arrays."""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from kerasnp.engine.column import Column
from kerasnp.utils.prefetch import prefetch
from kerasnp.utils.py_dataset import PyDataset


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
        batch_size: rows a batch; the last may be shorter. None means 32, or what :meth:`spread_over` makes of it.
        shuffle: whether each epoch has its own order.
        generator: makes that order.
        rows: (start, stop) of the rows to use; None means all.
    """

    def __init__(self, x, y=None, sample_weight=None, *, batch_size=None, shuffle=False, generator=None, rows=None):
        self.x = Column(x, "x", any_kind=True)
        self.y = None if y is None else Column(y, "y")
        self.weight = None if sample_weight is None else Column(sample_weight, "sample_weight")
        for other in (self.y, self.weight):
            if other is not None and len(other) != len(self.x):
                raise ValueError(
                    "All arrays must have the same number of rows: x has "
                    f"{len(self.x)} (shape {self.x.shape}), {other.name} has {len(other)} (shape {other.shape})."
                )
        self._free_batch_size = batch_size is None
        if batch_size is None:
            batch_size = 32
        elif isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
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

    def spread_over(self, steps: int) -> None:
        """Chooses the batch size, unless it was given, such that ``steps`` batches make one pass (as Keras)."""
        if self._free_batch_size:
            self.batch_size = max(1, -(-len(self) // steps))

    def as_batch(self) -> Batch:
        """Returns all rows as one batch."""
        return Batch(self.x, self.y, self.weight, slice(self.start, self.stop), len(self))

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one pass over the rows."""
        count = len(self)
        order = self.generator.permutation(count) if self.shuffle else None
        if order is not None:
            order += self.start
        for start in range(0, count, self.batch_size):
            stop = min(start + self.batch_size, count)
            index = slice(self.start + start, self.start + stop) if order is None else order[start:stop]
            yield Batch(self.x, self.y, self.weight, index, stop - start)

    def end_epoch(self) -> None:
        """Nothing to do between epochs."""


class IterableData:
    """Batches from a generator, an iterable or a :class:`PyDataset`; each gives x, (x, y) or (x, y, sample_weight).

    Args:
        source: what gives the batches.
        shuffle: whether each epoch reads a ``PyDataset`` in a new order; others keep theirs.
        generator: makes that order.
        class_weight: class index to weight, for batches without sample weights.
    """

    def __init__(self, source: Iterable, shuffle: bool = False, generator=None, class_weight: dict | None = None):
        self.source = source
        self.generator = generator
        self.shuffle = shuffle
        self.class_weight = class_weight
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
            yield from map(self._batch, self._dataset_epoch())
            return
        if self._iterator is None:
            self._iterator = iter(self.source)
        for element in self._iterator:
            yield self._batch(element)
        self._iterator = None if iter(self.source) is not self.source else iter(())

    def _dataset_epoch(self) -> Iterator:
        self.dataset.on_epoch_begin()
        count = self.dataset.num_batches
        if count is None:  # an endless data set
            order = itertools.count()
        else:
            order = self.generator.permutation(count) if self.shuffle else range(count)
        return prefetch(self.dataset, order)

    def _batch(self, element) -> Batch:
        parts = tuple(element) if isinstance(element, (tuple, list)) else (element,)
        if not 1 <= len(parts) <= 3:
            raise ValueError(
                "Each batch of a data set must be x, (x, y) or (x, y, sample_weight); "
                f"received a {type(element).__name__} of {len(parts)} items."
            )
        x, y, weight = (*parts, None, None)[:3]
        if self.class_weight is not None:
            if weight is not None:
                raise ValueError("`class_weight` cannot be used with batches that have sample weights.")
            weight = weights_from_classes(y, self.class_weight)
        return ArrayData(x, y, weight).as_batch()

    def spread_over(self, steps: int) -> None:
        """Nothing: the batches come as they are."""

    def end_epoch(self) -> None:
        if self.dataset is not None:
            self.dataset.on_epoch_end()


def is_arrays(x) -> bool:
    """Tells whether ``x`` is an array-like to be cut into batches, rather than something that gives batches."""
    if isinstance(x, np.ndarray):
        return True
    if isinstance(x, (list, tuple)):
        batches = len(x) > 0 and isinstance(x[0], tuple) and any(isinstance(part, np.ndarray) for part in x[0])
        return not batches
    return hasattr(x, "shape") or hasattr(x, "to_numpy")


def unwrap_single(x, *others):
    """Returns x, y and the weights, taken out of the lists of one array in which Keras lets one pass them.

    Such a list could also be one row: it is an array if that has two axes or more, or if x came in a list.
    """
    axes = 2
    if _wraps_array(x, axes):
        x, axes = x[0], 1
    return x, *[other[0] if _wraps_array(other, axes) else other for other in others]


def _wraps_array(item, axes: int) -> bool:
    return isinstance(item, (list, tuple)) and len(item) == 1 and len(getattr(item[0], "shape", ())) >= axes


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

    Raises:
        ValueError: ``class_weight`` is no dictionary, or there is not one label a row.
    """
    if not isinstance(class_weight, dict):
        raise ValueError(f"`class_weight` must be a dictionary of class index to weight; received {class_weight!r}.")
    if y is None:
        raise ValueError("`class_weight` needs targets: pass `y`, or batches of (x, y).")
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
