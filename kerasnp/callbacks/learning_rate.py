"""Change the learning rate while the model trains."""

import inspect
import warnings

import numpy as np

from kerasnp.callbacks.base import Callback
from kerasnp.callbacks.monitor import MonitorCallback
from kerasnp.utils.console import print_msg


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch, and logs it as ``learning_rate``.

    Args:
        schedule: function of the epoch (from 0) and the learning rate so far, or of the epoch alone; returns a float.
        verbose: 1 prints every change.
    """

    def __init__(self, schedule, verbose=0):
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        current = _learning_rate(self.model)
        learning_rate = self.schedule(epoch, current) if _takes_two(self.schedule) else self.schedule(epoch)
        if not isinstance(learning_rate, (float, np.floating)):
            raise ValueError(f"The output of the `schedule` function should be a float. Got: {learning_rate}")
        self.model.optimizer.learning_rate = learning_rate
        if self.verbose > 0:
            print_msg(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {learning_rate}.")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["learning_rate"] = _learning_rate(self.model)


class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when a number of the logs has stopped improving, and logs it as ``learning_rate``.

    Args:
        monitor: name in the logs.
        factor: the learning rate is multiplied by it.
        patience: epochs without improvement after which that happens.
        verbose: 1 prints every change.
        mode: ``"min"``, ``"max"`` or ``"auto"``: whether low or high values are better.
        min_delta: a smaller change is no improvement.
        cooldown: epochs after a change that do not count.
        min_lr: the learning rate never goes below.

    Raises:
        ValueError: ``factor`` is 1 or more.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}")
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._reset()

    def _reset(self):
        self.best = None
        self.wait = 0
        self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        """Tells whether the last change is so recent that this epoch does not count."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        logs["learning_rate"] = _learning_rate(self.model)
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"Learning rate reduction is conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}.",
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        current = _learning_rate(self.model)
        # As float32, the type in which optimizers keep it: min_lr, once reached, must count as reached.
        if np.float32(current) <= np.float32(self.min_lr):
            return
        learning_rate = max(current * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = learning_rate
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose > 0:
            print_msg(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {learning_rate}.")


def _learning_rate(model) -> float:
    """Returns the optimizer's learning rate, whether it keeps a number or a variable."""
    if not hasattr(model.optimizer, "learning_rate"):
        raise ValueError('Optimizer must have a "learning_rate" attribute.')
    return float(np.asarray(model.optimizer.learning_rate))


def _takes_two(schedule) -> bool:
    """Tells whether a schedule takes the learning rate besides the epoch."""
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a built-in without a signature
        return True
    return True
