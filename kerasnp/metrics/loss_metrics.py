"""Metrics that are the mean of a loss."""

import numpy as np

from kerasnp import losses
from kerasnp.metrics.base import register
from kerasnp.metrics.reduction import RowMetric


class LossMetric(RowMetric):
    """The mean of a loss's values.

    Args:
        loss: a loss made of kernels.
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.
    """

    _direction = "down"

    def __init__(self, loss, name, dtype):
        super().__init__(name, dtype)
        self._loss = loss

    def arrange(self, y_true, y_pred):
        return self._loss.arrange(y_true, y_pred)

    def fill(self, y_true, y_pred, values, kernels) -> None:
        # The scale matters to gradients only; any array of its shape will do.
        self._loss.forward(y_true, y_pred, values, values, None, kernels)


@register("mse", "MSE")
class MeanSquaredError(LossMetric):
    """The mean of :class:`kerasnp.losses.MeanSquaredError`."""

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(losses.MeanSquaredError(), name, dtype)


@register()
class RootMeanSquaredError(LossMetric):
    """The square root of the mean of all squared errors."""

    uses_mask = False  # as in Keras, which takes the mean of its own values

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(losses.MeanSquaredError(), name, dtype)

    def arrange(self, y_true, y_pred):
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        if y_pred.ndim == 1:  # then every element is a sample, unlike for the mean squared error
            y_true, y_pred = y_true.reshape(-1, 1), y_pred[:, None]
        return super().arrange(y_true, y_pred)

    def result(self) -> float:
        return super().result() ** 0.5


@register("mae", "MAE")
class MeanAbsoluteError(LossMetric):
    """The mean of :class:`kerasnp.losses.MeanAbsoluteError`."""

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(losses.MeanAbsoluteError(), name, dtype)


@register("mape", "MAPE")
class MeanAbsolutePercentageError(LossMetric):
    """The mean of :class:`kerasnp.losses.MeanAbsolutePercentageError`."""

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(losses.MeanAbsolutePercentageError(), name, dtype)


@register("msle", "MSLE")
class MeanSquaredLogarithmicError(LossMetric):
    """The mean of :class:`kerasnp.losses.MeanSquaredLogarithmicError`."""

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(losses.MeanSquaredLogarithmicError(), name, dtype)


@register("log_cosh", "logcosh")
class LogCoshError(LossMetric):
    """The mean of :class:`kerasnp.losses.LogCosh`."""

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(losses.LogCosh(), name, dtype)


@register()
class CosineSimilarity(LossMetric):
    """The mean cosine of the angle between targets and predictions: minus the loss of that name."""

    _direction = "up"

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(losses.CosineSimilarity(axis), name, dtype)
        self.axis = axis

    def fill(self, y_true, y_pred, values, kernels) -> None:
        super().fill(y_true, y_pred, values, kernels)
        np.negative(values, out=values)

    def get_config(self) -> dict:
        # Keras leaves the axis out; we keep it where it says something.
        return {**super().get_config(), **({} if self.axis == -1 else {"axis": self.axis})}


@register("bce", "BCE")
class BinaryCrossentropy(LossMetric):
    """The mean of :class:`kerasnp.losses.BinaryCrossentropy`."""

    def __init__(self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0):
        super().__init__(losses.BinaryCrossentropy(from_logits, label_smoothing), name, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing

    def get_config(self) -> dict:
        settings = {"from_logits": self.from_logits, "label_smoothing": self.label_smoothing}
        return {**super().get_config(), **settings}


@register()
class CategoricalCrossentropy(LossMetric):
    """The mean of :class:`kerasnp.losses.CategoricalCrossentropy`."""

    def __init__(self, name="categorical_crossentropy", dtype=None, from_logits=False, label_smoothing=0, axis=-1):
        super().__init__(losses.CategoricalCrossentropy(from_logits, label_smoothing, axis), name, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def get_config(self) -> dict:
        settings = {"from_logits": self.from_logits, "label_smoothing": self.label_smoothing, "axis": self.axis}
        return {**super().get_config(), **settings}


@register()
class SparseCategoricalCrossentropy(LossMetric):
    """The mean of :class:`kerasnp.losses.SparseCategoricalCrossentropy`; samples of ``ignore_class`` count as zero."""

    def __init__(
        self, name="sparse_categorical_crossentropy", dtype=None, from_logits=False, ignore_class=None, axis=-1
    ):
        super().__init__(losses.SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis), name, dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def get_config(self) -> dict:
        settings = {"from_logits": self.from_logits, "ignore_class": self.ignore_class, "axis": self.axis}
        return {**super().get_config(), **settings}


@register("kld", "KLD")
class KLDivergence(LossMetric):
    """The mean of :class:`kerasnp.losses.KLDivergence`."""

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(losses.KLDivergence(), name, dtype)


@register()
class Poisson(LossMetric):
    """The mean of :class:`kerasnp.losses.Poisson`."""

    def __init__(self, name="poisson", dtype=None):
        super().__init__(losses.Poisson(), name, dtype)


@register()
class Hinge(LossMetric):
    """The mean of :class:`kerasnp.losses.Hinge`."""

    def __init__(self, name="hinge", dtype=None):
        super().__init__(losses.Hinge(), name, dtype)


@register()
class SquaredHinge(LossMetric):
    """The mean of :class:`kerasnp.losses.SquaredHinge`."""

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(losses.SquaredHinge(), name, dtype)


@register()
class CategoricalHinge(LossMetric):
    """The mean of :class:`kerasnp.losses.CategoricalHinge`."""

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(losses.CategoricalHinge(), name, dtype)
