"""The numbers that a compiled model reports: its loss and its metrics."""

import itertools
from collections.abc import Sequence

from kerasnp import losses, metrics


class MetricSet:
    """The mean loss and the compiled metrics of one pass over data.

    Args:
        loss: the compiled loss; metric names such as "accuracy" are understood by its kind.
        unweighted: what ``compile`` got as ``metrics``.
        weighted: what it got as ``weighted_metrics``.

    Attributes:
        loss_tracker: the mean of the loss, weighted by the batch sizes.
    """

    def __init__(self, loss, unweighted, weighted):
        self.loss_tracker = metrics.Mean(name="loss")
        self._loss = loss
        self._wanted = [(item, False) for item in _as_list(unweighted)]
        self._wanted += [(item, True) for item in _as_list(weighted)]
        for item, _ in self._wanted:
            if item is None or isinstance(item, str):
                metrics.resolve(item, loss, (1, 1), (1, 1))  # a misspelt name is an error now, not after a step
        self._resolved: list | None = None if self._wanted else []
        self._names: list[str] = []
        self._restored: list[list] = []

    @property
    def metrics(self) -> list:
        """The compiled metrics; empty until the first batch has told the shapes."""
        return [metric for metric, _ in self._resolved or []]

    def update(self, loss: float, size: int, y_true, y_pred, weights_for) -> None:
        """Adds one batch of ``size`` samples with mean loss ``loss``.

        Args:
            loss, size: as above.
            y_true, y_pred: targets and predictions.
            weights_for: called with whether a metric is weighted and whether it uses masks; returns weights or None.
        """
        if self._resolved is None:
            self._resolve(y_true.shape, y_pred.shape)
        self.loss_tracker.add(loss, size)
        for metric, weighted in self._resolved:
            metric.update_state(y_true, y_pred, sample_weight=weights_for(weighted, metric.uses_mask))

    @property
    def names(self) -> list[str]:
        """The keys of the results: the loss, then the metrics in the order of ``compile``."""
        return ["loss", *self._names]

    def result(self) -> dict[str, float]:
        """Returns the loss first, then the metrics in the order of ``compile``."""
        logs = {"loss": float(self.loss_tracker.result())}
        for name, (metric, _) in zip(self._names, self._resolved or (), strict=True):
            logs[name] = _as_number(metric.result())
        return logs

    def reset(self) -> None:
        """Starts a new pass."""
        self._restored = []
        self.loss_tracker.reset_state()
        for metric in self.metrics:
            metric.reset_state()

    def state(self) -> list[list]:
        """Returns what the pass has gathered so far, as plain lists: the loss, then the metrics."""
        return [[variable.value.tolist() for variable in metric.variables] for metric in self._all()]

    def restore(self, state: list[list]) -> None:
        """Takes up a pass where :meth:`state` was called; metrics follow when the first batch has told their kind."""
        self._restored = state
        self._take_restored()

    def _take_restored(self) -> None:
        for metric, values in zip(self._all(), self._restored, strict=False):
            # A metric that makes its variables with its first batch counts from there.
            for variable, value in zip(metric.variables, values, strict=False):
                variable.assign(value)

    def _all(self) -> list:
        return [self.loss_tracker, *self.metrics]

    def _resolve(self, y_true_shape, y_pred_shape) -> None:
        self._resolved = [
            (metrics.resolve(item, self._loss, y_true_shape, y_pred_shape), weighted) for item, weighted in self._wanted
        ]
        self._names = []
        for metric, weighted in self._resolved:
            # As Keras: "accuracy" taken, the weighted one is "weighted_accuracy", and then "accuracy_1" and so on.
            name = f"weighted_{metric.name}" if weighted and metric.name in self._names else metric.name
            self._names.append(_free_name(name, self._names))
        self._take_restored()


def _free_name(name: str, taken: list[str]) -> str:
    candidates = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(1)))
    return next(candidate for candidate in candidates if candidate not in taken)


def resolve_loss(identifier):
    """Returns the loss object for what ``compile`` got as ``loss``.

    Raises:
        ValueError: unknown name, or more than one loss.
    """
    by_output = isinstance(identifier, dict) and "class_name" not in identifier
    if isinstance(identifier, (list, tuple)) or by_output:
        if len(identifier) != 1:
            raise ValueError(f"A Sequential model has one output and takes one loss; received {identifier!r}.")
        [identifier] = identifier.values() if by_output else identifier
    return losses.resolve(identifier)


def _as_list(items) -> list:
    if items is None:
        return []
    if isinstance(items, dict) and "class_name" not in items:  # by the name of the output, as Keras allows
        items = list(items.values())
    if isinstance(items, dict) or not isinstance(items, Sequence) or isinstance(items, str):
        return [items]
    flat = []
    for item in items:
        flat.extend(_as_list(item) if isinstance(item, (list, tuple)) else [item])
    return flat


def _as_number(value):
    """Returns a Python float, or the array of a metric that has one value a class."""
    return float(value) if getattr(value, "ndim", 0) == 0 else value
