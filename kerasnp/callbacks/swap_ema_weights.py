"""Judge and keep the averaged weights."""

from kerasnp.callbacks.base import Callback


class SwapEMAWeights(Callback):
    """Puts the moving averages in the weights' place while the model is evaluated or predicts.

    The optimizer must have ``use_ema=True``.

    Args:
        swap_on_epoch: whether the averages are also in place when other callbacks see the end of an epoch, so that a
            ``ModelCheckpoint`` saves them. This callback must then come before that one.

    Raises:
        ValueError: when it comes to a swap, if the optimizer has no averages.
    """

    def __init__(self, swap_on_epoch=False):
        self.swap_on_epoch = swap_on_epoch
        self._averages_in_place = False

    def on_epoch_begin(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._put_averages(False)

    def on_epoch_end(self, epoch, logs=None):
        if self.swap_on_epoch and not self._averages_in_place:
            self._put_averages(True)
            # At the end of fit the optimizer copies its averages into the weights; after the last epoch they are there
            # already.
            if epoch == self.params["epochs"] - 1:
                self.model.optimizer.restart_averages()

    def on_test_begin(self, logs=None):
        self._put_averages(True)

    def on_test_end(self, logs=None):
        self._put_averages(False)

    def on_predict_begin(self, logs=None):
        self._put_averages(True)

    def on_predict_end(self, logs=None):
        self._put_averages(False)

    def _put_averages(self, wanted: bool) -> None:
        if wanted == self._averages_in_place:
            return
        optimizer = self.model.optimizer
        if not getattr(optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. Received: "
                f"use_ema={getattr(optimizer, 'use_ema', None)}"
            )
        optimizer.swap_averages()
        self._averages_in_place = wanted
