"""The best of one rate where another one reaches a given value: points of the ROC and precision-recall curves."""

import numpy as np

from kerasnp.metrics.base import register
from kerasnp.metrics.confusion import ConfusionMetric, ratio


class OperatingPoint(ConfusionMetric):
    """The largest value of one rate among the thresholds at which another rate is at least a given value.

    The thresholds divide [0, 1] evenly; zero if at none of them the value is reached.

    Args:
        value: what the other rate has to reach, in [0, 1].
        num_thresholds: their number; 1 means the threshold 0.5 alone.
        class_id: the one class to look at; None for all together.
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.

    Raises:
        ValueError: ``value`` is outside [0, 1], or ``num_thresholds`` is not positive.
    """

    _direction = "up"
    given: str  # the constructor's name of ``value``

    def __init__(self, value, num_thresholds=200, class_id=None, name=None, dtype=None):
        if not 0 <= value <= 1:
            raise ValueError(f"Argument `{self.given}` must be in the range [0, 1]. Received: {self.given}={value}")
        if num_thresholds <= 0:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={num_thresholds}"
            )
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self.thresholds = [0.5] if num_thresholds == 1 else np.linspace(0, 1, num_thresholds).tolist()
        super().__init__(self.thresholds, dtype, name)
        self._add_counts()

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        self._count(y_true, y_pred, sample_weight, class_id=self.class_id)

    def _best(self, wanted: np.ndarray, constrained: np.ndarray) -> float:
        # The value as Keras compares it: 0.3 in float32 lies above 0.3, and a rate of 3 / 10 must reach it.
        enough = constrained.astype(self.dtype) >= np.asarray(self.value, self.dtype)
        return float(np.max(wanted, initial=0.0, where=enough))

    @property
    def _recall(self) -> np.ndarray:
        hits = self.true_positives.value
        return ratio(hits, hits + self.false_negatives.value)

    @property
    def _precision(self) -> np.ndarray:
        hits = self.true_positives.value
        return ratio(hits, hits + self.false_positives.value)

    @property
    def _specificity(self) -> np.ndarray:
        rejected = self.true_negatives.value
        return ratio(rejected, rejected + self.false_positives.value)

    def get_config(self) -> dict:
        settings = {"class_id": self.class_id, "num_thresholds": self.num_thresholds, self.given: self.value}
        return {**super().get_config(), **settings}


@register()
class SensitivityAtSpecificity(OperatingPoint):
    """The best sensitivity TP / (TP + FN) at a specificity TN / (TN + FP) of at least ``specificity``.

    Args:
        specificity: in [0, 1].
        num_thresholds, class_id, name, dtype: see :class:`OperatingPoint`.
    """

    given = "specificity"

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity

    def result(self) -> float:
        return self._best(self._recall, self._specificity)


@register()
class SpecificityAtSensitivity(OperatingPoint):
    """The best specificity TN / (TN + FP) at a sensitivity TP / (TP + FN) of at least ``sensitivity``.

    Args:
        sensitivity: in [0, 1].
        num_thresholds, class_id, name, dtype: see :class:`OperatingPoint`.
    """

    given = "sensitivity"

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity

    def result(self) -> float:
        return self._best(self._specificity, self._recall)


@register()
class PrecisionAtRecall(OperatingPoint):
    """The best precision TP / (TP + FP) at a recall TP / (TP + FN) of at least ``recall``.

    Args:
        recall: in [0, 1].
        num_thresholds, class_id, name, dtype: see :class:`OperatingPoint`.
    """

    given = "recall"

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall

    def result(self) -> float:
        return self._best(self._precision, self._recall)


@register()
class RecallAtPrecision(OperatingPoint):
    """The best recall TP / (TP + FN) at a precision TP / (TP + FP) of at least ``precision``.

    Args:
        precision: in [0, 1].
        num_thresholds, class_id, name, dtype: see :class:`OperatingPoint`.
    """

    given = "precision"

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision

    def result(self) -> float:
        return self._best(self._recall, self._precision)
