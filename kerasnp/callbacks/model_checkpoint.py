"""Save the model while it trains."""

import os
import warnings

from kerasnp.callbacks.monitor import MonitorCallback
from kerasnp.utils.console import print_msg


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after each epoch or every so many batches.

    Args:
        filepath: where to; ``{epoch}`` (from 1), ``{batch}`` (from 1) and the names in the logs are filled in, as in
            ``"{epoch:02d}-{val_loss:.2f}.keras"``. Missing folders are made.
        monitor: name in the logs, for ``save_best_only``.
        verbose: 1 prints what is done.
        save_best_only: whether only improvements are saved.
        save_weights_only: whether only the weights are; ``filepath`` must then end in ``.weights.h5``, otherwise in
            ``.keras`` or ``.h5``.
        mode: ``"min"``, ``"max"`` or ``"auto"``: whether low or high values are better.
        save_freq: ``"epoch"``, or a number of batches.
        initial_value_threshold: the value that the first saved model must beat.
        period: older argument, with a warning: save after every so many epochs.

    Raises:
        ValueError: ``filepath`` has the wrong ending, or ``save_freq`` is neither ``"epoch"`` nor an integer.
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
        *,
        period=None,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._epoch = 0
        self._batches = 0
        self._period = _checked_period(period)
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer values")
        if save_weights_only and not self.filepath.endswith(".weights.h5"):
            raise ValueError(
                "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in "
                f"`.weights.h5` (Keras weights format). Received: filepath={self.filepath}"
            )
        if not save_weights_only and not self.filepath.endswith((".keras", ".h5")):
            raise ValueError(
                f"The filepath provided must end in `.keras` (Keras model format). Received: filepath={self.filepath}"
            )

    def set_model(self, model):
        super().set_model(model)
        if not self.save_weights_only and not hasattr(model, "save"):
            raise ValueError(
                f"ModelCheckpoint cannot save a whole {type(model).__name__}: pass save_weights_only=True and a "
                "filepath that ends in `.weights.h5`."
            )

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, {"batch": batch + 1}, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch" and (epoch + 1) % self._period == 0:
            self._save(epoch, {}, logs or {})

    def _wants_batch_logs(self):
        return self.save_freq != "epoch" and self._batches + 1 >= self.save_freq

    def _save(self, epoch: int, batch: dict, logs: dict) -> None:
        fields = {"epoch": epoch + 1, **batch, **logs}
        try:
            filepath = self.filepath.format(**fields)
        except KeyError as error:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". Reason: {error}. '
                f"Available: {', '.join(fields)}."
            ) from error
        if not self._wanted(epoch, logs, filepath):
            return
        if os.path.isdir(filepath):
            raise IsADirectoryError(
                "Please specify a non-directory filepath for ModelCheckpoint. "
                f"Filepath used is an existing directory: {filepath}"
            )
        os.makedirs(os.path.dirname(filepath) or ".", exist_ok=True)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(filepath, overwrite=True)
        self._report(epoch, f"finished saving model to {filepath}")

    def _wanted(self, epoch: int, logs: dict, filepath: str) -> bool:
        if not self.save_best_only:
            self._report(epoch, f"saving model to {filepath}")
            return True
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(f"Can save best model only with {self.monitor} available.", stacklevel=4)
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._report(epoch, f"{self.monitor} did not improve from {best}")
            return False
        self._report(epoch, f"{self.monitor} improved from {best} to {current:.5f}, saving model to {filepath}")
        self.best = current
        return True

    def _report(self, epoch: int, what: str) -> None:
        if self.verbose > 0:
            print_msg(f"\nEpoch {epoch + 1}: {what}")


def _checked_period(period: int | None) -> int:
    if period is None:
        return 1
    if isinstance(period, bool) or not isinstance(period, int) or period < 1:
        raise ValueError(f"`period` must be a positive integer. Received: period={period}")
    message = "ModelCheckpoint(period=...) is deprecated; use `save_freq` with a number of batches."
    warnings.warn(message, UserWarning, stacklevel=3)
    return period
