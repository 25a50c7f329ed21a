"""Several callbacks behind the interface of one."""

from kerasnp.callbacks.base import HOOKS, Callback, overrides
from kerasnp.callbacks.history import History
from kerasnp.callbacks.progbar_logger import ProgbarLogger


class CallbackList(Callback):
    """Calls each hook of several callbacks, in their order.

    Args:
        callbacks: a callback or a list of them, possibly nested.
        add_history: whether a :class:`History` is added unless there is one.
        add_progbar: whether a :class:`ProgbarLogger` is added unless there is one.
        model: the model they are told about.
        **params: given to them as ``params``: ``verbose``, ``epochs``, ``steps``.

    Raises:
        ValueError: something in the list is no callback.
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        self.callbacks: list[Callback] = _flat(callbacks)
        if add_history and not any(isinstance(callback, History) for callback in self.callbacks):
            self.callbacks.append(History())
        if add_progbar and not any(isinstance(callback, ProgbarLogger) for callback in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        self._batch_end = "on_train_batch_end"
        self._find_listeners()
        self.set_model(model)
        self.set_params(params)

    def append(self, callback: Callback) -> None:
        """Adds a callback, which learns the model and the parameters of the others."""
        for added in _flat(callback):
            self.callbacks.append(added)
            if self.model is not None:
                added.set_model(self.model)
            if self.params:
                added.set_params(self.params)
        self._find_listeners()

    def set_params(self, params: dict) -> None:
        self.params = params
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def set_model(self, model) -> None:
        if model is None:
            return
        self.model = model
        for callback in self.callbacks:
            callback.set_model(model)

    @property
    def batch_logs(self) -> bool:
        """Whether the logs of the batch that ends now are of use to a callback; if not, nobody need compute them."""
        listeners = self._listeners[self._batch_end]
        return bool(listeners) and any(callback._wants_batch_logs() for callback in listeners)

    def close(self) -> None:
        """Finishes the line of a progress bar and closes files; to be called last, whatever happened."""
        for callback in self.callbacks:
            callback._close()

    def on_train_begin(self, logs=None):
        self._find_listeners()
        self._batch_end = "on_train_batch_end"
        self._call("on_train_begin", logs=logs)

    def on_train_end(self, logs=None):
        self._call("on_train_end", logs=logs)

    def on_epoch_begin(self, epoch, logs=None):
        self._call("on_epoch_begin", epoch, logs=logs)

    def on_epoch_end(self, epoch, logs=None):
        self._call("on_epoch_end", epoch, logs=logs)

    def on_train_batch_begin(self, batch, logs=None):
        self._call_batch("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self._call_batch("on_train_batch_end", batch, logs)

    def on_batch_begin(self, batch, logs=None):
        self._call_batch("on_batch_begin", batch, logs)

    def on_batch_end(self, batch, logs=None):
        self._call_batch("on_batch_end", batch, logs)

    def on_test_begin(self, logs=None):
        self._find_listeners()
        self._batch_end = "on_test_batch_end"
        self._call("on_test_begin", logs=logs)

    def on_test_end(self, logs=None):
        self._call("on_test_end", logs=logs)
        self._batch_end = "on_train_batch_end"

    def on_test_batch_begin(self, batch, logs=None):
        self._call_batch("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        self._call_batch("on_test_batch_end", batch, logs)

    def on_predict_begin(self, logs=None):
        self._find_listeners()
        self._call("on_predict_begin", logs=logs)

    def on_predict_end(self, logs=None):
        self._call("on_predict_end", logs=logs)

    def on_predict_batch_begin(self, batch, logs=None):
        self._call_batch("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        self._call_batch("on_predict_batch_end", batch, logs)

    def _find_listeners(self) -> None:
        """Notes who overrides which hook, so that a batch asks nobody in vain."""
        self._listeners = {
            hook: [callback for callback in self.callbacks if overrides(callback, hook)] for hook in HOOKS
        }

    def _call(self, hook: str, *position: int, logs) -> None:
        logs = _python_numbers(logs)
        for callback in self._listeners[hook]:
            getattr(callback, hook)(*position, logs)

    def _call_batch(self, hook: str, batch: int, logs) -> None:
        listeners = self._listeners[hook]
        if listeners:
            logs = _python_numbers(logs)
            for callback in listeners:
                getattr(callback, hook)(batch, logs=logs)


def _flat(callbacks) -> list[Callback]:
    """Returns the callbacks in possibly nested lists."""
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [callback for item in callbacks for callback in _flat(item)]
    if not isinstance(callbacks, Callback):
        raise ValueError(f"`callbacks` must be Callback objects, or a list of them; received {callbacks!r}.")
    return [callbacks]


def _python_numbers(logs: dict | None) -> dict:
    """Returns the logs sorted by name, numbers as Python floats, dictionaries within unfolded; arrays stay."""
    result = {}
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, dict):
            result.update(_python_numbers(value))
        else:
            number = isinstance(value, (int, float)) or getattr(value, "ndim", None) == 0
            result[name] = float(value) if number else value
    return result
