"""What a step minimises: the loss of one batch and its gradient, bound to the arrays of a plan."""

import math

import numpy as np

from kerasnp.engine.data import Batch
from kerasnp.engine.plan import Plan
from kerasnp.utils.arrays import rows_of


class Objective:
    """A loss bound to a plan's output.

    Args:
        loss: see :mod:`kerasnp.losses.base`.
        plan: the plan whose ``y`` is judged and whose ``dy`` receives the gradient.
        target_shape: shape of a batch of targets, batch axis included.
        weight_shape: shape of a batch of sample weights, or None where there are none.
        kernels: the kernel table.

    Attributes:
        targets: the converted targets of the current batch.
        weights: the sample weights of the current batch, shape (batch,) or (batch, timesteps); None if unweighted.
    """

    def __init__(self, loss, plan: Plan, target_shape, weight_shape, kernels):
        self.loss = loss = loss.for_shapes(target_shape, plan.y.shape)
        activation = plan.output_activation
        fused = loss.fused(activation.name) if activation is not None else None
        self.from_logits = fused is not None
        self._active = fused or loss
        self._kernels = kernels
        self._predictions = rows_of(plan.y)
        self._gradient = None if plan.dy is None else rows_of(plan.dy)
        rows, outputs = self._predictions.shape
        dtype = plan.y.dtype
        shape = loss.target_shape(target_shape, plan.y.shape)
        self.targets = np.empty(shape, np.int64 if loss.sparse_targets else dtype)
        self._target_rows = self.targets.reshape(rows if loss.sparse_targets else (rows, outputs))
        self._values = np.empty(rows, dtype)
        self._scale = np.empty(rows, dtype)
        self.weights = None
        self._row_weights = None
        if weight_shape is not None:
            self.weights = np.empty(_weight_shape(weight_shape, plan.y.shape), dtype)
            self._row_weights = np.empty((*self.weights.shape, rows // self.weights.size), dtype)
        self._mask = None if plan.mask is None else OutputMask(plan.mask, plan.y.shape, self.weights)

    def load(self, batch: Batch) -> None:
        """Reads the targets and weights of a batch.

        Raises:
            ValueError: labels out of range or NaN.
        """
        batch.y.fill(batch.index, self.targets)
        self.loss.check_targets(self._target_rows, self._predictions.shape[1])
        if self.weights is not None:
            batch.weight.fill(batch.index, self.weights)
            self._row_weights[...] = self.weights[..., None]
        if self._mask is None:
            self._fill_scale(None)

    def _fill_scale(self, mask: np.ndarray | None) -> None:
        row_weights = None if self._row_weights is None else self._row_weights.reshape(-1)
        self.loss.scale(row_weights, self._scale, self._target_rows, mask)

    def weights_for(self, weighted: bool, masked: bool) -> np.ndarray | None:
        """Returns the weights of the current batch for a metric.

        Args:
            weighted: whether sample weights count.
            masked: whether the mask of the output counts.
        """
        if masked and self._mask is not None:
            return self._mask.weighted if weighted else self._mask.weights
        return self.weights if weighted else None

    def evaluate(self, with_gradient: bool) -> float:
        """Returns the loss of the plan's current output, and writes the gradient by it into ``plan.dy``."""
        if self._mask is not None:
            self._mask.load()
            self._fill_scale(self._mask.rows)
        gradient = self._gradient if with_gradient else None
        active = self._active if with_gradient else self.loss
        active.forward(self._target_rows, self._predictions, self._scale, self._values, gradient, self._kernels)
        np.multiply(self._values, self._scale, out=self._values)
        # NumPy adds pairwise, in a fixed order: a BLAS dot product would depend on the number of threads, and a sum in
        # float64 would take a copy.
        return float(np.add.reduce(self._values))


class OutputMask:
    """The mask of a plan's output, as losses and metrics take it.

    Args:
        mask: booleans with the first axes of the output, filled by the plan.
        output_shape: shape of the output.
        sample_weights: the array with the weights of the batch, or None.

    Attributes:
        rows: the mask, one a row of the output.
        weights: the mask as weights.
        weighted: the same times the sample weights, if there are any.

    Raises:
        ValueError: the mask has not the first axes of the output.
    """

    def __init__(self, mask: np.ndarray, output_shape: tuple[int, ...], sample_weights: np.ndarray | None):
        leading = output_shape[: mask.ndim]
        if mask.shape != leading or mask.ndim >= len(output_shape):
            raise ValueError(
                f"The mask that reaches the end of the model, of shape {mask.shape}, does not fit its output of shape "
                f"{tuple(output_shape)}: it must have the first axes of it."
            )
        self._mask, self._sample_weights = mask, sample_weights
        each = math.prod(output_shape[mask.ndim : -1])
        self._spread = np.empty((mask.size, each), np.bool_)
        self.rows = self._spread.reshape(-1)
        dtype = np.float32 if sample_weights is None else sample_weights.dtype
        self.weights = self.weighted = np.empty(mask.shape, dtype)
        if sample_weights is not None:
            self.weighted = np.empty(max(mask.shape, sample_weights.shape, key=len), dtype)

    def load(self) -> None:
        """Reads the mask of the current batch."""
        self._spread[...] = self._mask.reshape(-1, 1)
        self.weights[...] = self._mask
        if self._sample_weights is not None:
            rank = self.weighted.ndim
            np.multiply(_widened(self.weights, rank), _widened(self._sample_weights, rank), out=self.weighted)


def _widened(array: np.ndarray, rank: int) -> np.ndarray:
    """Returns a view with further axes of one."""
    return array.reshape(array.shape + (1,) * (rank - array.ndim))


def _weight_shape(shape, output_shape) -> tuple[int, ...]:
    """Returns the shape of a batch of sample weights: (batch,), or (batch, timesteps) where outputs have those axes."""
    shape = tuple(shape)
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    if shape != tuple(output_shape[: len(shape)]) or len(shape) >= len(output_shape):
        raise ValueError(
            f"`sample_weight` of shape {shape} does not fit outputs of shape {tuple(output_shape)}: expected one "
            "weight a sample, or one for each of the leading axes of the output."
        )
    return shape
