"""What ``compile(metrics=[...])`` makes of its items."""

from kerasnp.losses import kind_of_targets
from kerasnp.metrics.accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from kerasnp.metrics.base import Metric, get
from kerasnp.metrics.loss_metrics import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from kerasnp.metrics.reduction import MeanMetricWrapper

ACCURACIES = {
    "binary": BinaryAccuracy,
    "sparse": SparseCategoricalAccuracy,
    "categorical": CategoricalAccuracy,
}
CROSSENTROPIES = {
    "binary": BinaryCrossentropy,
    "sparse": SparseCategoricalCrossentropy,
    "categorical": CategoricalCrossentropy,
}


def resolve(identifier, loss, y_true_shape, y_pred_shape) -> Metric:
    """Returns the metric that a user's item means.

    A name stays the metric's key in logs, also where it is short (``"acc"``); a function is known by its name.

    Args:
        identifier: a name, a config dictionary, a class, a metric, or a function of (y_true, y_pred). ``"accuracy"``
            and ``"acc"``, ``"crossentropy"`` and ``"ce"`` are chosen by the shapes.
        loss: the loss of the model; it says whether predictions are logits.
        y_true_shape, y_pred_shape: shapes of targets and predictions, batch axis included.

    Raises:
        ValueError: unknown name, or None.
    """
    if identifier is None:
        raise ValueError("Expected a metric (a name, an object or a function); received None.")
    named = isinstance(identifier, str)
    if named and identifier.lower() in ("accuracy", "acc"):
        return ACCURACIES[kind_of_targets(y_true_shape, y_pred_shape)](name=identifier)
    if named and identifier.lower() in ("crossentropy", "ce"):
        cls = CROSSENTROPIES[kind_of_targets(y_true_shape, y_pred_shape)]
        return cls(name=identifier, from_logits=getattr(loss, "from_logits", False))
    found = get(identifier)
    if not isinstance(found, Metric):
        name = getattr(found, "__name__", None) or getattr(found, "name", None)
        return MeanMetricWrapper(found, name=identifier if named else name)
    if named:
        found.name = identifier
    return found
