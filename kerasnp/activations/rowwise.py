"""Activations of whole rows: softmax and its logarithm."""

import numpy as np

from kerasnp.activations.base import ActivationFunction, register
from kerasnp.utils.arrays import as_floats, rows_of


class Rowwise(ActivationFunction):
    """An activation that runs along an axis; layers run it along the last.

    Args:
        name: the prefix of its two kernels.
        doc: the documentation.
    """

    def forward(self, x, y, kernels):
        getattr(kernels, f"{self.name}_forward")(rows_of(x), rows_of(y))

    def backward(self, dy, x, y, dx, kernels):
        getattr(kernels, f"{self.name}_backward")(rows_of(dy), rows_of(y), rows_of(dx))

    def __call__(self, x, axis: int = -1) -> np.ndarray:
        x = as_floats(x)
        if x.ndim == 0:
            raise ValueError(f"Cannot apply {self.name} to a scalar: it needs at least one axis.")
        if axis in (-1, x.ndim - 1):
            return super().__call__(x)
        return np.ascontiguousarray(np.moveaxis(super().__call__(np.moveaxis(x, axis, -1)), -1, axis))


softmax = register()(
    Rowwise(
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
    Rowwise(
        "log_softmax",
        """Logarithm of softmax, exact where the probabilities are too small for a float.

        y_i = x_i - log of sum over k of exp(x_k), so dy_i/dx_j = [i = j] - exp(y_j).

        Args:
            x: logits.
            axis: the axis of the sum.
        """,
    )
)
