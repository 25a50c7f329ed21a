"""The loops behind ``fit``, ``evaluate`` and ``predict``: epochs, batches, callbacks and logs."""

import warnings
from collections.abc import Iterator

import numpy as np

from kerasnp import random
from kerasnp.callbacks import CallbackList
from kerasnp.engine.data import (
    ArrayData,
    Batch,
    IterableData,
    is_arrays,
    split_rows,
    unwrap_single,
    weights_from_classes,
)
from kerasnp.utils.progbar import resolve_verbose


class Feed:
    """Hands out the batches of a data set, ``steps`` at a time where that is given.

    Args:
        data: arrays cut into batches, or an iterable of batches.
        steps: batches an epoch; None means the whole set. The next epoch then goes on where this one stopped.
    """

    def __init__(self, data: ArrayData | IterableData, steps: int | None = None):
        if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 1):
            raise ValueError(f"The number of steps must be a positive integer or None; received {steps!r}.")
        self.data = data
        self.steps = steps
        self._running: Iterator[Batch] | None = None

    @property
    def num_batches(self) -> int | None:
        return self.steps if self.steps is not None else self.data.num_batches

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one epoch."""
        if self.steps is None:
            yield from self.data.epoch()
            self.data.end_epoch()
            return
        for step in range(self.steps):
            batch = self._next()
            if batch is None:
                warnings.warn(
                    f"Your input ran out of data after {step} of {self.steps} steps; interrupting the epoch. A generator "
                    "must give at least steps_per_epoch * epochs batches.",
                    stacklevel=4,
                )
                return
            yield batch

    def _next(self) -> Batch | None:
        """Returns the next batch, starting the set anew at its end; None if it has nothing more to give."""
        for _ in range(2):
            if self._running is None:
                self._running = iter(self.data.epoch())
            batch = next(self._running, None)
            if batch is not None:
                return batch
            self.data.end_epoch()
            self._running = None
        return None


def make_data(
    x, y=None, sample_weight=None, *, batch_size=None, shuffle=False, generator=None, rows=None
) -> ArrayData | IterableData:
    """Returns the batches behind what a user passed as x, y and sample_weight."""
    x = unwrap_single(x)
    if is_arrays(x):
        return ArrayData(
            x,
            unwrap_single(y),
            sample_weight,
            batch_size=32 if batch_size is None else batch_size,
            shuffle=shuffle,
            generator=generator,
            rows=rows,
        )
    if not hasattr(x, "__iter__") and not hasattr(x, "__getitem__"):
        raise ValueError(f"`x` must be an array, a generator or a PyDataset; received {x!r} (a {type(x).__name__}).")
    for name, value in (("y", y), ("sample_weight", sample_weight), ("batch_size", batch_size)):
        if value is not None:
            raise ValueError(f"`{name}` must not be given when x is a {type(x).__name__}, which makes whole batches.")
    return IterableData(x, shuffle=shuffle, generator=generator)


def fit(
    model,
    x,
    y,
    *,
    batch_size,
    epochs,
    verbose,
    callbacks,
    validation_split,
    validation_data,
    shuffle,
    class_weight,
    sample_weight,
    initial_epoch,
    steps_per_epoch,
    validation_steps,
    validation_batch_size,
    validation_freq,
):
    """See :meth:`kerasnp.models.Model.fit`."""
    if class_weight is not None and sample_weight is not None:
        raise ValueError("Pass either `class_weight` or `sample_weight`, not both.")
    arrays = is_arrays(unwrap_single(x))
    if not arrays and (validation_split or class_weight):
        what = "validation_split" if validation_split else "class_weight"
        raise ValueError(f"`{what}` needs x and y to be arrays; received x as a {type(x).__name__}.")
    if class_weight is not None:
        sample_weight = weights_from_classes(y, class_weight)
    generator = random.next_generator()
    data = make_data(
        x, y, sample_weight, batch_size=batch_size, shuffle=bool(shuffle) and arrays, generator=generator
    )
    if not arrays and shuffle and data.dataset is not None:
        data.shuffle = True
    if arrays and len(data) == 0:
        raise ValueError(f"There is nothing to train on: x has shape {data.x.shape}.")

    validation = None
    if validation_data is not None:
        parts = validation_data if isinstance(validation_data, tuple) else (validation_data,)
        if isinstance(validation_data, list) and is_arrays(validation_data[0]):
            parts = tuple(validation_data)
        validation = make_data(*parts, batch_size=(validation_batch_size or batch_size) if is_arrays(parts[0]) else None)
    elif validation_split:
        cut = split_rows(len(data), validation_split)
        validation = make_data(
            x, y, sample_weight, batch_size=validation_batch_size or batch_size, rows=(cut, len(data))
        )
        data.stop = cut

    feed = Feed(data, steps_per_epoch)
    judge = None if validation is None else Feed(validation, validation_steps)
    callbacks = _callback_list(
        callbacks, model, verbose=resolve_verbose(verbose), epochs=epochs, steps=feed.num_batches, add_history=True
    )
    model.stop_training = False
    metrics = model.metric_set
    logs: dict[str, float] = {}
    callbacks.on_train_begin()
    try:
        for epoch in range(initial_epoch, epochs):
            metrics.reset()
            callbacks.on_epoch_begin(epoch)
            for step, batch in enumerate(feed.epoch()):
                if step == 0:
                    model.prepare_training(batch.x.shape)
                callbacks.on_train_batch_begin(step)
                model.executor.train(batch, model.loss_object, model.optimizer, metrics)
                callbacks.on_train_batch_end(step, metrics.result() if callbacks.batch_logs else None)
                if model.stop_training:
                    break
            logs = dict(sorted(metrics.result().items()))
            if judge is not None and _validates(epoch, validation_freq):
                found = dict(sorted(_evaluate(model, judge, callbacks).items()))
                logs.update({f"val_{name}": value for name, value in found.items()})
            callbacks.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        model.optimizer.finalize_variable_values(model.trainable_variables)
        callbacks.on_train_end(logs)
    finally:
        callbacks.close()
    return model.history


def evaluate(model, x, y, *, batch_size, verbose, sample_weight, steps, callbacks) -> dict[str, float]:
    """See :meth:`kerasnp.models.Model.evaluate`; returns the logs in the order of ``compile``."""
    data = make_data(x, y, sample_weight, batch_size=batch_size)
    if isinstance(data, ArrayData) and len(data) == 0:
        raise ValueError(f"There is nothing to evaluate: x has shape {data.x.shape}.")
    feed = Feed(data, steps)
    callbacks = _callback_list(callbacks, model, verbose=resolve_verbose(verbose), epochs=1, steps=feed.num_batches)
    try:
        return _evaluate(model, feed, callbacks)
    finally:
        callbacks.close()


def _evaluate(model, feed: Feed, callbacks) -> dict[str, float]:
    metrics = model.metric_set
    metrics.reset()
    model.stop_evaluating = False
    callbacks.on_test_begin()
    for step, batch in enumerate(feed.epoch()):
        model.ensure_built_for(batch.x.shape)
        callbacks.on_test_batch_begin(step)
        model.executor.test(batch, model.loss_object, metrics)
        callbacks.on_test_batch_end(step, metrics.result() if callbacks.batch_logs else None)
        if model.stop_evaluating:
            break
    logs = metrics.result()
    callbacks.on_test_end(logs)
    return logs


def predict(model, x, *, batch_size, verbose, steps, callbacks) -> np.ndarray:
    """See :meth:`kerasnp.models.Model.predict`."""
    data = make_data(x, batch_size=batch_size)
    feed = Feed(data, steps)
    known = isinstance(data, ArrayData)
    if known:
        model.ensure_built_for(data.x.shape)
        if len(data) <= data.batch_size and len(data) and verbose == 0 and callbacks is None:
            return model.executor.predict(data.x, slice(0, len(data)), len(data))
    callbacks = _callback_list(callbacks, model, verbose=resolve_verbose(verbose), epochs=1, steps=feed.num_batches)
    # Arrays tell how many rows come out, so that the batches are written in place; other sets are joined at the end.
    whole = np.empty((len(data), *model.output_shape[1:]), model.dtype) if known and steps is None else None
    parts: list[np.ndarray] = []
    model.stop_predicting = False
    try:
        callbacks.on_predict_begin()
        for step, batch in enumerate(feed.epoch()):
            model.ensure_built_for(batch.x.shape)
            callbacks.on_predict_batch_begin(step)
            place = None if whole is None else whole[batch.index]
            parts.append(model.executor.predict(batch.x, batch.index, batch.size, place))
            callbacks.on_predict_batch_end(step, {"outputs": parts[-1]})
            if model.stop_predicting:
                break
        callbacks.on_predict_end()
    finally:
        callbacks.close()
    if whole is not None:
        return whole[: sum(map(len, parts))]
    if not parts:
        raise ValueError("There is nothing to predict: the data set gave no batch.")
    return np.concatenate(parts)


def _callback_list(callbacks, model, *, verbose, epochs, steps, add_history=False) -> CallbackList:
    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(
        callbacks,
        add_history=add_history,
        add_progbar=verbose != 0,
        model=model,
        verbose=verbose,
        epochs=epochs,
        steps=steps,
    )


def _validates(epoch: int, frequency) -> bool:
    """Tells whether epoch number ``epoch`` (from 0) ends with validation."""
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return epoch + 1 in frequency
