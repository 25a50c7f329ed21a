"""The record of a training run."""

import itertools
import weakref

from kerasnp.callbacks.base import Callback
from kerasnp.utils.curves import draw_curves
from kerasnp.utils.html_tables import html_table


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

    def _repr_html_(self) -> str:
        """Returns what a notebook shows of a run: the first and the last values, and a chart for each kind of log."""
        rows = [(name, _readable(values[0]), _readable(values[-1])) for name, values in self.history.items()]
        charts: dict[str, dict] = {}
        for name, values in self.history.items():
            # Validation may have run in every so many epochs only, the last included.
            stride = len(self.epoch) / len(values)
            points = [(stride * number, value) for number, value in enumerate(values, start=1)]
            charts.setdefault(name.removeprefix("val_"), {})[name] = points
        drawn = "".join(itertools.starmap(draw_curves, charts.items()))
        return f"<p>Epochs: {len(self.epoch)}</p>{html_table(('', 'first', 'last'), rows)}<div>{drawn}</div>"


def _readable(value) -> str:
    try:
        return f"{value:.4g}"
    except (TypeError, ValueError):  # a user's log may be anything
        return str(value)
