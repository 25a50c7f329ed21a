"""Metrics of yes-or-no decisions: the four counts, precision and recall."""

from kerasnp.metrics.base import register
from kerasnp.metrics.confusion import NEVER, ConfusionMetric, one_or_all, parse_thresholds, ratio


class DecisionCount(ConfusionMetric):
    """One of the four counts; all share this constructor.

    Args:
        thresholds: a number or a list of numbers in [0, 1]; a prediction above it means yes. None means 0.5. With a
            list the result is an array, one count a threshold.
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.

    Raises:
        ValueError: a threshold outside [0, 1].
    """

    def __init__(self, thresholds=None, name=None, dtype=None):
        self.init_thresholds = thresholds
        self.thresholds = parse_thresholds(thresholds)
        super().__init__(self.thresholds, dtype, name)
        self._add_counts()

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        self._count(y_true, y_pred, sample_weight)

    def result(self):
        return one_or_all(getattr(self, self.counted[0]).value)

    def get_config(self) -> dict:
        return {**super().get_config(), "thresholds": self.init_thresholds}


@register()
class TruePositives(DecisionCount):
    """The (weighted) number of positive targets with a prediction above the threshold.

    Arguments as :class:`DecisionCount`: ``thresholds=None, name=None, dtype=None``.
    """

    counted = ("true_positives",)


@register()
class TrueNegatives(DecisionCount):
    """The (weighted) number of negative targets whose prediction is not above the threshold.

    Arguments as :class:`DecisionCount`: ``thresholds=None, name=None, dtype=None``.
    """

    counted = ("true_negatives",)


@register()
class FalsePositives(DecisionCount):
    """The (weighted) number of negative targets with a prediction above the threshold.

    Arguments as :class:`DecisionCount`: ``thresholds=None, name=None, dtype=None``.
    """

    counted = ("false_positives",)


@register()
class FalseNegatives(DecisionCount):
    """The (weighted) number of positive targets whose prediction is not above the threshold.

    Arguments as :class:`DecisionCount`: ``thresholds=None, name=None, dtype=None``.
    """

    counted = ("false_negatives",)


class DecisionRatio(ConfusionMetric):
    """What precision and recall share.

    Args:
        thresholds: a number or a list of numbers in [0, 1]; a prediction above it means yes. None means 0.5, or no
            threshold if ``top_k`` is given. With a list the result is an array, one value a threshold.
        top_k: predictions outside the k largest of their row mean no; None for no limit.
        class_id: the one class to look at; None for all together.
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.

    Raises:
        ValueError: a threshold outside [0, 1].
    """

    _direction = "up"

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = parse_thresholds(thresholds, 0.5 if top_k is None else NEVER)
        super().__init__(self.thresholds, dtype, name)
        self._add_counts()

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        self._count(y_true, y_pred, sample_weight, self.top_k, self.class_id)

    def result(self):
        hits, others = (getattr(self, name).value for name in self.counted)
        return one_or_all(ratio(hits, hits + others))

    def get_config(self) -> dict:
        settings = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **settings}


@register()
class Precision(DecisionRatio):
    """TP / (TP + FP): how many of those found are right; zero if none was found.

    Arguments as :class:`DecisionRatio`: ``thresholds=None, top_k=None, class_id=None, name=None, dtype=None``.
    """

    counted = ("true_positives", "false_positives")


@register()
class Recall(DecisionRatio):
    """TP / (TP + FN): how many of the right ones are found; zero if there are none.

    Arguments as :class:`DecisionRatio`: ``thresholds=None, top_k=None, class_id=None, name=None, dtype=None``.
    """

    counted = ("true_positives", "false_negatives")
