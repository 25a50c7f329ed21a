"""The base of all losses: what a user calls, and what a training step calls.

A loss gives one value for each sample. The number that training minimises is ``sum(scale * values)``:
:meth:`Loss.scale` folds the reduction and the sample weights into one factor a row, so that a kernel writes the
finished gradient.

Shapes: ``rows`` are the samples, or samples times timesteps where a model's output has more than two axes;
``outputs`` is the last axis.
"""

import copy
from typing import ClassVar

import numpy as np

from kerasnp import config, registry
from kerasnp.utils.naming import auto_name

# The snake-case names belong to the functions, as in Keras.
losses = registry.namespace("keras.losses", "loss", snake=False)
register, serialize, deserialize, get = losses.register, losses.serialize, losses.deserialize, losses.get

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


@register()
class Loss:
    """A number that says how far predictions are from targets, and its gradient.

    A subclass writes ``call(y_true, y_pred)`` and, to be trained with, ``gradient(y_true, y_pred)``. The built-in
    losses write ``forward`` instead, which fills given arrays and allocates nothing (see
    :class:`~kerasnp.losses.kernel_loss.KernelLoss`).

    Args:
        name: None makes one from the class name.
        reduction: how one number is made of the values, each multiplied by its sample weight.
            ``"sum_over_batch_size"`` and ``"mean"``: their sum divided by their number; ``"sum"``: their sum;
            ``"mean_with_sample_weight"``: their sum divided by the sum of the weights; ``"none"`` or None: the values
            themselves (a model is then trained on their sum).
        dtype: number type of the computation; None means ``config.floatx()``.

    Raises:
        ValueError: unknown reduction.
    """

    sparse_targets: ClassVar[bool] = False  # whether targets are class indices, int64, one a row

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        if reduction not in REDUCTIONS:
            raise ValueError(
                f"Invalid value for argument `reduction`: expected one of {REDUCTIONS}; received {reduction!r}."
            )
        self.name = name or auto_name(type(self))
        self.reduction = reduction
        self.dtype = config.standardize_dtype(dtype)

    # -- what a subclass writes --------------------------------------------------------------------

    def call(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Returns the values: one for each sample, so without the last axis of ``y_pred``."""
        raise NotImplementedError(f"{type(self).__name__} must define call(y_true, y_pred).")

    def gradient(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Returns d values[i] / d y_pred[i, j], of the shape of ``y_pred``."""
        raise NotImplementedError(
            f"Loss {self.name!r} can be evaluated but not trained with: {type(self).__name__} defines no "
            "gradient(y_true, y_pred) that returns the derivative of each sample's value by its predictions."
        )

    # -- what a training step calls ----------------------------------------------------------------

    def forward(self, y_true, y_pred, scale, values, gradient, kernels) -> None:
        """Fills in the value of each row and, scaled, its gradient.

        Args:
            y_true: targets (rows, outputs) of the type of ``y_pred``; (rows,) int64 if ``sparse_targets``.
            y_pred: predictions (rows, outputs).
            scale: factors (rows,), see :meth:`scale`.
            values: output (rows,): the unscaled values.
            gradient: output (rows, outputs): scale[i] * d values[i] / d y_pred[i, j]; None where nobody needs it.
            kernels: the kernel table.
        """
        values[...] = self._checked("call", self.call(y_true, y_pred), values.shape)
        if gradient is not None:
            gradient[...] = self._checked("gradient", self.gradient(y_true, y_pred), gradient.shape)
            gradient *= scale[:, None]

    def _checked(self, method: str, result, shape: tuple[int, ...]):
        if np.shape(result) != shape:
            raise ValueError(
                f"Loss {self.name!r}: {method}(y_true, y_pred) must return an array of shape {shape} (one row a "
                f"sample); received shape {np.shape(result)}."
            )
        return result

    def scale(
        self,
        sample_weight: np.ndarray | None,
        out: np.ndarray,
        y_true: np.ndarray | None = None,
        mask: np.ndarray | None = None,
    ) -> None:
        """Fills ``out`` (rows,) with the factors that make the loss ``sum(out * values)``.

        Args:
            sample_weight: weights (rows,), or None.
            out: the factors.
            y_true: the targets of the batch; only losses that leave some rows out look at them.
            mask: (rows,) booleans, False for rows that are left out; None means none is.
        """
        fill_scale(self.reduction, sample_weight, out, mask)

    def for_shapes(self, y_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]) -> "Loss":
        """Returns the loss for targets and predictions of these shapes: itself, except for ``"crossentropy"``."""
        return self

    def fused(self, activation: str) -> "Loss | None":
        """Returns a loss for the output of ``activation`` that gives the gradient by the activation's *input*, or None.

        Its ``forward`` takes what the activation returned as ``y_pred``.
        """
        return None

    def target_shape(self, y_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the shape that a batch of targets gets before it is cut into rows.

        Args:
            y_shape: the shape in which the user gives them, batch axis included.
            y_pred_shape: the shape of the predictions.

        Raises:
            ValueError: targets and predictions do not fit.
        """
        return self.fitted_shape(y_shape, y_pred_shape)

    def fitted_shape(self, y_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The rule behind :meth:`target_shape`: equal shapes, but a last axis of one may be absent or extra."""
        y_shape, y_pred_shape = tuple(y_shape), tuple(y_pred_shape)
        if y_pred_shape not in (y_shape, (*y_shape, 1)) and y_shape != (*y_pred_shape, 1):
            raise ValueError(
                f"Loss {self.name!r}: targets (y_true) of shape {y_shape} do not fit predictions (y_pred) of shape "
                f"{y_pred_shape}; expected equal shapes."
            )
        return y_pred_shape

    def check_targets(self, y_true: np.ndarray, outputs: int) -> None:
        """Raises a ValueError if a batch of converted targets holds NaN (or, for class indices, no class)."""
        # NaN survives min(); unlike isnan(), it needs no array.
        if y_true.size and np.isnan(y_true.min()):
            raise ValueError(f"Loss {self.name!r}: the targets (y_true) contain NaN.")

    # -- use ---------------------------------------------------------------------------------------

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Returns the reduced loss.

        Args:
            y_true: targets.
            y_pred: predictions (samples, ..., outputs).
            sample_weight: one weight a sample (samples,) or (samples, 1), or one a value (samples, ...).
        """
        y_pred = np.asarray(y_pred, self.dtype)
        y_true = np.asarray(y_true, None if self.sparse_targets else self.dtype)
        values = np.asarray(self.call(y_true, y_pred))
        weight = None if sample_weight is None else spread_weights(sample_weight, values.shape).astype(values.dtype)
        if self.reduction in ("none", None):
            return values if weight is None else values * weight
        scale = np.empty(values.size, values.dtype)
        targets = y_true.reshape(values.size) if self.sparse_targets else y_true
        self.scale(None if weight is None else weight.reshape(-1), scale, targets)
        return (scale * values.reshape(-1)).sum()

    def get_config(self) -> dict:
        """Returns the arguments that make this loss again, as plain data."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict) -> "Loss":
        """Makes a loss from what :meth:`get_config` returned."""
        return cls(**config)

    def _copy(self, **changes) -> "Loss":
        twin = copy.copy(self)
        vars(twin).update(changes)
        return twin

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, reduction={self.reduction}>"


def fill_scale(reduction: str | None, sample_weight, out: np.ndarray, valid: np.ndarray | None = None) -> None:
    """Fills ``out`` (rows,) so that the reduced loss is ``sum(out * values)``.

    With weights w and n rows: w / n for ``"sum_over_batch_size"`` and ``"mean"``, w for ``"sum"`` and ``"none"``, and
    w / sum(w) for ``"mean_with_sample_weight"``. A sum of zero gives zeros, as in Keras.

    Args:
        reduction: see :class:`Loss`.
        sample_weight: (rows,), or None for ones.
        out: the factors.
        valid: (rows,) booleans; rows without it count neither in the sum nor in n. None means all.
    """
    if sample_weight is None and valid is None and out.size:
        out.fill(1.0 if reduction in ("sum", "none", None) else 1.0 / out.size)
        return
    out[...] = 1 if sample_weight is None else sample_weight
    if valid is not None:
        out *= valid
    if reduction in ("sum", "none", None):
        return
    if reduction == "mean_with_sample_weight":
        divisor = float(out.sum())
    else:
        divisor = out.size if valid is None else int(np.count_nonzero(valid))
    out *= 1.0 / divisor if divisor else 0.0


def spread_weights(sample_weight, shape: tuple[int, ...]) -> np.ndarray:
    """Returns sample weights as an array of ``shape``, that of the values they belong to.

    They may have the first axes of ``shape`` only, and further axes of one.

    Raises:
        ValueError: they do not fit.
    """
    weight = np.asarray(sample_weight)
    axes = weight.shape
    while axes != shape[: len(axes)] and axes[-1] == 1:
        axes = axes[:-1]
    if axes != shape[: len(axes)]:
        raise ValueError(
            f"`sample_weight` of shape {weight.shape} does not fit values of shape {tuple(shape)}: expected one weight "
            "a sample, or one a value."
        )
    return np.broadcast_to(weight.reshape(axes + (1,) * (len(shape) - len(axes))), shape)
