"""The progress shown by fit, evaluate and predict."""

from kerasnp.callbacks.base import Callback
from kerasnp.utils.console import print_msg
from kerasnp.utils.progbar import Progbar, resolve_verbose


class ProgbarLogger(Callback):
    """Prints the progress as ``params["verbose"]`` says: 0 nothing, 1 a bar, 2 one line an epoch.

    The validation within ``fit`` prints nothing of its own.
    """

    def __init__(self):
        self.verbose = 1
        self.epochs = 1
        self.target: int | None = None
        self.seen = 0
        self.progbar: Progbar | None = None
        self._in_fit = False
        self._validating = False

    def set_params(self, params):
        super().set_params(params)
        self.verbose = resolve_verbose(params["verbose"])
        self.epochs = params["epochs"]
        self.target = params["steps"]

    def on_train_begin(self, logs=None):
        self._in_fit = True

    def on_train_end(self, logs=None):
        self._in_fit = False

    def on_epoch_begin(self, epoch, logs=None):
        if self.verbose and self.epochs > 1:
            print_msg(f"Epoch {epoch + 1}/{self.epochs}")
        self._start()

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs)

    def on_train_batch_end(self, batch, logs=None):
        self._step(batch, logs)

    def on_test_begin(self, logs=None):
        if self._in_fit:
            self._validating = True
        else:
            self._start()

    def on_test_end(self, logs=None):
        if self._in_fit:
            self._validating = False
        else:
            self._finish(logs)

    def on_test_batch_end(self, batch, logs=None):
        if not self._in_fit:
            self._step(batch, logs)

    def on_predict_begin(self, logs=None):
        self._start()

    def on_predict_end(self, logs=None):
        self._finish(None)

    def on_predict_batch_end(self, batch, logs=None):
        self._step(batch, None)

    def _wants_batch_logs(self):
        return self.progbar is not None and not self._validating and self.progbar.due()

    def _start(self):
        self.seen = 0
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())

    def _step(self, batch, logs):
        if self.progbar is None:
            self._start()
        self.seen = batch + 1
        if self.verbose == 1:
            self.progbar.update(self.seen, (logs or {}).items(), finalize=False)

    def _finish(self, logs):
        if self.target is None:
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.seen, (logs or {}).items(), finalize=True)

    def _close(self):
        if self.progbar is not None:
            self.progbar.close()
        self._in_fit = self._validating = False
