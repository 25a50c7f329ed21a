"""Losses for probabilities: crossentropies, the divergence of Kullback and Leibler, and that of Poisson counts.

A softmax or sigmoid at the end of a model is left out of the backward pass: ``fused`` gives a loss whose gradient is
that by the logits, p - t, which neither divides by small probabilities nor vanishes where they are clipped. The
formulas are in :mod:`kerasnp.kernels.crossentropy` and :mod:`kerasnp.kernels.loss`.
"""

import warnings

import numpy as np

from kerasnp import config
from kerasnp.kernels import crossentropy
from kerasnp.kernels import loss as codes
from kerasnp.losses.base import fill_scale, register
from kerasnp.losses.kernel_loss import KernelLoss, PointwiseLoss, functional


@register()
class BinaryCrossentropy(PointwiseLoss):
    """mean(-t log(p) - (1 - t) log(1 - p)): every output is a yes or no of its own.

    Args:
        from_logits: whether predictions are logits z with p = sigmoid(z); else they are p, clipped by epsilon.
        label_smoothing: s in [0, 1]; targets become (1 - s) t + s / 2.
        axis: the axis of the mean.
        reduction, name, dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        self.from_logits = bool(from_logits)
        self.label_smoothing = self.parameter = float(label_smoothing)
        self.axis = axis
        self.function = codes.BINARY_LOGITS if from_logits else codes.BINARY_PROBABILITIES

    def fused(self, activation: str) -> "BinaryCrossentropy | None":
        if activation != "sigmoid" or self.from_logits:
            return None
        return self._copy(function=codes.BINARY_SIGMOID)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
        }


class ClassCrossentropy(KernelLoss):
    """What the crossentropies over classes share: where their probabilities come from."""

    def __init__(self, from_logits, axis, reduction, name, dtype):
        if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
            raise ValueError(f"{type(self).__name__}: `axis` must be an integer; received {axis!r}.")
        super().__init__(name, reduction, dtype)
        self.from_logits = bool(from_logits)
        self.axis = axis
        self.source = crossentropy.LOGITS if from_logits else crossentropy.PROBABILITIES

    def fused(self, activation: str) -> "ClassCrossentropy | None":
        if activation != "softmax" or self.from_logits:
            return None
        return self._copy(source=crossentropy.SOFTMAX)

    def get_config(self) -> dict:
        return {**super().get_config(), "from_logits": self.from_logits}


@register()
class CategoricalCrossentropy(ClassCrossentropy):
    """-sum(t log(p)) over the classes, for targets that are one-hot or probabilities.

    Args:
        from_logits: whether predictions are logits z with p = softmax(z); else p is the prediction divided by its sum
            and clipped by epsilon.
        label_smoothing: s in [0, 1]; targets become (1 - s) t + s / classes.
        axis: the axis of the classes.
        reduction, name, dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.label_smoothing = float(label_smoothing)

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        smoothing, epsilon = self.label_smoothing, config.epsilon()
        kernels.categorical_crossentropy(y_true, y_pred, scale, self.source, smoothing, epsilon, values, gradient)

    def fitted_shape(self, y_shape, y_pred_shape) -> tuple[int, ...]:
        y_shape, y_pred_shape = tuple(y_shape), tuple(y_pred_shape)
        if y_shape != y_pred_shape:
            raise ValueError(
                f"Loss {self.name!r}: targets (y_true) of shape {y_shape} do not fit predictions (y_pred) of shape "
                f"{y_pred_shape}; expected equal shapes, one-hot targets. For integer class labels use "
                "'sparse_categorical_crossentropy'."
            )
        if y_pred_shape[-1] == 1:
            warnings.warn(
                f"Loss {self.name!r} over one class is always zero; received predictions of shape {y_pred_shape}. For "
                "two classes and one output use 'binary_crossentropy' (and a sigmoid).",
                SyntaxWarning,
                stacklevel=2,
            )
        return y_pred_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "label_smoothing": self.label_smoothing, "axis": self.axis}


@register()
class SparseCategoricalCrossentropy(ClassCrossentropy):
    """-log(p[t]), where the target t is the index of the class.

    Args:
        from_logits: whether predictions are logits z with p = softmax(z); else p is the prediction divided by its sum
            and clipped by epsilon.
        ignore_class: samples of this class (often -1 or 255) count neither in the loss nor in the number of samples.
        reduction: see :class:`~kerasnp.losses.base.Loss`.
        axis: the axis of the classes.
        name, dtype: see :class:`~kerasnp.losses.base.Loss`.
    """

    sparse_targets = True

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        axis=-1,
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.ignore_class = None if ignore_class is None else int(ignore_class)

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        ignored = crossentropy.NO_CLASS if self.ignore_class is None else self.ignore_class
        kernels.sparse_categorical_crossentropy(
            y_true, y_pred, scale, self.source, ignored, config.epsilon(), values, gradient
        )

    def scale(self, sample_weight, out, y_true=None, mask=None) -> None:
        """As :meth:`Loss.scale`; with an ``ignore_class`` it needs the targets."""
        valid = mask
        if self.ignore_class is not None and y_true is not None:
            valid = y_true != self.ignore_class
            if mask is not None:
                valid &= mask
        fill_scale(self.reduction, sample_weight, out, valid)

    def fitted_shape(self, y_shape, y_pred_shape) -> tuple[int, ...]:
        y_shape, leading = tuple(y_shape), tuple(y_pred_shape[:-1])
        if y_shape not in (leading, (*leading, 1)):
            hint = " For one-hot targets use 'categorical_crossentropy'." if y_shape == tuple(y_pred_shape) else ""
            raise ValueError(
                f"Loss {self.name!r}: targets (y_true) of shape {y_shape} do not fit predictions (y_pred) of shape "
                f"{tuple(y_pred_shape)}; expected one class index for each row of predictions, {leading}.{hint}"
            )
        return leading

    def prepare_targets(self, y_true, y_pred_shape, dtype) -> np.ndarray:
        """Returns class indices of any number type and fitting shape as (rows,) int64, checked."""
        shape = self.fitted_shape(y_true.shape, y_pred_shape)
        if y_true.dtype.kind == "f" and not np.isfinite(y_true).all():
            raise ValueError(f"Loss {self.name!r}: the targets (y_true) are class indices; some are NaN or infinite.")
        labels = np.ascontiguousarray(y_true, np.int64).reshape(shape).reshape(-1)
        self.check_targets(labels, y_pred_shape[-1])
        return labels

    def check_targets(self, y_true: np.ndarray, outputs: int) -> None:
        """Raises a ValueError if a class index is outside [0, outputs) and is not the ignored one."""
        # Seen without a sign, negative numbers are the largest: one look at the array is enough.
        if y_true.size == 0 or np.maximum.reduce(y_true.view(np.uint64)) < outputs:
            return
        outside = y_true[((y_true < 0) | (y_true >= outputs)) & (y_true != self.ignore_class)]
        if outside.size:
            raise ValueError(
                f"Loss {self.name!r}: the targets (y_true) must be class indices from 0 to {outputs - 1}, as the "
                f"predictions have {outputs} classes; received {outside[0]}."
            )

    def get_config(self) -> dict:
        # Keras leaves the axis out; we keep it where it says something.
        axis = {} if self.axis == -1 else {"axis": self.axis}
        return {**super().get_config(), "ignore_class": self.ignore_class, **axis}


@register()
class KLDivergence(PointwiseLoss):
    """sum(t log(t / p)), t and p clipped to [epsilon, 1]: how far the distribution p is from t (Kullback, Leibler)."""

    function = codes.KL_DIVERGENCE

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(reduction, name, dtype)


@register()
class Poisson(PointwiseLoss):
    """mean(p - t log(p + epsilon)): that counts t come from Poisson distributions of means p."""

    function = codes.POISSON

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(reduction, name, dtype)


@functional(BinaryCrossentropy, "bce", "BCE")
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1) -> np.ndarray:
    """Returns :class:`BinaryCrossentropy` of each sample."""
    return BinaryCrossentropy(from_logits, label_smoothing, axis).call(y_true, y_pred)


@functional(CategoricalCrossentropy)
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1) -> np.ndarray:
    """Returns :class:`CategoricalCrossentropy` of each sample."""
    return CategoricalCrossentropy(from_logits, label_smoothing, axis).call(y_true, y_pred)


@functional(SparseCategoricalCrossentropy)
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1) -> np.ndarray:
    """Returns :class:`SparseCategoricalCrossentropy` of each sample."""
    return SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis).call(y_true, y_pred)


@functional(KLDivergence, "kld", "KLD", "kullback_leibler_divergence")
def kl_divergence(y_true, y_pred) -> np.ndarray:
    """Returns :class:`KLDivergence` of each sample."""
    return KLDivergence().call(y_true, y_pred)


@functional(Poisson)
def poisson(y_true, y_pred) -> np.ndarray:
    """Returns :class:`Poisson` of each sample."""
    return Poisson().call(y_true, y_pred)
