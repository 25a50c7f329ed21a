"""Batches made ahead of time, in threads."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent import futures
from itertools import islice

from kerasnp.utils.py_dataset import PyDataset


def prefetch(dataset: PyDataset, indices: Iterable[int]) -> Iterator:
    """Yields ``dataset[index]`` for each index, in order.

    With ``dataset.workers > 1`` (or ``use_multiprocessing``) threads make up to ``dataset.max_queue_size`` batches
    ahead. An exception in ``dataset[index]`` reaches the caller at that batch's turn. When the iteration ends, also by
    an exception or because the caller closes it, no further batch is started and the threads are gone.
    """
    indices = map(int, indices)
    workers = max(int(dataset.workers), 1)
    if workers == 1 and not dataset.use_multiprocessing:
        for index in indices:
            yield dataset[index]
        return
    pool = futures.ThreadPoolExecutor(workers, thread_name_prefix="kerasnp_prefetch")
    try:
        ahead = max(int(dataset.max_queue_size), 1)
        waiting = deque(pool.submit(dataset.__getitem__, index) for index in islice(indices, ahead))
        while waiting:
            batch = waiting.popleft().result()
            waiting.extend(pool.submit(dataset.__getitem__, index) for index in islice(indices, 1))
            yield batch
    finally:
        pool.shutdown(cancel_futures=True)
