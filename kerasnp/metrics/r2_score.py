"""The coefficient of determination."""

import warnings

import numpy as np

from kerasnp.losses.base import spread_weights
from kerasnp.metrics.accuracy import fitted
from kerasnp.metrics.base import Metric, increase, register, scalar

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")
NO_VARIANCE = 1e-14  # of the mean square: what rounding leaves over of equal numbers in float64


@register()
class R2Score(Metric):
    """``1 - sum((t - p)^2) / sum((t - mean(t))^2)``: the part of the targets' variance that the predictions explain.

    1 is best; 0 is as good as always the mean. Targets without variance give 0. The adjusted score for n samples and r
    regressors is ``1 - (1 - R2) (n - 1) / (n - r - 1)``; as in Keras n is the number of target values.

    Args:
        class_aggregation: ``"uniform_average"`` for the mean over the outputs, ``"variance_weighted_average"`` for
            their mean weighted by the targets' variance, None for an array, one score an output.
        num_regressors: r of the adjusted score; 0 for the plain one.
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.

    Raises:
        ValueError: an argument has none of the values above.
    """

    _direction = "up"

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", dtype=None):
        super().__init__(dtype, name)
        if class_aggregation not in AGGREGATIONS:
            raise ValueError(
                f"Invalid value for argument `class_aggregation`. Expected one of {AGGREGATIONS}. "
                f"Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(
                "Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", "float64", name="num_samples")
        self._built = False

    def _build(self, outputs: int) -> None:
        # Float64 not only counts further: the variance below is a difference of large sums.
        self.squared_sum, self.sum, self.total_mse, self.count = (
            self.add_variable((outputs,), "zeros", "float64", name=name)
            for name in ("squared_sum", "sum", "residual", "count")
        )
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Adds a batch.

        Args:
            y_true: targets (samples, outputs), or (samples,) beside one output.
            y_pred: predictions (samples, outputs).
            sample_weight: one weight a sample, or one a value.

        Raises:
            ValueError: other shapes.
        """
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        if y_pred.ndim == 1 and y_true.ndim == 2:
            y_pred = y_pred[:, None]
        if y_pred.ndim != 2:
            raise ValueError(
                "R2Score expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
                f"y_pred.shape={y_pred.shape} and y_true.shape={y_true.shape}."
            )
        y_true = fitted(self, y_true, y_pred.shape).astype(self.dtype).astype(np.float64)
        error = y_true - y_pred.astype(self.dtype)
        weights = np.ones(y_true.shape) if sample_weight is None else spread_weights(sample_weight, y_true.shape)
        if not self._built:
            self._build(y_pred.shape[1])
        weighted = y_true * weights
        self.sum.value += weighted.sum(axis=0)
        self.squared_sum.value += (y_true * weighted).sum(axis=0)
        self.total_mse.value += (error * error * weights).sum(axis=0)
        self.count.value += weights.sum(axis=0)
        increase(self.num_samples, y_true.size)

    def result(self):
        """Returns a float, or an array (outputs,) if ``class_aggregation`` is None."""
        if not self._built or not self.count.value.any():
            return 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = self.squared_sum.value - self.sum.value**2 / self.count.value
            variance[variance < NO_VARIANCE * self.squared_sum.value] = 0
            scores = 1 - self.total_mse.value / variance
        scores[np.isinf(scores)] = 0
        if self.class_aggregation is None:
            return self._adjusted(scores)
        if self.class_aggregation == "uniform_average":
            return float(self._adjusted(scores.mean()))
        total = variance.sum()
        return float(self._adjusted((variance * scores).sum() / total if total else np.nan))

    def _adjusted(self, score):
        samples, regressors = scalar(self.num_samples), self.num_regressors
        if regressors == 0:
            return score
        if regressors < samples - 1:
            return 1 - (1 - score) * (samples - 1) / (samples - regressors - 1)
        problem = (
            "Division by zero in Adjusted R2 score."
            if regressors == samples - 1
            else "More independent predictors than datapoints in adjusted R2 score."
        )
        warnings.warn(f"{problem} Falling back to standard R2 score.", stacklevel=3)
        return score

    def get_config(self) -> dict:
        settings = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **settings}
