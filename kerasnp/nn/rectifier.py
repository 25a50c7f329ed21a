"""Rectifiers and other activations with corners, as functions: each forward equation beside its backward equation.

``[condition]`` is 1 where the condition holds, else 0. At a corner there is no derivative, and any slope between those
of the two sides would do; we take Keras's. Inputs are as in :mod:`kerasnp.nn.activation`.
"""

import numpy as np

from kerasnp import activations
from kerasnp.nn.activation import backward


def relu_forward(x, negative_slope=0.0, max_value=None, threshold=0.0) -> np.ndarray:
    """y = max(x, 0). In general y = min(x, max_value) where x > threshold, else negative_slope (x - threshold)."""
    return activations.relu(x, negative_slope, max_value, threshold)


def relu_backward(dy, x, negative_slope=0.0, max_value=None, threshold=0.0) -> np.ndarray:
    """dx = dy [x > 0]. In general dx = negative_slope dy below the threshold, 0 above max_value, dy between.

    At zero the slope of max(x, 0) is taken to be 0.
    """
    return backward(activations.relu.with_parameters(negative_slope, max_value, threshold), dy, x)


def relu6_forward(x) -> np.ndarray:
    """y = min(max(x, 0), 6)."""
    return activations.relu6(x)


def relu6_backward(dy, x) -> np.ndarray:
    """dx = dy [0 < x < 6]."""
    return backward(activations.relu6, dy, x)


def leaky_relu_forward(x, negative_slope=0.2) -> np.ndarray:
    """y = x where x > 0, else negative_slope x."""
    return activations.leaky_relu(x, negative_slope)


def leaky_relu_backward(dy, x, negative_slope=0.2) -> np.ndarray:
    """dx = dy where x > 0, else negative_slope dy."""
    return backward(activations.leaky_relu.with_parameters(negative_slope), dy, x)


def elu_forward(x, alpha=1.0) -> np.ndarray:
    """y = x where x > 0, else alpha (exp(x) - 1) (Clevert et al., 2016)."""
    return activations.elu(x, alpha)


def elu_backward(dy, x, alpha=1.0) -> np.ndarray:
    """dx = dy where x > 0, else dy (y + alpha): the derivative is alpha exp(x), and y = alpha exp(x) - alpha."""
    return backward(activations.elu.with_parameters(alpha), dy, x)


def selu_forward(x) -> np.ndarray:
    """y = scale x where x > 0, else scale alpha (exp(x) - 1) (Klambauer et al., 2017).

    With scale = 1.0507 and alpha = 1.6733 numbers of mean 0 and variance 1 keep them from layer to layer.
    """
    return activations.selu(x)


def selu_backward(dy, x) -> np.ndarray:
    """dx = dy scale where x > 0, else dy (y + scale alpha), as for :func:`elu_backward`."""
    return backward(activations.selu, dy, x)


def celu_forward(x, alpha=1.0) -> np.ndarray:
    """y = x where x > 0, else alpha (exp(x / alpha) - 1) (Barron, 2017)."""
    return activations.celu(x, alpha)


def celu_backward(dy, x, alpha=1.0) -> np.ndarray:
    """dx = dy where x > 0, else dy (1 + y / alpha): the derivative is exp(x / alpha), 1 at zero for every alpha."""
    return backward(activations.celu.with_parameters(alpha), dy, x)


def hard_sigmoid_forward(x) -> np.ndarray:
    """y = min(max(x / 6 + 1/2, 0), 1)."""
    return activations.hard_sigmoid(x)


def hard_sigmoid_backward(dy, x) -> np.ndarray:
    """dx = dy [-3 < x < 3] / 6."""
    return backward(activations.hard_sigmoid, dy, x)


def sparse_sigmoid_forward(x) -> np.ndarray:
    """y = min(max((x + 1) / 2, 0), 1)."""
    return activations.sparse_sigmoid(x)


def sparse_sigmoid_backward(dy, x) -> np.ndarray:
    """dx = dy [-1 < x < 1] / 2."""
    return backward(activations.sparse_sigmoid, dy, x)


def hard_silu_forward(x) -> np.ndarray:
    """y = x h(x) with h(x) = min(max(x / 6 + 1/2, 0), 1), also called hard swish."""
    return activations.hard_silu(x)


def hard_silu_backward(dy, x) -> np.ndarray:
    """dx = dy (h(x) + x h'(x)), by the product rule: 0 up to -3, (2 x + 3) / 6 between, 1 from 3."""
    return backward(activations.hard_silu, dy, x)


def hard_tanh_forward(x) -> np.ndarray:
    """y = min(max(x, -1), 1)."""
    return activations.hard_tanh(x)


def hard_tanh_backward(dy, x) -> np.ndarray:
    """dx = dy [-1 <= x <= 1]."""
    return backward(activations.hard_tanh, dy, x)


def hard_shrink_forward(x, threshold=0.5) -> np.ndarray:
    """y = x [|x| > threshold]."""
    return activations.hard_shrink(x, threshold)


def hard_shrink_backward(dy, x, threshold=0.5) -> np.ndarray:
    """dx = dy [|x| > threshold]."""
    return backward(activations.hard_shrink.with_parameters(threshold), dy, x)


def soft_shrink_forward(x, threshold=0.5) -> np.ndarray:
    """y = x - min(max(x, -threshold), threshold)."""
    return activations.soft_shrink(x, threshold)


def soft_shrink_backward(dy, x, threshold=0.5) -> np.ndarray:
    """dx = dy [|x| > threshold]: outside, the function is x less a constant."""
    return backward(activations.soft_shrink.with_parameters(threshold), dy, x)


def sparse_plus_forward(x) -> np.ndarray:
    """y = 0 where x <= -1, (x + 1)^2 / 4 between, x where x >= 1."""
    return activations.sparse_plus(x)


def sparse_plus_backward(dy, x) -> np.ndarray:
    """dx = dy min(max((x + 1) / 2, 0), 1). From the output it is sqrt(min(y, 1))."""
    return backward(activations.sparse_plus, dy, x)


def threshold_forward(x, threshold=0.0, default_value=0.0) -> np.ndarray:
    """y = x where x > threshold, else default_value."""
    return activations.threshold(x, threshold, default_value)


def threshold_backward(dy, x, threshold=0.0, default_value=0.0) -> np.ndarray:
    """dx = dy [x > threshold]."""
    return backward(activations.threshold.with_parameters(threshold, default_value), dy, x)
