"""Intersection over union: how well predicted regions cover true ones, for segmentation."""

import warnings

import numpy as np

from kerasnp import config
from kerasnp.losses.base import spread_weights
from kerasnp.metrics.base import Metric, register


@register()
class IoU(Metric):
    """The mean over some classes of TP / (TP + FP + FN), counted in a confusion matrix.

    Classes that neither occur nor are predicted do not count. Samples whose target or prediction is no class are left
    out. This ratio is also known as the Jaccard index (Jaccard 1901).

    Args:
        num_classes: the number of classes.
        target_class_ids: the classes to average over.
        name: see :class:`~kerasnp.metrics.base.Metric`.
        dtype: type in which labels and weights are read: ``"int32"`` if None, which cuts the fractions off weights.
        ignore_class: samples of this target are left out (often 255 or -1); None for none.
        sparse_y_true: whether targets are class indices, not one-hot.
        sparse_y_pred: whether predictions are class indices, not one number a class.
        axis: the axis of the classes where there is one.

    Raises:
        ValueError: a target class is not below ``num_classes``.
    """

    _direction = "up"

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(None, name)
        self.dtype = _label_type(dtype)
        if max(target_class_ids) >= num_classes:
            raise ValueError(f"Target class id {max(target_class_ids)} is out of range, which is [0, {num_classes}).")
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable((num_classes, num_classes), "zeros", "float64", name="total_confusion_matrix")

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        """Adds a batch.

        Args:
            y_true: class indices of any shape, or one-hot targets.
            y_pred: class indices, or one number a class of which the largest counts.
            sample_weight: one weight a sample, or one a label.

        Raises:
            ValueError: shapes that do not fit.
        """
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        if not self.sparse_y_true:
            y_true = np.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = np.argmax(y_pred, axis=self.axis)
        if y_true.size != y_pred.size:
            raise ValueError(
                f"Metric {self.name!r} expects one target (y_true) for each prediction (y_pred); received labels of "
                f"shapes {y_true.shape} and {y_pred.shape}."
            )
        true, predicted = (_as_labels(labels, self.dtype).reshape(-1) for labels in (y_true, y_pred))
        counts = (true >= 0) & (true < self.num_classes) & (predicted >= 0) & (predicted < self.num_classes)
        if self.ignore_class is not None:
            counts &= true != self.ignore_class
        weights = None
        if sample_weight is not None:
            weights = self._weights(sample_weight, y_true.shape)[counts]
        place = true[counts] * self.num_classes + predicted[counts]
        found = np.bincount(place, weights, self.num_classes**2)
        self.total_cm.value += found.reshape(self.num_classes, self.num_classes)

    def _weights(self, sample_weight, shape: tuple[int, ...]) -> np.ndarray:
        given = np.asarray(sample_weight)
        if given.dtype.kind == "f" and "int" in self.dtype:
            warnings.warn(
                "You are passing weight as `float`, but dtype is `int`. This may result in an incorrect weight due to "
                "type casting. Consider using integer weights.",
                stacklevel=4,
            )
        return spread_weights(given.astype(self.dtype), shape).astype(np.float64).reshape(-1)

    def result(self) -> float:
        matrix = self.total_cm.value
        hits = np.diag(matrix)[self.target_class_ids]
        union = (matrix.sum(axis=0) + matrix.sum(axis=1))[self.target_class_ids] - hits
        occur = union > 1e-9
        shares = hits[occur] / (union[occur] + config.epsilon())
        return float(shares.sum() / (np.count_nonzero(occur) + config.epsilon()))

    def get_config(self) -> dict:
        return {**super().get_config(), **{key: getattr(self, key) for key in self._settings}}

    _settings = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")


@register()
class MeanIoU(IoU):
    """:class:`IoU` over all classes.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: see :class:`IoU`.
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        classes = range(num_classes)
        super().__init__(num_classes, classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    _settings = ("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")


@register()
class BinaryIoU(IoU):
    """:class:`IoU` of two classes, for targets of 0 and 1 and predictions in [0, 1].

    Args:
        target_class_ids: the classes to average over: 0 for the background, 1 for the object.
        threshold: a prediction of at least this means 1.
        name, dtype: see :class:`IoU`.
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        super().update_state(y_true, np.asarray(y_pred, np.float32) >= np.float32(self.threshold), sample_weight)

    _settings = ("target_class_ids", "threshold")


@register()
class OneHotIoU(IoU):
    """:class:`IoU` for one-hot targets.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis: see :class:`IoU`.
    """

    def __init__(
        self, num_classes, target_class_ids, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    _settings = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_pred", "axis")


@register()
class OneHotMeanIoU(MeanIoU):
    """:class:`IoU` over all classes, for one-hot targets.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_pred, axis: see :class:`IoU`.
    """

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    _settings = ("num_classes", "ignore_class", "sparse_y_pred", "axis")


def _label_type(dtype) -> str:
    if dtype is None or dtype == "int":
        return "int32"
    if isinstance(dtype, dict):
        dtype = dtype.get("config", dtype).get("name")
    return np.dtype(getattr(dtype, "name", dtype)).name


def _as_labels(labels: np.ndarray, dtype: str) -> np.ndarray:
    """Returns labels as int64; with a type of integers fractions are cut off, else what has some is no class."""
    if labels.dtype.kind != "f":
        return labels.astype(np.int64)
    whole = np.trunc(np.nan_to_num(labels, nan=-1, posinf=-1, neginf=-1))
    if "int" not in dtype:
        whole = np.where(whole == labels, whole, -1)
    return whole.astype(np.int64)
