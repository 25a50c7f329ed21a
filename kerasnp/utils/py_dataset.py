"""Data sets that make their batches in Python."""

import itertools


class PyDataset:
    """Base of data sets written in Python: batches by index, as ``fit``, ``evaluate`` and ``predict`` take them.

    A subclass defines ``__getitem__(index)``, which returns a whole batch: x, (x, y) or (x, y, sample_weight), and
    ``__len__()``, the number of batches. It may define ``on_epoch_begin`` and ``on_epoch_end``, to shuffle, say.

    Args:
        workers: threads that make batches ahead of the training; 1 makes them in the training's own thread.
        use_multiprocessing: accepted as in Keras. Batches are made in threads all the same: no copy of the data set
            per process and nothing to pickle. NumPy, h5py and image decoders run in parallel there.
        max_queue_size: the most batches that wait at a time.
    """

    # Also for subclasses that do not call __init__.
    workers = 1
    use_multiprocessing = False
    max_queue_size = 10

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int):
        """Returns batch number ``index``."""
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index), which returns a batch.")

    @property
    def num_batches(self) -> int | None:
        """The number of batches of an epoch: ``len(self)``. A subclass may return None for an endless data set."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(f"{type(self).__name__} must define __len__(), the number of batches.")

    def __iter__(self):
        """Yields the batches in order."""
        count = self.num_batches
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    def on_epoch_begin(self) -> None:
        """Called before the first batch of each epoch."""

    def on_epoch_end(self) -> None:
        """Called after the last batch of each epoch."""


Sequence = PyDataset
