"""Smooth activations, as functions: each forward equation beside its backward equation.

An activation works on single numbers, so the chain rule has one term: ``dx = dy f'(x)``. Inputs are arrays of any
shape; float32 and float64 stay as they are, other types become ``config.floatx()``. The activations with corners are in
:mod:`kerasnp.nn.rectifier`.
"""

import numpy as np

from kerasnp import activations
from kerasnp.nn.arguments import output_gradient
from kerasnp.utils.arrays import as_floats


def backward(activation: activations.ActivationFunction, dy, x) -> np.ndarray:
    """Returns ``dy f'(x)`` for an activation f.

    Raises:
        ValueError: dy and x differ in shape.
    """
    x = as_floats(x)
    return activation.gradient(x, activation(x), output_gradient(dy, x.shape, x.dtype))


def linear_forward(x) -> np.ndarray:
    """y = x."""
    return activations.linear(x)


def linear_backward(dy, x) -> np.ndarray:
    """dx = dy."""
    return backward(activations.linear, dy, x)


def exponential_forward(x) -> np.ndarray:
    """y = exp(x)."""
    return activations.exponential(x)


def exponential_backward(dy, x) -> np.ndarray:
    """dx = dy exp(x): the exponential is its own derivative."""
    return backward(activations.exponential, dy, x)


def sigmoid_forward(x) -> np.ndarray:
    """y = 1 / (1 + exp(-x)), between 0 and 1."""
    return activations.sigmoid(x)


def sigmoid_backward(dy, x) -> np.ndarray:
    """dx = dy y (1 - y): by the chain rule exp(-x) / (1 + exp(-x))^2, where exp(-x) / (1 + exp(-x)) = 1 - y."""
    return backward(activations.sigmoid, dy, x)


def log_sigmoid_forward(x) -> np.ndarray:
    """y = log(sigmoid(x)) = -log(1 + exp(-x)), exact where the sigmoid is too small for a float."""
    return activations.log_sigmoid(x)


def log_sigmoid_backward(dy, x) -> np.ndarray:
    """dx = dy (1 - exp(y)): with s = sigmoid(x) the chain rule gives s (1 - s) / s = 1 - s, and s = exp(y)."""
    return backward(activations.log_sigmoid, dy, x)


def tanh_forward(x) -> np.ndarray:
    """y = (exp(x) - exp(-x)) / (exp(x) + exp(-x)), between -1 and 1."""
    return activations.tanh(x)


def tanh_backward(dy, x) -> np.ndarray:
    """dx = dy (1 - y^2): the quotient rule for sinh / cosh gives (cosh^2 - sinh^2) / cosh^2."""
    return backward(activations.tanh, dy, x)


def tanh_shrink_forward(x) -> np.ndarray:
    """y = x - tanh(x)."""
    return activations.tanh_shrink(x)


def tanh_shrink_backward(dy, x) -> np.ndarray:
    """dx = dy tanh(x)^2, that is 1 - (1 - tanh(x)^2)."""
    return backward(activations.tanh_shrink, dy, x)


def softplus_forward(x) -> np.ndarray:
    """y = log(1 + exp(x)), a smooth max(x, 0)."""
    return activations.softplus(x)


def softplus_backward(dy, x) -> np.ndarray:
    """dx = dy sigmoid(x): the chain rule gives exp(x) / (1 + exp(x)). From the output it is 1 - exp(-y)."""
    return backward(activations.softplus, dy, x)


def softsign_forward(x) -> np.ndarray:
    """y = x / (1 + |x|), between -1 and 1."""
    return activations.softsign(x)


def softsign_backward(dy, x) -> np.ndarray:
    """dx = dy (1 - |y|)^2: for x > 0 the quotient rule gives 1 / (1 + x)^2, and 1 - y = 1 / (1 + x)."""
    return backward(activations.softsign, dy, x)


def squareplus_forward(x, b=4) -> np.ndarray:
    """y = (x + sqrt(x^2 + b)) / 2, a smooth max(x, 0) without an exponential (Barron, 2021)."""
    return activations.squareplus(x, b)


def squareplus_backward(dy, x, b=4) -> np.ndarray:
    """dx = dy (1 + x / sqrt(x^2 + b)) / 2. From the output it is y^2 / (y^2 + b / 4), as x = y - b / (4 y)."""
    return backward(activations.squareplus.with_parameters(b), dy, x)


def silu_forward(x) -> np.ndarray:
    """y = x sigmoid(x), also called swish."""
    return activations.silu(x)


def silu_backward(dy, x) -> np.ndarray:
    """dx = dy (s + x s (1 - s)) with s = sigmoid(x), by the product rule."""
    return backward(activations.silu, dy, x)


def mish_forward(x) -> np.ndarray:
    """y = x tanh(softplus(x)) (Misra, 2019)."""
    return activations.mish(x)


def mish_backward(dy, x) -> np.ndarray:
    """dx = dy (t + x (1 - t^2) sigmoid(x)) with t = tanh(softplus(x)), by the product rule and the chain rule."""
    return backward(activations.mish, dy, x)


def gelu_forward(x, approximate=False) -> np.ndarray:
    """y = x P(x), P the distribution function of a standard normal variable (Hendrycks and Gimpel, 2016).

    Args:
        x: input.
        approximate: take (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3) for P.
    """
    return activations.gelu(x, approximate)


def gelu_backward(dy, x, approximate=False) -> np.ndarray:
    """dx = dy (P(x) + x p(x)), by the product rule; the derivative of P is p(x) = exp(-x^2 / 2) / sqrt(2 pi).

    In the approximation, (1 + tanh(u)) / 2 = sigmoid(2 u) = s, p is 2 s (1 - s) du/dx.
    """
    return backward(activations.gelu.with_parameters(approximate), dy, x)
