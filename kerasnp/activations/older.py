"""Activations whose formula has changed since Keras 2, for the models in files of that time."""

import numpy as np

from kerasnp.activations.base import ActivationFunction, register
from kerasnp.activations.elementwise import hard_sigmoid

_SLOPE = 0.2


class _HardSigmoidOfKeras2(ActivationFunction):
    """Keras 3's form has the slope 1/6, and is otherwise the same; so it can do the work."""

    def forward(self, x, y, kernels):
        np.multiply(x, 6 * _SLOPE, out=y)
        hard_sigmoid.forward(y, y, kernels)

    def backward(self, dy, x, y, dx, kernels):
        hard_sigmoid.backward(dy, x, y, dx, kernels)
        dx *= 6 * _SLOPE


hard_sigmoid_keras2 = register()(
    _HardSigmoidOfKeras2(
        "hard_sigmoid_keras2",
        "Hard sigmoid as in Keras 1 and 2: y = min(max(0.2 x + 0.5, 0), 1), dy/dx = 0.2 where 0 < y < 1, else 0.",
    )
)
