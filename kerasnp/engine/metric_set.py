"""The numbers that a compiled model reports: its loss and its metrics."""

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
        self._resolved: list | None = None if self._wanted else []

    @property
    def metrics(self) -> list:
        """The compiled metrics; empty until the first batch has told the shapes."""
        return [metric for metric, _ in self._resolved or []]

    def update(self, loss: float, size: int, y_true, y_pred, weights) -> None:
        """Adds one batch of ``size`` samples with mean loss ``loss``."""
        self.loss_tracker.update_state(loss, sample_weight=size)
        if self._resolved is None:
            self._resolve(y_true.shape, y_pred.shape)
        for metric, weighted in self._resolved:
            metric.update_state(y_true, y_pred, sample_weight=weights if weighted else None)

    def result(self) -> dict[str, float]:
        """Returns the loss first, then the metrics in the order of ``compile``."""
        logs = {"loss": float(self.loss_tracker.result())}
        for metric in self.metrics:
            logs[metric.name] = _as_number(metric.result())
        return logs

    def reset(self) -> None:
        """Starts a new pass."""
        self.loss_tracker.reset_state()
        for metric in self.metrics:
            metric.reset_state()

    def _resolve(self, y_true_shape, y_pred_shape) -> None:
        self._resolved = [
            (metrics.resolve(item, self._loss, y_true_shape, y_pred_shape), weighted) for item, weighted in self._wanted
        ]


def resolve_loss(identifier):
    """Returns the loss object for what ``compile`` got as ``loss``.

    Raises:
        ValueError: unknown name, or more than one loss.
    """
    if isinstance(identifier, (list, tuple)):
        if len(identifier) != 1:
            raise ValueError(f"A Sequential model has one output and takes one loss; received {identifier!r}.")
        identifier = identifier[0]
    return losses.resolve(identifier)


def _as_list(items) -> list:
    if items is None:
        return []
    if isinstance(items, dict) or not isinstance(items, Sequence) or isinstance(items, str):
        return [items]
    flat = []
    for item in items:
        flat.extend(_as_list(item) if isinstance(item, (list, tuple)) else [item])
    return flat


def _as_number(value):
    """Returns a Python float, or the array of a metric that has one value a class."""
    return float(value) if getattr(value, "ndim", 0) == 0 else value
