"""The area under the curve that a classifier draws as its threshold moves."""

import json

import numpy as np

from kerasnp import activations, config
from kerasnp.metrics.base import register
from kerasnp.metrics.confusion import ConfusionMetric, ratio

CURVES = ("PR", "ROC", "PRGAIN")
SUMMATIONS = ("interpolation", "majoring", "minoring")


@register()
class AUC(ConfusionMetric):
    """The area under the ROC or the precision-recall curve, as a Riemann sum over thresholds.

    ROC: recall TP / (TP + FN) over FP / (FP + TN). PR: precision TP / (TP + FP) over recall. PRGAIN: precision gain
    ``1 - (P / N) FP / TP`` over recall gain ``1 - (P / N) FN / TP`` (Flach and Kull 2015), P and N being the numbers of
    positive and negative targets. More thresholds where the predictions lie make the sum more exact.

    Args:
        num_thresholds: their number: evenly in [0, 1], the first just below 0 and the last just above 1.
        curve: ``"ROC"``, ``"PR"`` or ``"PRGAIN"``.
        summation_method: the height between two thresholds: ``"interpolation"`` for the mean of the two (for PR it
            interpolates the counts instead of the precision, which would give too much; Davis and Goadrich 2006),
            ``"minoring"`` for the smaller and ``"majoring"`` for the larger one.
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.
        thresholds: use these, with one below 0 and one above 1, in place of ``num_thresholds``.
        multi_label: whether each label (column of the predictions) has a curve of its own; the result is the mean of
            their areas. Else all labels share one curve.
        num_labels: the number of labels with ``multi_label``; None finds out from the first batch.
        label_weights: a weight for each label: of its area with ``multi_label``, else of its counts.
        from_logits: whether predictions are logits; then they pass through a sigmoid first.

    Raises:
        ValueError: an argument has none of the values above.
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        if thresholds is None and num_thresholds <= 1:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 1. Received: num_thresholds={num_thresholds}"
            )
        if num_labels and not multi_label:
            raise ValueError("`num_labels` is needed only when `multi_label` is True.")
        self.curve = _choice("curve", curve, CURVES)
        self.summation_method = _choice("summation method", summation_method, SUMMATIONS)
        self._init_from_thresholds = thresholds is not None
        inner = (
            np.linspace(0, 1, num_thresholds)[1:-1] if thresholds is None else np.sort(np.asarray(thresholds, float))
        )
        margin = config.epsilon()
        self.thresholds = [-margin, *inner.tolist(), 1 + margin]
        self.num_thresholds = len(self.thresholds)
        super().__init__(self.thresholds, dtype, name)
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else np.asarray(label_weights, np.float64)
        self.from_logits = from_logits
        self._built = False
        if not multi_label or num_labels:
            self._build(num_labels if multi_label else None)

    def _build(self, labels: int | None) -> None:
        self._add_counts(labels)
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Adds a batch.

        Args:
            y_true: targets, 0 or 1.
            y_pred: predictions in [0, 1], or logits; (samples, labels) with ``multi_label``.
            sample_weight: one weight a sample, or one a prediction.

        Raises:
            ValueError: with ``multi_label``, predictions that are not (samples, labels).
        """
        y_pred = np.asarray(y_pred, self.dtype)
        if self.multi_label and y_pred.ndim != 2:
            raise ValueError(
                f"`y_pred` must have rank 2 when `multi_label=True`. Found rank {y_pred.ndim}. Full shape received for "
                f"`y_pred`: {y_pred.shape}"
            )
        if not self._built:
            self._build(y_pred.shape[1])
        if self.multi_label and y_pred.shape[1] != self.true_positives.shape[1]:
            raise ValueError(
                f"Metric {self.name!r} counts {self.true_positives.shape[1]} labels; received predictions (y_pred) of "
                f"shape {y_pred.shape}."
            )
        if self.from_logits:
            y_pred = activations.sigmoid(y_pred)
        label_weights = None if self.multi_label else self.label_weights
        self._count(y_true, y_pred, sample_weight, by_label=self.multi_label, label_weights=label_weights)

    def result(self) -> float:
        if not self._built:
            return 0.0
        areas = self._interpolated_pr() if (self.curve, self.summation_method) == ("PR", SUMMATIONS[0]) else self._sum()
        if not self.multi_label:
            return float(areas)
        if self.label_weights is None:
            return float(areas.mean())
        return float(ratio(np.sum(areas * self.label_weights), np.sum(self.label_weights)))

    def _sum(self) -> np.ndarray:
        x, y = self._points()
        low, high = y[:-1], y[1:]
        if self.summation_method == "interpolation":
            heights = (low + high) / 2
        else:
            heights = (np.minimum if self.summation_method == "minoring" else np.maximum)(low, high)
        return ((x[:-1] - x[1:]) * heights).sum(axis=0)

    def _points(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the curve: x and y at each threshold."""
        tp, fp = self.true_positives.value, self.false_positives.value
        tn, fn = self.true_negatives.value, self.false_negatives.value
        if self.curve == "ROC":
            return ratio(fp, fp + tn), ratio(tp, tp + fn)
        if self.curve == "PR":
            return ratio(tp, tp + fn), ratio(tp, tp + fp)
        odds = ratio(tp + fn, tn + fp)
        recall_gain = np.where(tp == 0, 0.0, 1 - odds * ratio(fn, tp))
        return np.maximum(recall_gain, 0.0), np.where(tp == 0, 1.0, 1 - odds * ratio(fp, tp))

    def _interpolated_pr(self) -> np.ndarray:
        """The area under PR if between two thresholds TP grows linearly with TP + FP.

        With ``TP = slope (TP + FP) + intercept`` and found = TP + FP, the integral of precision over recall is
        ``slope (dTP + intercept log(found_a / found_b)) / (TP + FN)`` (Davis and Goadrich 2006).
        """
        tp, found = self.true_positives.value, self.true_positives.value + self.false_positives.value
        more, fewer = found[:-1], found[1:]
        gained = tp[:-1] - tp[1:]
        slope = ratio(gained, np.maximum(more - fewer, 0))
        intercept = tp[1:] - slope * fewer
        growth = np.divide(more, fewer, out=np.ones_like(more), where=(more > 0) & (fewer > 0))
        total = tp[1:] + self.false_negatives.value[1:]
        return ratio(slope * (gained + intercept * np.log(growth)), total).sum(axis=0)

    def get_config(self) -> dict:
        settings = {
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if self.label_weights is None else self.label_weights.tolist(),
            "from_logits": self.from_logits,
        }
        if self._init_from_thresholds:
            settings["thresholds"] = self.thresholds[1:-1]
        return {**super().get_config(), **settings}


def _choice(noun: str, value, choices: tuple[str, ...]) -> str:
    """Returns the choice that a user means: as it is written in ``choices``, lower case or capitalised."""
    for choice in choices:
        if value in (choice, choice.lower(), choice.capitalize() if choice.islower() else choice):
            return choice
    raise ValueError(f'Invalid AUC {noun} value: "{value}". Expected values are {json.dumps(choices)}')
