"""A callback made of functions."""

from kerasnp.callbacks.base import HOOKS, Callback


class LambdaCallback(Callback):
    """Calls the given functions at the hooks of their names.

    Functions at the end or beginning of epochs take ``(epoch, logs)``, of batches ``(batch, logs)``, others ``(logs)``.
    The parameters must have these names: batch hooks pass ``logs`` by name.

    Args:
        on_epoch_begin, on_epoch_end, on_train_begin, on_train_end, on_train_batch_begin, on_train_batch_end: functions.
        **kwargs: functions for the other hooks.

    Raises:
        ValueError: there is no such hook.
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        functions = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        unknown = sorted(set(functions) - set(HOOKS))
        if unknown:
            raise ValueError(f"LambdaCallback knows no hook {', '.join(unknown)}; the hooks are {', '.join(HOOKS)}.")
        for hook, function in functions.items():
            if function is not None:
                setattr(self, hook, function)
