"""The loops behind ``fit``, ``evaluate`` and ``predict``: epochs, batches, callbacks and logs."""

import warnings

import numpy as np

from kerasnp import config, random
from kerasnp.callbacks import CallbackList
from kerasnp.engine.data import (
    ArrayData,
    IterableData,
    is_arrays,
    split_rows,
    unwrap_single,
    weights_from_classes,
)
from kerasnp.engine.feed import Feed, Progress
from kerasnp.utils.progbar import resolve_verbose


def make_data(
    x, y=None, sample_weight=None, *, batch_size=None, shuffle=False, generator=None, rows=None, class_weight=None
) -> ArrayData | IterableData:
    """Returns the batches behind what a user passed as x, y and sample_weight."""
    if class_weight is not None and sample_weight is not None:
        raise ValueError("Pass either `class_weight` or `sample_weight`, not both.")
    if not isinstance(x, np.ndarray) or y is not None:
        x, y, sample_weight = unwrap_single(x, y, sample_weight)
    if is_arrays(x):
        if class_weight is not None:
            sample_weight = weights_from_classes(y, class_weight)
        return ArrayData(x, y, sample_weight, batch_size=batch_size, shuffle=shuffle, generator=generator, rows=rows)
    if isinstance(x, dict) or not (hasattr(x, "__iter__") or hasattr(x, "__getitem__")):
        raise ValueError(f"`x` must be one array, a generator or a PyDataset; received a {type(x).__name__}.")
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(f"`{name}` must not be given when x is a {type(x).__name__}, which makes whole batches.")
    if batch_size is not None:
        warnings.warn(
            f"`batch_size={batch_size}` was passed, but is ignored: x is a {type(x).__name__}, which makes whole "
            "batches.",
            stacklevel=4,
        )
    return IterableData(x, shuffle=shuffle, generator=generator, class_weight=class_weight)


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
    data = make_data(
        x,
        y,
        sample_weight,
        batch_size=batch_size,
        shuffle=bool(shuffle),
        generator=random.next_generator(),
        class_weight=class_weight,
    )
    arrays = isinstance(data, ArrayData)
    if validation_split and not arrays:
        raise ValueError(f"`validation_split` needs x and y to be arrays; received x as a {type(x).__name__}.")
    if arrays:
        if len(data) == 0:
            raise ValueError(f"There is nothing to train on: x has shape {data.x.shape}.")
        model.ensure_built_for(data.x.shape)

    validation = None
    if validation_data is not None:
        validation = _validation_data(validation_data, validation_batch_size or batch_size)
    elif validation_split:
        cut = split_rows(len(data), validation_split)
        validation = make_data(
            x, y, sample_weight, batch_size=validation_batch_size or batch_size, rows=(cut, len(data))
        )
        data.stop = cut

    if config.max_epochs() and config.max_epochs() < epochs:
        warnings.warn(f"Limiting epochs to {config.max_epochs()}", stacklevel=3)
        epochs = config.max_epochs()
    feed = Feed(data, steps_per_epoch)
    judge = None if validation is None else Feed(validation, validation_steps)
    callbacks = _callback_list(
        callbacks, model, verbose=resolve_verbose(verbose), epochs=epochs, steps=feed.num_batches, add_history=True
    )
    model.stop_training = False
    metrics = model.metric_set
    logs: dict[str, float] = {}
    model.progress = progress = Progress(feed, metrics, initial_epoch)
    try:
        callbacks.on_train_begin()
        for epoch in range(progress.epoch, epochs):
            first = progress.start(epoch)
            callbacks.on_epoch_begin(epoch)
            step = first - 1 if first else None
            for step, batch in enumerate(feed.epoch(), first):
                if step == first:
                    model.prepare_training(batch.x.shape)
                callbacks.on_train_batch_begin(step)
                model.executor.train(batch, model.loss_object, model.optimizer, metrics)
                callbacks.on_train_batch_end(step, metrics.result() if callbacks.batch_logs else None)
                if model.stop_training:
                    break
            if step is None:
                _no_batches(epoch - initial_epoch, epochs - initial_epoch)
                break
            logs = dict(sorted(metrics.result().items()))
            if judge is not None and _validates(epoch, validation_freq):
                found = dict(sorted(_evaluate(model, judge, callbacks).items()))
                if not found:
                    warnings.warn("The validation data gave no batch: there are no val_ results.", stacklevel=3)
                logs.update({f"val_{name}": value for name, value in found.items()})
            callbacks.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        model.optimizer.finalize_variable_values(model.trainable_variables)
        callbacks.on_train_end(logs)
    finally:
        model.progress = None
        callbacks.close()
    return model.history


def _validation_data(given, batch_size) -> ArrayData | IterableData:
    """Returns the batches behind ``validation_data``: (x, y), (x, y, sample_weight), or a data set."""
    if isinstance(given, tuple) or (isinstance(given, list) and is_arrays(given)):
        if not 1 <= len(given) <= 3:
            raise ValueError(f"`validation_data` must be (x, y) or (x, y, sample_weight); received {len(given)} items.")
        return make_data(*given, batch_size=batch_size if is_arrays(given[0]) else None)
    return make_data(given)


def _no_batches(epochs_done: int, epochs: int) -> None:
    """Says that an epoch got no data: an error if it is the first."""
    if not epochs_done:
        raise ValueError("There is nothing to train on: the data set gave no batch.")
    warnings.warn(
        f"Your input ran out of data: training ends after {epochs_done} of {epochs} epochs. A generator must give "
        "steps_per_epoch * epochs batches; a PyDataset, or a list of batches, can be read again and again.",
        stacklevel=4,
    )


def evaluate(model, x, y, *, batch_size, verbose, sample_weight, steps, callbacks) -> dict[str, float]:
    """See :meth:`kerasnp.models.Model.evaluate`; returns the logs in the order of ``compile``."""
    data = make_data(x, y, sample_weight, batch_size=batch_size)
    if isinstance(data, ArrayData) and len(data) == 0:
        raise ValueError(f"There is nothing to evaluate: x has shape {data.x.shape}.")
    feed = Feed(data, steps)
    callbacks = _callback_list(callbacks, model, verbose=resolve_verbose(verbose), epochs=1, steps=feed.num_batches)
    try:
        logs = _evaluate(model, feed, callbacks)
    finally:
        callbacks.close()
    if not logs:
        raise ValueError("There is nothing to evaluate: the data set gave no batch.")
    return logs


def _evaluate(model, feed: Feed, callbacks) -> dict[str, float]:
    """Returns the results over one pass; none if there was no batch."""
    metrics = model.metric_set
    metrics.reset()
    feed.rewind()
    model.stop_evaluating = False
    callbacks.on_test_begin()
    step = None
    for step, batch in enumerate(feed.epoch()):
        model.ensure_built_for(batch.x.shape)
        callbacks.on_test_batch_begin(step)
        model.executor.test(batch, model.loss_object, metrics)
        callbacks.on_test_batch_end(step, metrics.result() if callbacks.batch_logs else None)
        if model.stop_evaluating:
            break
    logs = {} if step is None else metrics.result()
    callbacks.on_test_end(logs)
    return logs


def predict(model, x, *, batch_size, verbose, steps, callbacks) -> np.ndarray:
    """See :meth:`kerasnp.models.Model.predict`."""
    data = make_data(x, batch_size=batch_size)
    known = isinstance(data, ArrayData)
    if known:
        model.ensure_built_for(data.x.shape)
        if verbose == 0 and callbacks is None and steps is None:
            return model.executor.predict_all(data.x, data.batch_size)
    feed = Feed(data, steps)
    callbacks = _callback_list(callbacks, model, verbose=resolve_verbose(verbose), epochs=1, steps=feed.num_batches)
    # Arrays tell how many rows come out, so that the batches are written in place; other sets are joined at the end.
    whole = model.executor.output_for(data.x) if known and steps is None else None
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
