"""Focal losses: crossentropies that look away from samples that are easy already, for rare classes.

In the formulas t is a target and p a prediction. The modulating factor (1 - p)^gamma is from Lin et al. 2017, "Focal
loss for dense object detection"; for gamma = 0 the crossentropy is left. The losses work in plain NumPy.
"""

import warnings

import numpy as np

from kerasnp import config
from kerasnp.losses.base import register
from kerasnp.losses.kernel_loss import KernelLoss, functional


class FocalLoss(KernelLoss):
    """What the two focal losses share: settings, and probabilities that stay away from 0 and 1."""

    def __init__(self, alpha, gamma, from_logits, label_smoothing, axis, reduction, name, dtype):
        if isinstance(axis, bool):
            raise ValueError(f"`axis` must be of type `int`. Received: axis={axis} of type {type(axis)}")
        super().__init__(name, reduction, dtype)
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
            "alpha": self.alpha,
            "gamma": self.gamma,
        }


@register()
class BinaryFocalCrossentropy(FocalLoss):
    """The mean of ``(1 - q)^gamma (-t log(p) - (1 - t) log(1 - p))``, where ``q = t p + (1 - t) (1 - p)``.

    Args:
        apply_class_balancing: whether each term also has the factor ``alpha t + (1 - alpha) (1 - t)``.
        alpha: the weight of class 1; that of class 0 is 1 - alpha.
        gamma: how much easy samples lose of their weight.
        from_logits: whether predictions are logits z with p = sigmoid(z).
        label_smoothing: s in [0, 1]; targets become (1 - s) t + s / 2.
        axis: the axis of the mean.
        reduction, name, dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    def __init__(
        self,
        apply_class_balancing=False,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(alpha, gamma, from_logits, label_smoothing, axis, reduction, name, dtype)
        self.apply_class_balancing = bool(apply_class_balancing)

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        t = y_true * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
        p = _sigmoid(y_pred) if self.from_logits else y_pred
        inside, clipped = _clip(p)
        entropy = -(t * np.log(clipped) + (1 - t) * np.log(1 - clipped))
        missed = 1 - (t * p + (1 - t) * (1 - p))
        focus = missed**self.gamma
        weight = t * self.alpha + (1 - t) * (1 - self.alpha) if self.apply_class_balancing else 1.0
        np.mean(weight * focus * entropy, axis=1, out=values)
        if gradient is None:
            return
        slope = focus * inside * ((1 - t) / (1 - clipped) - t / clipped)
        slope -= _power_slope(missed, self.gamma) * (2 * t - 1) * entropy
        if self.from_logits:
            slope *= p * (1 - p)
        np.multiply(slope * weight, scale[:, None] / t.shape[1], out=gradient)

    def get_config(self) -> dict:
        return {**super().get_config(), "apply_class_balancing": self.apply_class_balancing}


@register()
class CategoricalFocalCrossentropy(FocalLoss):
    """``-sum(alpha (1 - p)^gamma t log(p))`` over the classes, for targets that are one-hot or probabilities.

    Args:
        alpha: weight of the loss; a list has one weight for each class.
        gamma: how much easy samples lose of their weight.
        from_logits: whether predictions are logits z with p = softmax(z); else p is the prediction divided by its sum
            and clipped by epsilon.
        label_smoothing: s in [0, 1]; targets become (1 - s) t + s / classes.
        axis: the axis of the classes.
        reduction, name, dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    def __init__(
        self,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(alpha, gamma, from_logits, label_smoothing, axis, reduction, name, dtype)

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        classes = y_pred.shape[1]
        alpha = np.asarray(self.alpha, y_pred.dtype)
        t = y_true * (1 - self.label_smoothing) + self.label_smoothing / classes
        if self.from_logits:
            share = np.exp(y_pred - y_pred.max(axis=1, keepdims=True))
            total = share.sum(axis=1, keepdims=True)
        else:
            share, total = y_pred, y_pred.sum(axis=1, keepdims=True)
        share = share / total
        inside, p = _clip(share)
        focus, entropy = (1 - p) ** self.gamma, -t * np.log(p)
        np.sum(alpha * focus * entropy, axis=1, out=values)
        if gradient is None:
            return
        slope = -alpha * inside * (focus * t / p + _power_slope(1 - p, self.gamma) * entropy)
        slope -= (slope * share).sum(axis=1, keepdims=True)
        slope *= share if self.from_logits else 1 / total
        np.multiply(slope, scale[:, None], out=gradient)

    def fitted_shape(self, y_shape, y_pred_shape) -> tuple[int, ...]:
        if y_pred_shape[-1] == 1:
            warnings.warn(
                "In loss categorical_focal_crossentropy, expected y_pred.shape to be (batch_size, num_classes) with "
                f"num_classes > 1. Received: y_pred.shape={tuple(y_pred_shape)}. Consider using 'binary_crossentropy' "
                "if you only have 2 classes.",
                SyntaxWarning,
                stacklevel=2,
            )
        return super().fitted_shape(y_shape, y_pred_shape)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    small = np.exp(-np.abs(z))  # cannot overflow
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def _clip(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns where probabilities are not clipped, and the clipped ones."""
    epsilon = p.dtype.type(config.epsilon())
    clipped = np.clip(p, epsilon, 1 - epsilon)
    return clipped == p, clipped


def _power_slope(base: np.ndarray, exponent: float):
    """Returns the derivative of ``base ** exponent`` by ``base``; zero where the base is zero, as there is no slope."""
    if exponent == 0:
        return 0.0
    return exponent * np.power(base, exponent - 1, out=np.zeros_like(base), where=base != 0)


@functional(BinaryFocalCrossentropy)
def binary_focal_crossentropy(
    y_true, y_pred, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
) -> np.ndarray:
    """Returns :class:`BinaryFocalCrossentropy` of each sample."""
    settings = (apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis)
    return BinaryFocalCrossentropy(*settings).call(y_true, y_pred)


@functional(CategoricalFocalCrossentropy)
def categorical_focal_crossentropy(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
) -> np.ndarray:
    """Returns :class:`CategoricalFocalCrossentropy` of each sample."""
    return CategoricalFocalCrossentropy(alpha, gamma, from_logits, label_smoothing, axis).call(y_true, y_pred)
