"""Activations of whole rows: softmax, its logarithm, and sparsemax."""

import numpy as np

from kerasnp.activations.base import ActivationFunction, register
from kerasnp.utils.arrays import as_floats, rows_of


class Rowwise(ActivationFunction):
    """An activation that runs along an axis; layers run it along the last."""

    def __call__(self, x, axis: int = -1) -> np.ndarray:
        x = as_floats(x)
        if x.ndim == 0:
            raise ValueError(f"Cannot apply {self.name} to a scalar: it needs at least one axis.")
        if axis in (-1, x.ndim - 1):
            return super().__call__(x)
        return np.ascontiguousarray(np.moveaxis(super().__call__(np.moveaxis(x, axis, -1)), -1, axis))


class KernelRows(Rowwise):
    """An activation of rows that kernels compute.

    Args:
        name: the prefix of its two kernels.
        doc: the documentation.
    """

    def forward(self, x, y, kernels):
        getattr(kernels, f"{self.name}_forward")(rows_of(x), rows_of(y))

    def backward(self, dy, x, y, dx, kernels):
        getattr(kernels, f"{self.name}_backward")(rows_of(dy), rows_of(y), rows_of(dx))


class Sparsemax(Rowwise):
    """The point of the simplex that is nearest to a row; see :data:`sparsemax`."""

    def forward(self, x, y, kernels):
        with np.errstate(invalid="ignore"):  # infinities make NaN, as in softmax
            shifted = x - np.max(x, axis=-1, keepdims=True)
        downwards = np.sort(shifted, axis=-1)[..., ::-1]
        sums = np.cumsum(downwards, axis=-1)
        places = np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
        kept = np.count_nonzero(places * downwards > sums - 1, axis=-1, keepdims=True)
        threshold = (np.take_along_axis(sums, kept - 1, axis=-1) - 1) / np.maximum(kept, 1)
        np.maximum(shifted - threshold.astype(x.dtype), 0, out=y)

    def backward(self, dy, x, y, dx, kernels):
        kept = y > 0
        mean = np.sum(dy, axis=-1, keepdims=True, where=kept) / np.maximum(1, kept.sum(axis=-1, keepdims=True))
        np.copyto(dx, np.where(kept, dy - mean, 0))


softmax = register()(
    KernelRows(
        "softmax",
        """Softmax: turns logits into probabilities that add up to one.

        y_i = exp(x_i) / sum over k of exp(x_k), so dy_i/dx_j = y_i ([i = j] - y_j).

        Args:
            x: logits.
            axis: the axis of the sum.
        """,
    )
)

log_softmax = register()(
    KernelRows(
        "log_softmax",
        """Logarithm of softmax, exact where the probabilities are too small for a float.

        y_i = x_i - log of sum over k of exp(x_k), so dy_i/dx_j = [i = j] - exp(y_j).

        Args:
            x: logits.
            axis: the axis of the sum.
        """,
    )
)

sparsemax = register()(
    Sparsemax(
        "sparsemax",
        """Sparsemax: as softmax, but with zeros for what is far below the largest logit.

        y_i = max(x_i - t, 0), where t makes the row add up to one: with x sorted downwards, t = (x_1 + ... + x_k - 1) /
        k for the largest k with 1 + k x_k > x_1 + ... + x_k. So dx_i = dy_i - mean of dy over the y that are not zero,
        and 0 for the others. See Martins and Astudillo, https://arxiv.org/abs/1602.02068. Keras 3.15 departs from the
        paper: where more than one y is not zero, its rows do not add up to one.

        Args:
            x: logits.
            axis: the axis that adds up to one.
        """,
    )
)
