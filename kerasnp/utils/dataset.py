"""A data set that is read a batch at a time, as often as one likes."""

from collections.abc import Callable, Iterator

import numpy as np


class Dataset:
    """Elements, or batches of them, read when they are needed; each iteration starts anew.

    ``fit``, ``evaluate`` and ``predict`` take it. It has what scripts ask of a ``tf.data.Dataset`` most: ``len``,
    :meth:`cardinality`, :meth:`batch` and :meth:`map`.

    Args:
        read: called with element numbers, an array (n,); returns their batch: an array (n, ...) or a tuple of such.
        count: the number of elements.
        batch_size: elements a batch; None gives single elements, without a batch axis.
        shuffle: whether each iteration has its own order.
        seed: of that order; None draws one from NumPy's global generator, as Keras does.
        class_names: names of the classes, if the elements have labels.
        file_paths: the elements' files, if they have one each.
    """

    def __init__(
        self,
        read: Callable,
        count: int,
        *,
        batch_size: int | None = None,
        shuffle: bool = False,
        seed: int | None = None,
        class_names: list[str] | None = None,
        file_paths: list[str] | None = None,
    ):
        if batch_size is not None and (isinstance(batch_size, bool) or batch_size != int(batch_size) or batch_size < 1):
            raise ValueError(f"`batch_size` must be a positive integer or None; received {batch_size!r}.")
        self._read = read
        self._count = count
        self.batch_size = batch_size
        self._orders = None
        if shuffle:
            self._orders = np.random.default_rng(np.random.randint(2**31) if seed is None else seed)
        self._changes: tuple[Callable, ...] = ()
        self.class_names = class_names
        self.file_paths = file_paths

    def __len__(self) -> int:
        """The number of batches, or of elements where there are no batches."""
        return -(-self._count // (self.batch_size or 1))

    def cardinality(self) -> int:
        """Returns ``len(self)``."""
        return len(self)

    def __iter__(self) -> Iterator:
        """Yields the batches of one pass, or the elements."""
        order = np.arange(self._count)
        if self._orders is not None:
            self._orders.shuffle(order)
        step = self.batch_size or 1
        for start in range(0, self._count, step):
            element = self._read(order[start : start + step])
            if self.batch_size is None:
                element = tuple(part[0] for part in element) if isinstance(element, tuple) else element[0]
            for change in self._changes:
                element = change(*element) if isinstance(element, tuple) else change(element)
            yield element

    def batch(self, batch_size: int, drop_remainder: bool = False) -> "Dataset":
        """Returns the same elements in batches.

        Raises:
            ValueError: they are in batches, or were mapped one by one.
        """
        if self.batch_size is not None or self._changes:
            raise ValueError("Only a data set of single elements that no function was mapped over can be batched.")
        count = self._count - self._count % batch_size if drop_remainder else self._count
        return self._like(_count=count, batch_size=batch_size)

    def map(self, function: Callable, num_parallel_calls=None, deterministic=None) -> "Dataset":
        """Returns the data set with ``function`` called on each batch, or element: with x alone, or with x and y.

        Args:
            function: what it returns takes the place of the batch.
            num_parallel_calls, deterministic: accepted as in TensorFlow, without effect.
        """
        return self._like(_changes=(*self._changes, function))

    def prefetch(self, buffer_size=None) -> "Dataset":
        """Returns the data set itself: there is no queue to fill."""
        return self

    def _like(self, **attributes) -> "Dataset":
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, **attributes)
        return other

    def __repr__(self):
        what = "elements" if self.batch_size is None else f"batches of {self.batch_size}"
        return f"<Dataset of {len(self)} {what}>"
