"""Sums and means over batches, and the metrics that are a mean of one value a sample."""

import math

import numpy as np

from kerasnp import kernels, registry
from kerasnp.losses import get as get_loss
from kerasnp.losses.base import spread_weights
from kerasnp.metrics.base import Metric, functions, increase, register, scalar


@register()
class Sum(Metric):
    """The sum of all values, each times its weight.

    Args:
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(dtype, name)
        # Sums over many batches need more digits than float32 has.
        self.total = self.add_variable((), "zeros", "float64", name="total")

    def update_state(self, values, sample_weight=None) -> None:
        """Adds ``values`` (samples, ...); weights have some of their first axes."""
        values = np.asarray(values)
        if sample_weight is not None:
            values = values * spread_weights(sample_weight, values.shape)
        self.total.value += values.sum()

    def result(self) -> float:
        return scalar(self.total)


@register()
class Mean(Metric):
    """The weighted mean of all samples; a sample with several values counts by their mean. Zero before the first.

    Args:
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", "float64", name="total")
        self.count = self.add_variable((), "zeros", "float64", name="count")

    def update_state(self, values, sample_weight=None) -> None:
        """Adds ``values`` (samples, ...), or one number; weights have some of their first axes."""
        values = np.asarray(values)
        weights = None if sample_weight is None else spread_weights(sample_weight, values.shape)
        self._add(values if weights is None else values * weights, weights)

    def add(self, mean: float, count: float) -> None:
        """Adds ``count`` samples at once, of which only the mean is known."""
        increase(self.total, mean * count)
        increase(self.count, count)

    def _add(self, weighted: np.ndarray, weights: np.ndarray | None) -> None:
        each = math.prod(weighted.shape[1:])  # values a sample
        if weighted.size == 0:
            return
        # NumPy adds pairwise: one batch loses no digits in float32, and adding in float64 would take a copy.
        increase(self.total, np.add.reduce(weighted, axis=None) / each)
        if weights is None:
            increase(self.count, len(weighted) if weighted.ndim else 1)
        else:
            increase(self.count, np.add.reduce(weights, axis=None) / each)

    def result(self) -> float:
        count = scalar(self.count)
        return scalar(self.total) / count if count else 0.0


@register()
class MeanMetricWrapper(Mean):
    """The mean of a function ``fn(y_true, y_pred, **kwargs)``, which returns one value a sample.

    Args:
        fn: the function.
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.
        **kwargs: further arguments for ``fn``.
    """

    uses_mask = True

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name, dtype)
        self._fn = fn
        self._fn_settings = kwargs
        if hasattr(fn, "loss_class"):
            self._direction = "down"

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        values = self._fn(np.asarray(y_true), np.asarray(y_pred), **self._fn_settings)
        super().update_state(values, sample_weight)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "fn": registry.serialize_keras_object(self._fn),
            **registry.serialize_keras_object(self._fn_settings),
        }

    @classmethod
    def from_config(cls, config: dict) -> "MeanMetricWrapper":
        if "fn" not in config:
            return cls(**config)
        fn = config["fn"]
        found = functions.find(fn) if isinstance(fn, str) and fn in functions.entries else get_loss(fn)
        return cls(**{**config, "fn": found})


class RowMetric(Mean):
    """The mean of a kernel's values, one a row; repeated updates of one size allocate nothing.

    A subclass defines :meth:`arrange` and :meth:`fill`.
    """

    uses_mask = True

    def __init__(self, name=None, dtype=None):
        super().__init__(name, dtype)
        self._values = np.empty(0)

    def arrange(self, y_true, y_pred) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
        """Returns targets and predictions as rows, as the kernel takes them, and the shape of the values."""
        raise NotImplementedError

    def fill(self, y_true: np.ndarray, y_pred: np.ndarray, values: np.ndarray, kernels) -> None:
        """Fills ``values`` (rows,) by a kernel."""
        raise NotImplementedError

    def values(self, y_true, y_pred) -> np.ndarray:
        """Returns the values; the array is used again by the next call."""
        y_true, y_pred, shape = self.arrange(y_true, y_pred)
        if self._values.size < len(y_pred) or self._values.dtype != y_pred.dtype:
            self._values = np.empty(len(y_pred), y_pred.dtype)
        values = self._values[: len(y_pred)]
        self.fill(y_true, y_pred, values, kernels.table(y_pred.dtype))
        return values.reshape(shape)

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Adds a batch.

        Args:
            y_true: targets.
            y_pred: predictions (samples, ..., outputs).
            sample_weight: (samples,), (samples, 1), or one weight a row (samples, ...).
        """
        values = self.values(y_true, y_pred)
        weights = None
        if sample_weight is not None:
            weights = spread_weights(sample_weight, values.shape)
            values *= weights
        self._add(values, weights)
