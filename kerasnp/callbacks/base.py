"""The base of all callbacks: what fit, evaluate and predict tell them, and what they see of the model."""

import os
from typing import Protocol

import numpy as np


class Optimizer(Protocol):
    """What callbacks see of an optimizer."""

    learning_rate: float


class Model(Protocol):
    """What callbacks see of a model.

    Attributes:
        optimizer: the compiled optimizer.
        metrics: the compiled metrics; each has a ``name``, and a ``_direction`` (``"up"`` or ``"down"``) if it is known
            which values are better.
        history: the last :class:`History`.
        progress: while ``fit`` runs, where it stands: ``record(epoch, batch)`` describes a place in it as plain data,
            and ``resume(record)`` before the first epoch has it begin there.
        stop_training: set to True by a callback to end ``fit`` after the current batch and epoch.
    """

    optimizer: Optimizer
    metrics: list
    history: object
    progress: object
    stop_training: bool

    def get_weights(self) -> list[np.ndarray]: ...

    def set_weights(self, weights: list[np.ndarray]) -> None: ...

    def ensure_optimizer_built(self) -> None: ...

    def load_weights(self, filepath: str | os.PathLike) -> None: ...

    def save(self, filepath: str | os.PathLike, overwrite: bool = True) -> None: ...

    def save_weights(self, filepath: str | os.PathLike, overwrite: bool = True) -> None: ...


class Callback:
    """Something that is told when training, evaluation or prediction reaches a point. Subclasses override hooks.

    A hook that no callback overrides costs nothing. ``logs`` holds Python floats: at the end of a batch the running
    means since the start of the epoch, at the end of an epoch also the validation results (``val_...``).
    A callback may add entries to the logs of ``on_epoch_end``: the callbacks after it and the history get them too.

    Attributes:
        model: the model that runs.
        params: ``verbose``, ``epochs`` and ``steps`` (batches of an epoch, None if unknown).
    """

    model: Model | None = None
    params: dict | None = None

    def set_params(self, params: dict) -> None:
        """Called before everything else."""
        self.params = params

    def set_model(self, model: Model) -> None:
        """Called before everything else."""
        self.model = model

    def on_train_begin(self, logs=None):
        """Called when fit begins."""

    def on_train_end(self, logs=None):
        """Called when fit ends without an error."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before epoch number ``epoch``, from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after epoch number ``epoch`` and its validation."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called in fit before batch number ``batch`` of the epoch, from 0."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called in fit after batch number ``batch`` of the epoch."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch, logs=None):
        """Another name for ``on_train_batch_begin``."""

    def on_batch_end(self, batch, logs=None):
        """Another name for ``on_train_batch_end``."""

    def on_test_begin(self, logs=None):
        """Called when evaluation begins, also the validation within fit."""

    def on_test_end(self, logs=None):
        """Called when evaluation ends."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called before each batch of an evaluation."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after each batch of an evaluation."""

    def on_predict_begin(self, logs=None):
        """Called when predict begins."""

    def on_predict_end(self, logs=None):
        """Called when predict ends."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before each batch of predict."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after each batch of predict; ``logs["outputs"]`` are its predictions."""

    # Ours alone, hence the underscores: the names of hooks belong to the users' subclasses.

    def _wants_batch_logs(self) -> bool:
        """Tells whether the logs of the batch that ends now are of use."""
        return True

    def _close(self) -> None:
        """Called last, also after an error or Ctrl-C: closes what ``on_train_begin`` opened."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))


def overrides(callback: Callback, hook: str) -> bool:
    """Tells whether a callback does anything at ``hook``."""
    method = getattr(callback, hook)
    if getattr(method, "__func__", method) is not getattr(Callback, hook):
        return True
    alias = hook.replace("on_train_batch", "on_batch")
    return alias != hook and overrides(callback, alias)
