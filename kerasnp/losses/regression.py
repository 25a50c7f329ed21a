"""Losses for numbers: squared, absolute, relative and logarithmic errors, and angles.

In the formulas t is a target, p a prediction, n the number of outputs, and sums and means run over the last axis. The
derivatives are in :mod:`kerasnp.kernels.loss`.
"""

import numpy as np

from kerasnp import config
from kerasnp.kernels import loss as codes
from kerasnp.losses.base import register
from kerasnp.losses.kernel_loss import KernelLoss, PointwiseLoss, functional


@register()
class MeanSquaredError(PointwiseLoss):
    """mean((p - t)^2); the gradient is 2 (p - t) / n."""

    function = codes.SQUARED_ERROR

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(reduction, name, dtype)


@register()
class MeanAbsoluteError(PointwiseLoss):
    """mean(|p - t|); the gradient is sign(p - t) / n, zero where they are equal."""

    function = codes.ABSOLUTE_ERROR

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(reduction, name, dtype)


@register()
class MeanAbsolutePercentageError(PointwiseLoss):
    """100 mean(|p - t| / max(|t|, epsilon))."""

    function = codes.PERCENTAGE_ERROR

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None):
        super().__init__(reduction, name, dtype)


@register()
class MeanSquaredLogarithmicError(PointwiseLoss):
    """mean((log(1 + max(p, epsilon)) - log(1 + max(t, epsilon)))^2)."""

    function = codes.LOGARITHMIC_ERROR

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(reduction, name, dtype)


@register()
class Huber(PointwiseLoss):
    """The mean of (p - t)^2 / 2 near the target and of delta |p - t| - delta^2 / 2 far from it.

    Source: Huber 1964, "Robust estimation of a location parameter".

    Args:
        delta: the distance where one becomes the other, with equal slopes.
        reduction, name, dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    function = codes.HUBER

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        super().__init__(reduction, name, dtype)
        self.delta = self.parameter = float(delta)

    def get_config(self) -> dict:
        return {**super().get_config(), "delta": self.delta}


@register()
class LogCosh(PointwiseLoss):
    """mean(log(cosh(p - t))): about (p - t)^2 / 2 for small errors, |p - t| - log(2) for large ones."""

    function = codes.LOG_COSH

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(reduction, name, dtype)


@register()
class CosineSimilarity(KernelLoss):
    """Minus the cosine of the angle between t and p: -1 where they point the same way, 1 where they are opposite.

    Args:
        axis: the axis of the vectors.
        reduction, name, dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    def __init__(self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", dtype=None):
        super().__init__(name, reduction, dtype)
        self.axis = axis

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        kernels.cosine_similarity(y_true, y_pred, scale, config.epsilon(), values, gradient)

    def get_config(self) -> dict:
        # Keras leaves the axis out; we keep it where it says something.
        return {**super().get_config(), **({} if self.axis == -1 else {"axis": self.axis})}


@functional(MeanSquaredError, "mse", "MSE")
def mean_squared_error(y_true, y_pred) -> np.ndarray:
    """Returns :class:`MeanSquaredError` of each sample."""
    return MeanSquaredError().call(y_true, y_pred)


@functional(MeanAbsoluteError, "mae", "MAE")
def mean_absolute_error(y_true, y_pred) -> np.ndarray:
    """Returns :class:`MeanAbsoluteError` of each sample."""
    return MeanAbsoluteError().call(y_true, y_pred)


@functional(MeanAbsolutePercentageError, "mape", "MAPE")
def mean_absolute_percentage_error(y_true, y_pred) -> np.ndarray:
    """Returns :class:`MeanAbsolutePercentageError` of each sample."""
    return MeanAbsolutePercentageError().call(y_true, y_pred)


@functional(MeanSquaredLogarithmicError, "msle", "MSLE")
def mean_squared_logarithmic_error(y_true, y_pred) -> np.ndarray:
    """Returns :class:`MeanSquaredLogarithmicError` of each sample."""
    return MeanSquaredLogarithmicError().call(y_true, y_pred)


@functional(Huber)
def huber(y_true, y_pred, delta=1.0) -> np.ndarray:
    """Returns :class:`Huber` of each sample."""
    return Huber(delta).call(y_true, y_pred)


@functional(LogCosh, "logcosh")
def log_cosh(y_true, y_pred) -> np.ndarray:
    """Returns :class:`LogCosh` of each sample."""
    return LogCosh().call(y_true, y_pred)


@functional(CosineSimilarity)
def cosine_similarity(y_true, y_pred, axis=-1) -> np.ndarray:
    """Returns :class:`CosineSimilarity` of each sample."""
    return CosineSimilarity(axis).call(y_true, y_pred)
