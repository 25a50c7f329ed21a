"""Losses whose equations are kernels, and the functions that go with them."""

import math

import numpy as np

from kerasnp import config, kernels
from kerasnp.losses.base import Loss, register
from kerasnp.utils.arrays import as_floats, rows_of


class KernelLoss(Loss):
    """A loss that is written as ``forward`` alone: ``call`` and ``gradient`` are made from it.

    Attributes:
        axis: the axis of the outputs. A model can be trained on the last one only.
    """

    axis = -1

    def call(self, y_true, y_pred) -> np.ndarray:
        """Returns the values: the shape of ``y_pred`` without :attr:`axis`."""
        return self._evaluate(y_true, y_pred, with_gradient=False)[0]

    def gradient(self, y_true, y_pred) -> np.ndarray:
        """Returns the derivative of each value by its predictions, of the shape of ``y_pred``."""
        return self._evaluate(y_true, y_pred, with_gradient=True)[1]

    def _evaluate(self, y_true, y_pred, with_gradient: bool):
        targets, rows, shape = self.arrange(y_true, y_pred)
        values = np.empty(len(rows), rows.dtype)
        gradient = np.empty_like(rows) if with_gradient else None
        self.forward(targets, rows, np.ones_like(values), values, gradient, kernels.table(rows.dtype))
        if with_gradient:
            gradient = np.moveaxis(gradient.reshape(*shape, -1), -1, self.axis).reshape(np.shape(y_pred))
        return values.reshape(shape), gradient

    def arrange(self, y_true, y_pred) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
        """Returns targets and predictions as :meth:`forward` takes them, and the shape of the values.

        Arrays that have that form already are not copied.
        """
        y_true, y_pred = np.asarray(y_true), as_floats(y_pred)
        if y_pred.ndim == 1 and y_true.ndim == 2:
            y_pred = y_pred[:, None]  # (n,) beside (n, 1)
        if not self._is_last(self.axis, y_pred.ndim):
            if y_true.ndim == y_pred.ndim:
                y_true = np.moveaxis(y_true, self.axis, -1)
            y_pred = np.moveaxis(y_pred, self.axis, -1)
        targets = self.prepare_targets(y_true, y_pred.shape, y_pred.dtype)
        return targets, rows_of(np.ascontiguousarray(y_pred)), y_pred.shape[:-1]

    def prepare_targets(self, y_true: np.ndarray, y_pred_shape: tuple[int, ...], dtype) -> np.ndarray:
        """Returns targets of any fitting shape as ``forward`` takes them: (rows, outputs) of ``dtype``."""
        self.fitted_shape(y_true.shape, y_pred_shape)
        return np.ascontiguousarray(y_true, dtype).reshape(math.prod(y_pred_shape[:-1]), y_pred_shape[-1])

    def target_shape(self, y_shape, y_pred_shape) -> tuple[int, ...]:
        """As :meth:`Loss.target_shape`; also raises a ValueError if :attr:`axis` is not the last."""
        if not self._is_last(self.axis, len(y_pred_shape)):
            raise ValueError(
                f"Loss {self.name!r} has axis={self.axis}, but a model is trained on the last axis only; received "
                f"predictions (y_pred) of shape {tuple(y_pred_shape)}."
            )
        return self.fitted_shape(y_shape, y_pred_shape)

    @staticmethod
    def _is_last(axis: int, rank: int) -> bool:
        return axis in (-1, rank - 1)


class PointwiseLoss(KernelLoss):
    """The mean over the outputs of a function of one target and one prediction.

    Attributes:
        function: the code of that function in :mod:`kerasnp.kernels.loss`.
        parameter: its parameter, if it has one.
    """

    function: int
    parameter = 0.0

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        super().__init__(name, reduction, dtype)

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        kernels.pointwise_loss(y_true, y_pred, scale, self.function, self.parameter, config.epsilon(), values, gradient)


def functional(loss_class: type[KernelLoss], *aliases: str):
    """Returns a decorator that registers a function as the unreduced form of ``loss_class``.

    The function gets two attributes: ``loss_class``, and ``gradient(y_true, y_pred, **settings)``.
    """

    def enter(function):
        def gradient(y_true, y_pred, **settings):
            return loss_class(**settings).gradient(y_true, y_pred)

        function.loss_class = loss_class
        function.gradient = gradient
        return register(*aliases)(function)

    return enter
