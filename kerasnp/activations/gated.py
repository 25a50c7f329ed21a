"""The gated linear unit, whose output is half as wide as its input."""

import numpy as np

from kerasnp.activations.base import ActivationFunction, register
from kerasnp.activations.elementwise import sigmoid
from kerasnp.utils.arrays import as_floats


class GatedLinearUnit(ActivationFunction):
    """An activation whose output is narrower than its input; only the layer ``Activation`` has room for that."""

    uses_input = True

    def output_shape(self, input_shape):
        *front, width = input_shape
        if width is None or width % 2:
            raise ValueError(f"{self.name} halves the last axis, which must be even; received shape {input_shape}.")
        return (*front, width // 2)

    def forward(self, x, y, kernels):
        if y.shape != self.output_shape(x.shape):
            raise ValueError(
                f"{self.name} makes an output of shape {self.output_shape(x.shape)} from {x.shape}, but a layer that "
                f"has it as its activation expects {y.shape}: put a layer Activation({self.name!r}) behind it."
            )
        values, gates = np.split(x, 2, axis=-1)
        np.multiply(values, sigmoid(gates), out=y)

    def backward(self, dy, x, y, dx, kernels):
        values, gates = np.split(x, 2, axis=-1)
        d_values, d_gates = np.split(dx, 2, axis=-1)
        opening = sigmoid(gates)
        np.multiply(dy * values, opening * (1 - opening), out=d_gates)
        np.multiply(dy, opening, out=d_values)

    def __call__(self, x, axis: int = -1) -> np.ndarray:
        x = as_floats(x)
        if x.ndim == 0:
            raise ValueError(f"Cannot apply {self.name} to a scalar: it needs at least one axis.")
        x = np.moveaxis(x, axis, -1)
        y = np.empty(self.output_shape(x.shape), x.dtype)
        self.forward(x, y, None)
        return np.ascontiguousarray(np.moveaxis(y, -1, axis))

    def gradient(self, x, y, dy):
        dx = np.empty_like(as_floats(x))
        self.backward(as_floats(dy), as_floats(x), None, dx, None)
        return dx


glu = register()(
    GatedLinearUnit(
        "glu",
        """Gated linear unit: one half of the input, as far as the other half lets it through.

        With x = (a, b), y = a sigmoid(b), so da = dy sigmoid(b) and db = dy a sigmoid(b) (1 - sigmoid(b)), see Dauphin
        et al., https://arxiv.org/abs/1612.08083.

        Args:
            x: the input; its axis is even.
            axis: the axis that is halved.

        Raises:
            ValueError: the axis is odd.
        """,
    )
)
