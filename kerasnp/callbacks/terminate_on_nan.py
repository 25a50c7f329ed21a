"""Stop when the loss is lost."""

import math

from kerasnp.callbacks.base import Callback
from kerasnp.utils.console import print_msg


class TerminateOnNaN(Callback):
    """Ends training at the first batch after which the loss is NaN or infinite.

    Args:
        raise_error: whether to raise instead of ending ``fit`` in the ordinary way; other callbacks do not get
            ``on_train_end`` then.

    Raises:
        RuntimeError: in ``fit``, with ``raise_error``.
    """

    def __init__(self, raise_error: bool = False):
        self.raise_error = raise_error

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating training immediately."
            )
        print_msg(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
