"""F-scores: precision and recall in one number."""

import numpy as np

from kerasnp import config
from kerasnp.losses.base import spread_weights
from kerasnp.metrics.base import Metric, register
from kerasnp.metrics.confusion import COUNTS

AVERAGES = (None, "micro", "macro", "weighted")
CERTAIN_ZERO = 1e-9  # the largest prediction of a row is no decision if it is not even this far from zero


@register()
class FBetaScore(Metric):
    """``(1 + beta^2) precision recall / (beta^2 precision + recall)`` (van Rijsbergen 1979).

    Args:
        average: None for an array, one score a class; ``"micro"`` for the score of all classes' counts together;
            ``"macro"`` for the mean of the scores; ``"weighted"`` for their mean weighted by how often a class occurs.
        beta: how many times as much recall matters as precision; a positive float.
        threshold: a prediction above it means yes, in (0, 1]; None: the largest of each row means yes.
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.

    Raises:
        ValueError: an argument has none of the values above.
    """

    _direction = "up"

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(dtype, name)
        if average not in AVERAGES:
            raise ValueError(
                "Invalid `average` argument value. Expected one of: {None, 'micro', 'macro', 'weighted'}. "
                f"Received: average={average}"
            )
        _check_float("beta", beta)
        if beta <= 0:
            raise ValueError(f"Invalid `beta` argument value. It should be > 0. Received: beta={beta}")
        if threshold is not None:
            _check_float("threshold", threshold)
            if not 0 < threshold <= 1:
                raise ValueError(
                    "Invalid `threshold` argument value. It should verify 0 < threshold <= 1. "
                    f"Received: threshold={threshold}"
                )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self._built = False

    def _build(self, classes: int) -> None:
        shape = () if self.average == "micro" else (classes,)
        self.true_positives, self.false_positives, self.false_negatives, self.intermediate_weights = (
            self.add_variable(shape, "zeros", "float64", name=name)
            for name in (COUNTS[0], COUNTS[1], COUNTS[3], "intermediate_weights")
        )
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Adds a batch.

        Args:
            y_true: targets (samples, classes), 0 or 1.
            y_pred: predictions (samples, classes).
            sample_weight: one weight a sample.

        Raises:
            ValueError: other shapes.
        """
        y_true, y_pred = np.asarray(y_true, self.dtype), np.asarray(y_pred, self.dtype)
        if y_true.ndim != 2 or y_pred.ndim != 2:
            raise ValueError(
                f"FBetaScore expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
                f"y_pred.shape={y_pred.shape} and y_true.shape={y_true.shape}."
            )
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"Metric {self.name!r} expects targets (y_true) of the shape of the predictions (y_pred), "
                f"{y_pred.shape}; received shape {y_true.shape}."
            )
        if not self._built:
            self._build(y_pred.shape[1])
        if self.threshold is None:
            found = (y_pred >= y_pred.max(axis=1, keepdims=True)) & (np.abs(y_pred) > CERTAIN_ZERO)
        else:
            found = y_pred > np.asarray(self.threshold, self.dtype)
        weights = None if sample_weight is None else spread_weights(sample_weight, y_pred.shape)
        axis = None if self.average == "micro" else 0
        for variable, values in (
            (self.true_positives, found * y_true),
            (self.false_positives, found * (1 - y_true)),
            (self.false_negatives, ~found * y_true),
            (self.intermediate_weights, y_true),
        ):
            variable.value[...] += (values if weights is None else values * weights).sum(axis=axis, dtype=np.float64)

    def result(self):
        """Returns a float, or an array (classes,) if ``average`` is None."""
        if not self._built:
            return 0.0
        hits, epsilon, beta2 = self.true_positives.value, config.epsilon(), self.beta**2
        precision = hits / (hits + self.false_positives.value + epsilon)
        recall = hits / (hits + self.false_negatives.value + epsilon)
        scores = (1 + beta2) * precision * recall / (beta2 * precision + recall + epsilon)
        if self.average is None:
            return scores
        if self.average != "weighted":
            return float(np.mean(scores))
        weights = self.intermediate_weights.value
        return float(np.sum(scores * weights / (weights.sum() + epsilon)))

    def get_config(self) -> dict:
        return {**super().get_config(), "average": self.average, "beta": self.beta, "threshold": self.threshold}


@register()
class F1Score(FBetaScore):
    """``2 precision recall / (precision + recall)``: the harmonic mean of the two.

    Args:
        average, threshold, name, dtype: see :class:`FBetaScore`.
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict:
        settings = super().get_config()
        del settings["beta"]
        return settings


def _check_float(name: str, value) -> None:
    if not isinstance(value, float):
        raise ValueError(
            f"Invalid `{name}` argument value. It should be a Python float. "
            f"Received: {name}={value} of type '{type(value)}'"
        )
