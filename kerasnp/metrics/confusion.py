"""Counting hits and misses at many thresholds at once, which the metrics of binary decisions share.

A prediction p counts as positive at a threshold if ``p > threshold``. So of a prediction only one thing matters: how
many of the sorted thresholds lie below it. A histogram of these ranks, summed up from both ends, gives the four counts
at all thresholds: time and memory grow with samples plus thresholds, not with their product.
"""

import numpy as np

from kerasnp import config
from kerasnp.losses.base import spread_weights
from kerasnp.metrics.accuracy import fitted
from kerasnp.metrics.base import Metric

NEVER = -1e10  # what stands for a prediction outside the top k, and the threshold that tells it from those inside
COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class ConfusionMetric(Metric):
    """A metric made of some of the four counts, each at every threshold.

    Args:
        thresholds: the thresholds, in the order of the results.
        dtype, name: see :class:`~kerasnp.metrics.base.Metric`; predictions are compared in ``dtype``.
    """

    counted: tuple[str, ...] = COUNTS  # the counts that the metric keeps, in the order of its variables

    def __init__(self, thresholds, dtype=None, name=None):
        super().__init__(dtype, name)
        self._levels = Levels(thresholds, self.dtype)

    def _add_counts(self, labels: int | None = None) -> None:
        """Makes a variable for each count: (thresholds,), or (thresholds, labels)."""
        shape = (len(self._levels),) if labels is None else (len(self._levels), labels)
        for name in self.counted:
            # Beyond 2^24 float32 cannot count.
            setattr(self, name, self.add_variable(shape, "zeros", "float64", name=name))

    def _count(self, y_true, y_pred, sample_weight=None, top_k=None, class_id=None, by_label=False, label_weights=None):
        """Adds a batch to the counts.

        Args:
            y_true: targets; all but 0 are positive.
            y_pred: predictions (samples, ..., labels).
            sample_weight: one weight a sample, or one a prediction; None for ones.
            top_k: predictions that are not among the k largest of their row are never positive; None for no limit.
            class_id: the one label to look at; None for all.
            by_label: whether to count each label (column) for itself; predictions are (samples, labels) then.
            label_weights: a weight for each label, or None.

        Raises:
            ValueError: shapes that do not fit, or a ``class_id`` where predictions have no label axis.
        """
        y_pred = np.asarray(y_pred, self.dtype)
        y_true = fitted(self, np.asarray(y_true), y_pred.shape) != 0
        if top_k is not None:
            y_pred = keep_top(y_pred, top_k)
        if class_id is not None:
            if y_pred.ndim == 1:
                raise ValueError(
                    "When class_id is provided, y_pred must be a 2D array with shape (num_samples, num_classes), "
                    f"found shape: {y_pred.shape}"
                )
            y_true, y_pred = y_true[..., class_id, None], y_pred[..., class_id, None]
        weights = None
        if sample_weight is not None:
            weights = spread_weights(sample_weight, y_pred.shape)
        if label_weights is not None:
            weights = np.broadcast_to(label_weights, y_pred.shape) * (1.0 if weights is None else weights)
        found = count(self._levels, y_true, y_pred, weights, by_label)
        for name in self.counted:
            getattr(self, name).value[...] += found[name]


class Levels:
    """Thresholds, and how many of them lie below a prediction.

    Args:
        thresholds: numbers in any order.
        dtype: the type in which they are compared with predictions.

    Attributes:
        even: whether they divide [0, 1] evenly. Then ranks are worked out instead of searched for, and with the
            rounding that Keras has there.
    """

    def __init__(self, thresholds, dtype):
        values = np.asarray(thresholds, np.float64)
        self.even = len(values) > 2 and np.allclose(values, np.linspace(0, 1, len(values)), atol=config.epsilon())
        self._below_all = self.even and (values[0] < 0 or values[-1] > 1)  # the first one is below every prediction
        self._order = np.argsort(values, kind="stable")
        self._sorted = values[self._order].astype(dtype)

    def __len__(self) -> int:
        return len(self._sorted)

    def ranks(self, y_pred: np.ndarray) -> np.ndarray:
        """Returns how many thresholds lie below each prediction (int64); NaN is not above any."""
        if not self.even:
            return np.searchsorted(self._sorted, np.fmax(y_pred, -np.inf), side="left")
        within = np.fmin(np.fmax(y_pred, 0), 1)
        ranks = np.ceil(within * within.dtype.type(len(self) - 1)).astype(np.int64)
        return np.maximum(ranks, 1) if self._below_all else ranks

    def in_order(self, sums: np.ndarray) -> np.ndarray:
        """Returns values (sorted thresholds, ...) in the order in which the thresholds were given."""
        given = np.empty_like(sums)
        given[self._order] = sums
        return given


def count(levels: Levels, y_true, y_pred, weights=None, by_label=False) -> dict[str, np.ndarray]:
    """Counts a batch at all thresholds.

    Args:
        levels: the thresholds.
        y_true: booleans, of the shape of ``y_pred``.
        y_pred: predictions; (samples, labels) if ``by_label``.
        weights: of the shape of ``y_pred``, or None for ones.
        by_label: whether to count columns apart.

    Returns:
        For each name of :data:`COUNTS` the weighted count, (thresholds,) or (thresholds, labels), float64.
    """
    columns = y_pred.shape[1] if by_label else 1
    bins = len(levels) + 1
    # Bins of one histogram: column after column, in each the negatives and then the positives, in each the ranks.
    place = levels.ranks(y_pred) + bins * y_true
    if by_label:
        place += 2 * bins * np.arange(columns)
    flat = None if weights is None else np.ascontiguousarray(weights, np.float64).reshape(-1)
    histogram = np.bincount(place.reshape(-1), flat, columns * 2 * bins).reshape(columns, 2, bins).astype(np.float64)
    missed = histogram.cumsum(axis=2)[:, :, :-1]
    reached = histogram[:, :, ::-1].cumsum(axis=2)[:, :, -2::-1]
    sums = {
        "true_positives": reached[:, 1],
        "false_positives": reached[:, 0],
        "true_negatives": missed[:, 0],
        "false_negatives": missed[:, 1],
    }
    return {name: levels.in_order(each.T if by_label else each[0]) for name, each in sums.items()}


def keep_top(y_pred: np.ndarray, k: int) -> np.ndarray:
    """Returns predictions of which only the ``k`` largest of each row are left; of equal ones the first count."""
    largest = np.argsort(-y_pred, axis=-1, kind="stable")[..., :k]
    kept = np.full_like(y_pred, NEVER)
    np.put_along_axis(kept, largest, np.take_along_axis(y_pred, largest, axis=-1), axis=-1)
    return kept


def parse_thresholds(thresholds, default: float = 0.5) -> list[float]:
    """Returns the thresholds as a list; None means the default.

    Raises:
        ValueError: one is outside [0, 1].
    """
    if thresholds is None:
        return [default]
    listed = list(thresholds) if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]
    wrong = [threshold for threshold in listed if threshold is None or not 0 <= threshold <= 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {wrong}")
    return listed


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Returns ``part / whole``, and zero where ``whole`` is zero."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole != 0)


def one_or_all(values: np.ndarray):
    """Returns a float if there is one threshold, else the array of all values."""
    return float(values[0]) if len(values) == 1 else values.copy()
