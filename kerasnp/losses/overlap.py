"""Losses for segmentation: how little a predicted region and the true one overlap.

With t the targets and p the predictions, both in [0, 1], ``I = sum(t p)``, ``T = sum(t)`` and ``P = sum(p)``. The sums
run over the axes that the user names, by default over the whole batch; so one value may belong to many rows. The losses
work in plain NumPy.
"""

import math

import numpy as np

from kerasnp import config
from kerasnp.losses.base import Loss, fill_scale, register
from kerasnp.losses.kernel_loss import functional
from kerasnp.utils.arrays import as_floats


class OverlapLoss(Loss):
    """A loss made of sums over some axes; a subclass defines :meth:`regions`.

    Attributes:
        axis: the axes of the sums, an integer or several; None for all.
    """

    def __init__(self, axis, reduction, name, dtype):
        super().__init__(name, reduction, dtype)
        self.axis = axis
        self._sample_shape: tuple[int, ...] | None = None  # of the predictions that forward gets as rows

    def regions(self, y_true, y_pred, axes, with_slope):
        """Returns the value of each region, sums kept as axes of one, and its derivative by the predictions or None."""
        raise NotImplementedError

    def call(self, y_true, y_pred) -> np.ndarray:
        """Returns the value of each region: the shape of ``y_pred`` without the axes of the sums."""
        y_true, y_pred = self._fitted(y_true, y_pred)
        axes = self._axes(y_pred.ndim)
        return np.squeeze(self.regions(y_true, y_pred, axes, False)[0], axis=axes)

    def gradient(self, y_true, y_pred) -> np.ndarray:
        """Returns the derivative of the sum of the values by the predictions."""
        y_true, y_pred = self._fitted(y_true, y_pred)
        return self.regions(y_true, y_pred, self._axes(y_pred.ndim), True)[1]

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        """As :meth:`Loss.forward`; the value of a row is that of its region, or the mean over its regions."""
        shape = (-1, *(self._sample_shape or y_pred.shape[1:]))
        t, p = y_true.reshape(shape), y_pred.reshape(shape)
        axes = self._axes(p.ndim)
        found, slope = self.regions(t, p, axes, gradient is not None)
        np.mean(np.broadcast_to(found, p.shape), axis=-1, out=values.reshape(p.shape[:-1]))
        if gradient is not None:
            # The sum over rows of scale times value has each region as often as it has entries.
            weights = np.broadcast_to(scale.reshape(p.shape[:-1])[..., None] / p.shape[-1], p.shape)
            np.multiply(slope, weights.sum(axis=axes, keepdims=True), out=gradient.reshape(p.shape))

    def for_shapes(self, y_shape, y_pred_shape) -> "OverlapLoss":
        """Returns the loss that knows the axes of the rows that :meth:`forward` will get."""
        return self._copy(_sample_shape=tuple(y_pred_shape[1:]))

    def scale(self, sample_weight, out, y_true=None, mask=None) -> None:
        """As :meth:`Loss.scale`; a sum counts each region once, or if it is one for all, once for each weight."""
        super().scale(sample_weight, out, y_true, mask)
        if self.reduction not in ("sum", "none", None):
            return
        shape = (out.size, 1) if self._sample_shape is None else self._batch_shape(out.size)
        axes = self._axes(len(shape))
        if len(axes) == len(shape):
            out *= (1 if sample_weight is None else shape[0]) / out.size
        else:
            out *= math.prod(size for axis, size in enumerate(shape) if axis not in axes) / out.size

    def _batch_shape(self, rows: int) -> tuple[int, ...]:
        return (rows // math.prod(self._sample_shape[:-1]), *self._sample_shape)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Returns the reduced loss; see :meth:`Loss.__call__`. One value for all takes any weights."""
        values = np.asarray(self.call(y_true, np.asarray(y_pred, self.dtype)))
        if sample_weight is None or values.ndim:
            return _Reduction(values, self)(values, values, sample_weight)
        weight = np.asarray(sample_weight, values.dtype).reshape(-1)
        scale = np.empty_like(weight)
        fill_scale(self.reduction, weight, scale)
        return values * (scale if self.reduction in ("none", None) else scale.sum())

    def _axes(self, rank: int) -> tuple[int, ...]:
        if self.axis is None:
            return tuple(range(rank))
        given = self.axis if isinstance(self.axis, (list, tuple)) else (self.axis,)
        return tuple(axis % rank for axis in given)

    def _fitted(self, y_true, y_pred):
        y_true, y_pred = np.asarray(y_true), as_floats(y_pred)
        return y_true.reshape(self.fitted_shape(y_true.shape, y_pred.shape)).astype(y_pred.dtype), y_pred

    def get_config(self) -> dict:
        return {**super().get_config(), "axis": self.axis}


class _Reduction(Loss):
    """The reduction of values that are known."""

    def __init__(self, values, loss):
        super().__init__(loss.name, loss.reduction, values.dtype.name)

    def call(self, y_true, y_pred):
        return y_pred


@register()
class Dice(OverlapLoss):
    """``1 - 2 I / (T + P + epsilon)`` (Dice 1945; as a loss Milletari et al. 2016).

    Args:
        reduction, name: see :class:`~kerasnp.losses.base.Loss`.
        axis: the axes of the sums: None for the whole batch, (1, 2, 3) for each image apart.
        dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        super().__init__(axis, reduction, name, dtype)

    def regions(self, y_true, y_pred, axes, with_slope):
        total = _sum(y_true, axes) + _sum(y_pred, axes) + config.epsilon()
        share = 2 * _sum(y_true * y_pred, axes) / total
        return 1 - share, (share - 2 * y_true) / total if with_slope else None


@register()
class Tversky(OverlapLoss):
    """``1 - I / (I + alpha (T - I) + beta (P - I) + epsilon)`` (Salehi et al. 2017).

    With alpha = beta = 0.5 it is :class:`Dice`.

    Args:
        alpha: the weight of what is true and not predicted.
        beta: the weight of what is predicted and not true.
        reduction, name: see :class:`~kerasnp.losses.base.Loss`.
        axis: the axes of the sums: None for the whole batch, (1, 2, 3) for each image apart.
        dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    def __init__(self, alpha=0.5, beta=0.5, reduction="sum_over_batch_size", name="tversky", axis=None, dtype=None):
        super().__init__(axis, reduction, name, dtype)
        self.alpha = alpha
        self.beta = beta

    def regions(self, y_true, y_pred, axes, with_slope):
        hit = _sum(y_true * y_pred, axes)
        missed, extra = _sum(y_true * (1 - y_pred), axes), _sum((1 - y_true) * y_pred, axes)
        total = hit + self.alpha * missed + self.beta * extra + config.epsilon()
        share = hit / total
        if not with_slope:
            return 1 - share, None
        growth = (1 - self.alpha) * y_true + self.beta * (1 - y_true)
        return 1 - share, (share * growth - y_true) / total

    def get_config(self) -> dict:
        return {**super().get_config(), "alpha": self.alpha, "beta": self.beta}


def _sum(values: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.sum(values, axis=axes, keepdims=True)


@functional(Dice)
def dice(y_true, y_pred, axis=None) -> np.ndarray:
    """Returns :class:`Dice` of each region."""
    return Dice(axis=axis).call(y_true, y_pred)


@functional(Tversky)
def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None) -> np.ndarray:
    """Returns :class:`Tversky` of each region."""
    return Tversky(alpha, beta, axis=axis).call(y_true, y_pred)
