"""The record of a training run."""

import weakref

from kerasnp.callbacks.base import Callback


class History(Callback):
    """Keeps the logs of every epoch; ``fit`` returns it.

    Attributes:
        history: name to list of values, one for each epoch that logged it.
        epoch: the numbers of the epochs, from 0.
    """

    _model: weakref.ref | None = None

    def __init__(self):
        self.history: dict[str, list] = {}
        self.epoch: list[int] = []

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "_model"}

    @property
    def model(self):
        """The model that ran, while somebody else keeps it.

        As the model keeps the history, the two would otherwise stay in memory, arrays and all, until Python looks for
        cycles.
        """
        return None if self._model is None else self._model()

    def set_model(self, model):
        self._model = weakref.ref(model)
        model.history = self

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
