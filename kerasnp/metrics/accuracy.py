"""Accuracies: how often predictions hit. The rules for ties and NaN are in :mod:`kerasnp.kernels.metric`."""

import numpy as np

from kerasnp.metrics.base import functions, register
from kerasnp.metrics.reduction import Mean, RowMetric
from kerasnp.utils.arrays import as_floats, rows_of


@register()
class Accuracy(Mean):
    """How often predictions equal targets exactly."""

    uses_mask = True
    _direction = "up"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(name, dtype)

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        y_pred = np.asarray(y_pred)
        y_true = fitted(self, np.asarray(y_true), y_pred.shape)
        super().update_state(y_true.astype(y_pred.dtype) == y_pred, sample_weight)


class DenseAccuracy(RowMetric):
    """Targets and predictions have equal shapes."""

    _direction = "up"

    def arrange(self, y_true, y_pred):
        y_pred = as_floats(y_pred)
        y_true = fitted(self, np.asarray(y_true), y_pred.shape)
        return rows_of(np.ascontiguousarray(y_true, y_pred.dtype)), rows_of(y_pred), y_pred.shape[:-1]


class SparseAccuracy(RowMetric):
    """Targets are class indices: the shape of the predictions without the last axis, which may be one."""

    _direction = "up"

    def arrange(self, y_true, y_pred):
        y_true, y_pred = np.asarray(y_true), as_floats(y_pred)
        shape = y_pred.shape[:-1]
        if y_true.shape not in (shape, (*shape, 1)):
            raise ValueError(
                f"Metric {self.name!r} expects class indices (y_true) of shape {shape} beside predictions "
                f"(y_pred) of shape {y_pred.shape}; received shape {y_true.shape}."
            )
        if y_true.dtype.kind == "f":
            y_true = np.where(y_true == np.floor(y_true), y_true, -1)  # 1.5 and NaN are no class
        return np.ascontiguousarray(y_true, np.int64).reshape(-1), rows_of(y_pred), shape


@register()
class BinaryAccuracy(DenseAccuracy):
    """How often targets of 0 and 1 are predicted, where a prediction above ``threshold`` means 1.

    Args:
        name, dtype: see :class:`~kerasnp.metrics.base.Metric`.
        threshold: a number in [0, 1].
    """

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(name, dtype)
        if not 0 <= threshold <= 1:
            raise ValueError(f"{type(self).__name__}: `threshold` must be in [0, 1]; received {threshold!r}.")
        self.threshold = threshold

    def fill(self, y_true, y_pred, values, kernels) -> None:
        kernels.binary_accuracy(y_true, y_pred, self.threshold, values)

    def get_config(self) -> dict:
        return {**super().get_config(), "threshold": self.threshold}


@register()
class CategoricalAccuracy(DenseAccuracy):
    """How often the largest prediction is that of the class, for one-hot targets."""

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(name, dtype)

    def fill(self, y_true, y_pred, values, kernels) -> None:
        kernels.categorical_accuracy(y_true, y_pred, values)


@register()
class SparseCategoricalAccuracy(SparseAccuracy):
    """How often the largest prediction is that of the class, for class indices."""

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(name, dtype)

    def fill(self, y_true, y_pred, values, kernels) -> None:
        kernels.sparse_categorical_accuracy(y_true, y_pred, values)


@register()
class TopKCategoricalAccuracy(DenseAccuracy):
    """How often the class is among the ``k`` largest predictions, for one-hot targets."""

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(name, dtype)
        self.k = k
        self._labels = np.empty(0, np.int64)

    def fill(self, y_true, y_pred, values, kernels) -> None:
        if self._labels.size < len(y_true):
            self._labels = np.empty(len(y_true), np.int64)
        labels = self._labels[: len(y_true)]
        np.argmax(y_true, axis=1, out=labels)
        kernels.top_k_accuracy(labels, y_pred, self.k, values)

    def get_config(self) -> dict:
        return {**super().get_config(), "k": self.k}


@register()
class SparseTopKCategoricalAccuracy(SparseAccuracy):
    """How often the class is among the ``k`` largest predictions, for class indices."""

    def __init__(self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None):
        super().__init__(name, dtype)
        self.k = k

    def fill(self, y_true, y_pred, values, kernels) -> None:
        kernels.top_k_accuracy(y_true, y_pred, self.k, values)

    def get_config(self) -> dict:
        return {**super().get_config(), "k": self.k}


def fitted(metric, y_true: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Returns targets in the shape of the predictions; a last axis of one may be absent or extra."""
    if shape not in (y_true.shape, (*y_true.shape, 1)) and y_true.shape != (*shape, 1):
        raise ValueError(
            f"Metric {metric.name!r} expects targets (y_true) of the shape of the predictions (y_pred), {shape}; "
            f"received shape {y_true.shape}."
        )
    return y_true.reshape(shape)


@functions.register()
def binary_accuracy(y_true, y_pred, threshold=0.5) -> np.ndarray:
    """Returns 1 where ``y_pred > threshold`` agrees with the target and 0 elsewhere, one value an element."""
    metric, y_pred = BinaryAccuracy(threshold=threshold), np.asarray(y_pred)
    y_true = fitted(metric, np.asarray(y_true), y_pred.shape)
    return metric.values(y_true[..., None], y_pred[..., None])


@functions.register()
def categorical_accuracy(y_true, y_pred) -> np.ndarray:
    """Returns :class:`CategoricalAccuracy` of each sample: 1 or 0."""
    return CategoricalAccuracy().values(y_true, y_pred)


@functions.register()
def sparse_categorical_accuracy(y_true, y_pred) -> np.ndarray:
    """Returns :class:`SparseCategoricalAccuracy` of each sample: 1 or 0."""
    return SparseCategoricalAccuracy().values(y_true, y_pred)


@functions.register()
def top_k_categorical_accuracy(y_true, y_pred, k=5) -> np.ndarray:
    """Returns :class:`TopKCategoricalAccuracy` of each sample: 1 or 0."""
    return TopKCategoricalAccuracy(k).values(y_true, y_pred)


@functions.register()
def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5) -> np.ndarray:
    """Returns :class:`SparseTopKCategoricalAccuracy` of each sample: 1 or 0."""
    return SparseTopKCategoricalAccuracy(k).values(y_true, y_pred)
