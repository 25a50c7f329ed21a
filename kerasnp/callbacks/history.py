"""The record of a training run."""

from kerasnp.callbacks.base import Callback


class History(Callback):
    """Keeps the logs of every epoch; ``fit`` returns it.

    Attributes:
        history: name to list of values, one for each epoch that logged it.
        epoch: the numbers of the epochs, from 0.
    """

    def __init__(self):
        self.history: dict[str, list] = {}
        self.epoch: list[int] = []

    def set_model(self, model):
        super().set_model(model)
        model.history = self

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
