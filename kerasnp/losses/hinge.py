"""Losses for margins: a prediction counts as good once it is on the right side by at least one.

In the formulas t is a target, p a prediction, and means run over the last axis. The derivatives are in
:mod:`kerasnp.kernels.loss`.
"""

import numpy as np

from kerasnp.kernels import loss as codes
from kerasnp.losses.base import register
from kerasnp.losses.kernel_loss import KernelLoss, PointwiseLoss, functional


@register()
class Hinge(PointwiseLoss):
    """mean(max(1 - t p, 0)) for targets -1 and 1; a batch of targets that are all 0 or 1 is taken as -1 and 1."""

    function = codes.HINGE

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(reduction, name, dtype)


@register()
class SquaredHinge(PointwiseLoss):
    """mean(max(1 - t p, 0)^2) for targets -1 and 1; a batch of targets that are all 0 or 1 is taken as -1 and 1."""

    function = codes.SQUARED_HINGE

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(reduction, name, dtype)


@register()
class CategoricalHinge(KernelLoss):
    """max(1 + max((1 - t) p) - sum(t p), 0) for one-hot targets: the margin between the class and its best rival."""

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(name, reduction, dtype)

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        kernels.categorical_hinge(y_true, y_pred, scale, values, gradient)


@functional(Hinge)
def hinge(y_true, y_pred) -> np.ndarray:
    """Returns :class:`Hinge` of each sample."""
    return Hinge().call(y_true, y_pred)


@functional(SquaredHinge)
def squared_hinge(y_true, y_pred) -> np.ndarray:
    """Returns :class:`SquaredHinge` of each sample."""
    return SquaredHinge().call(y_true, y_pred)


@functional(CategoricalHinge)
def categorical_hinge(y_true, y_pred) -> np.ndarray:
    """Returns :class:`CategoricalHinge` of each sample."""
    return CategoricalHinge().call(y_true, y_pred)
