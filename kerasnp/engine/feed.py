"""Batches for the loops, and where a run stands, so that it can be taken up again."""

import copy
import itertools
import warnings
from collections.abc import Iterator

from kerasnp import config
from kerasnp.engine.data import ArrayData, Batch, IterableData


class Feed:
    """Hands out the batches of a data set, ``steps`` at a time where that is given.

    Args:
        data: arrays cut into batches, or an iterable of batches.
        steps: batches an epoch; None means the whole set. The next epoch then goes on where this one stopped, and one
            that meets the end of the set ends there, with a warning, as in Keras.
    """

    def __init__(self, data: ArrayData | IterableData, steps: int | None = None):
        if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 1):
            raise ValueError(f"The number of steps must be a positive integer or None; received {steps!r}.")
        if steps is not None:
            data.spread_over(steps)
        most = config.max_steps_per_epoch()
        if most and (steps is None or most < steps):
            warnings.warn(f"Limiting steps_per_epoch to {most}", stacklevel=4)
            steps = most
        self.data = data
        self.steps = steps
        self._running: Iterator[Batch] | None = None
        self._taken = 0  # batches of the running pass
        self._order: dict | None = None  # state of the data's generator before the running pass
        self._skip = 0
        self._first = 0

    @property
    def num_batches(self) -> int | None:
        return self.steps if self.steps is not None else self.data.num_batches

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one epoch; after :meth:`resume`, those that are left of it."""
        first, self._first = self._first, 0
        if self.steps is None:
            self._begin()
            while (batch := next(self._running, None)) is not None:
                self._taken += 1
                yield batch
            self._end()
            return
        for step in range(first, self.steps):
            batch = self._next(restart=step == first)
            if batch is None and step == first:
                return
            if batch is None:
                warnings.warn(
                    f"Your input ran out of data after {step} of {self.steps} steps; interrupting the epoch. Arrays "
                    "and data sets must have at least so many batches, a generator steps_per_epoch * epochs.",
                    stacklevel=4,
                )
                return
            yield batch

    def rewind(self) -> None:
        """Starts the set anew, unless it is a generator."""
        self._running = None

    def position(self) -> dict:
        """Returns where the feed stands, as plain data: batches taken, and the random state behind their order."""
        order = self._order if self._running is not None else _state_of(self.data.generator)
        return {"taken": self._taken if self._running is not None else 0, "order": order}

    def resume(self, position: dict, batch: int) -> None:
        """Goes to a position: ``batch`` batches into an epoch. What a generator function gave is not given again."""
        generator = self.data.generator
        if generator is not None and position["order"] is not None:
            generator.bit_generator.state = position["order"]
        one_shot = isinstance(self.data, IterableData) and iter(self.data.source) is self.data.source
        self._skip = 0 if one_shot else position["taken"]
        self._first = batch

    def _begin(self) -> None:
        self._order = _state_of(self.data.generator)
        self._running = iter(self.data.epoch())
        self._taken = sum(1 for _ in itertools.islice(self._running, self._skip))
        self._skip = 0

    def _end(self) -> None:
        self.data.end_epoch()
        self._running = None

    def _next(self, restart: bool) -> Batch | None:
        """Returns the next batch; None at the end of the set, unless ``restart`` and it can be started anew."""
        for _ in range(1 + restart):
            if self._running is None:
                self._begin()
            batch = next(self._running, None)
            if batch is not None:
                self._taken += 1
                return batch
            self._end()
        return None


class Progress:
    """Where a run of ``fit`` stands, for callbacks that store it and have a later run go on from there.

    Args:
        feed: the training data.
        metrics: the metric set.
        epoch: the first epoch to run.

    Attributes:
        epoch, batch: where the run begins; :meth:`resume` changes them before the first epoch.
    """

    def __init__(self, feed: Feed, metrics, epoch: int):
        self.epoch, self.batch = epoch, 0
        self._feed, self._metrics = feed, metrics

    def start(self, epoch: int) -> int:
        """Begins an epoch; returns how many of its batches are done already."""
        if epoch == self.epoch and self.batch:
            return self.batch
        self._metrics.reset()
        return 0

    def record(self, epoch: int, batch: int) -> dict:
        """Returns the place after ``batch`` batches of ``epoch`` as plain data."""
        place = {"epoch": epoch, "batch": batch, "feed": self._feed.position()}
        return {**place, "metrics": self._metrics.state()} if batch else place

    def resume(self, record: dict) -> None:
        """Has the run begin at a recorded place; a record of Keras tells the epoch alone, which begins anew."""
        self.epoch = record["epoch"]
        if "feed" in record:
            self.batch = record["batch"]
            self._feed.resume(record["feed"], self.batch)
        if self.batch:
            self._metrics.restore(record["metrics"])


def _state_of(generator) -> dict | None:
    return None if generator is None else copy.deepcopy(generator.bit_generator.state)
