"""Activations of single elements.

Each function below turns the parameters of a Keras activation into the name of a formula in
:mod:`kerasnp.kernels.activation` and the formula's parameters ``a, b, c``. The decorator makes it an activation.
"""

import math

import numpy as np

from kerasnp.activations.base import ActivationFunction, Elementwise, register


class _Linear(ActivationFunction):
    def forward(self, x, y, kernels):
        if y is not x:
            np.copyto(y, x)

    def backward(self, dy, x, y, dx, kernels):
        if dx is not dy:
            np.copyto(dx, dy)


linear = register()(_Linear("linear", "Linear: y = x, dy/dx = 1."))


@register()
@Elementwise
def relu(negative_slope=0.0, max_value=None, threshold=0.0):
    """Rectified linear unit.

    y = max(x, 0), dy/dx = [y > 0]. In general y = min(x, max_value) where x > threshold, and
    negative_slope (x - threshold) elsewhere; at the two kinks dy/dx = 0.

    Args:
        x: input.
        negative_slope: slope below the threshold, not negative.
        max_value: greatest output, not negative; None means no limit.
        threshold: where the function leaves zero, not negative.
    """
    for name, value in (("negative_slope", negative_slope), ("max_value", max_value), ("threshold", threshold)):
        if value is not None and value < 0:
            raise ValueError(f"{name} of relu cannot be negative. Received: {name}={value}")
    if max_value is None and threshold == 0:
        return ("leaky_relu", negative_slope) if negative_slope else ("relu",)
    return "clipped_relu", negative_slope, math.inf if max_value is None else max_value, threshold


@register()
@Elementwise
def relu6():
    """Rectified linear unit that stops at 6: y = min(max(x, 0), 6), dy/dx = [0 < y < 6]."""
    return "clipped_relu", 0, 6, 0


@register()
@Elementwise
def leaky_relu(negative_slope=0.2):
    """Leaky rectified linear unit: y = x where x > 0, else negative_slope x; dy/dx = 1, else negative_slope.

    Args:
        x: input.
        negative_slope: slope for negative inputs, not negative.
    """
    return relu.parametrize(negative_slope)


@register()
@Elementwise
def elu(alpha=1.0):
    """Exponential linear unit (Clevert et al., 2016).

    y = x where x > 0, else alpha (exp(x) - 1); dy/dx = 1, else y + alpha.

    Args:
        x: input.
        alpha: minus the limit at minus infinity, not negative.
    """
    if alpha < 0:
        raise ValueError(f"alpha of elu cannot be negative. Received: alpha={alpha}")
    return "elu", alpha, 1, 1


@register()
@Elementwise
def selu():
    """Scaled exponential linear unit (Klambauer et al., 2017): y = 1.0507 elu(x, alpha=1.6733).

    The two constants make zero mean and unit variance a fixed point from layer to layer.
    """
    return "elu", 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1


@register()
@Elementwise
def celu(alpha=1.0):
    """Exponential linear unit with a continuous derivative (Barron, 2017).

    y = x where x > 0, else alpha (exp(x / alpha) - 1); dy/dx = 1, else 1 + y / alpha.

    Args:
        x: input.
        alpha: minus the limit at minus infinity, positive.
    """
    if not alpha > 0:
        raise ValueError(f"alpha of celu must be positive. Received: alpha={alpha}")
    return "elu", alpha, 1, alpha


@register()
@Elementwise
def exponential():
    """Exponential function: y = exp(x), dy/dx = y."""
    return ("exponential",)


@register()
@Elementwise
def sigmoid():
    """Sigmoid: y = 1 / (1 + exp(-x)), dy/dx = y (1 - y)."""
    return ("sigmoid",)


@register()
@Elementwise
def log_sigmoid():
    """Logarithm of the sigmoid: y = -log(1 + exp(-x)), dy/dx = 1 - exp(y)."""
    return ("log_sigmoid",)


@register()
@Elementwise
def tanh():
    """Hyperbolic tangent: y = (exp(x) - exp(-x)) / (exp(x) + exp(-x)), dy/dx = 1 - y^2."""
    return ("tanh",)


@register()
@Elementwise
def softplus():
    """Softplus: y = log(1 + exp(x)), dy/dx = 1 - exp(-y), the sigmoid of x."""
    return ("softplus",)


@register()
@Elementwise
def softsign():
    """Softsign: y = x / (1 + |x|), dy/dx = (1 - |y|)^2."""
    return ("softsign",)


@register()
@Elementwise
def hard_sigmoid():
    """Sigmoid of three straight pieces: y = min(max(x / 6 + 1/2, 0), 1), dy/dx = 1/6 where 0 < y < 1, else 0."""
    return ("hard_sigmoid",)


@register()
@Elementwise
def sparse_sigmoid():
    """Sigmoid of three straight pieces: y = min(max((x + 1) / 2, 0), 1), dy/dx = 1/2 where 0 < y < 1, else 0."""
    return ("sparse_sigmoid",)


@register()
@Elementwise
def sparse_plus():
    """Softplus of three pieces: y = 0 up to -1, (x + 1)^2 / 4 up to 1, then x; dy/dx = sqrt(min(y, 1))."""
    return ("sparse_plus",)


@register()
@Elementwise
def hard_tanh():
    """Hyperbolic tangent of three straight pieces: y = min(max(x, -1), 1), dy/dx = [|x| <= 1]."""
    return ("hard_tanh",)


@register()
@Elementwise
def hard_shrink(threshold=0.5):
    """Hard shrinkage: y = x where |x| > threshold, else 0; dy/dx = [y != 0].

    Args:
        x: input.
        threshold: half the width of the zero part, not negative.
    """
    return "hard_shrink", threshold


@register()
@Elementwise
def soft_shrink(threshold=0.5):
    """Soft shrinkage: y = x less its part within [-threshold, threshold]; dy/dx = [y != 0].

    Args:
        x: input.
        threshold: half the width of the zero part, not negative.
    """
    return "soft_shrink", threshold


@register()
@Elementwise
def tanh_shrink():
    """What the hyperbolic tangent leaves: y = x - tanh(x), dy/dx = tanh(x)^2."""
    return ("tanh_shrink",)


@register()
@Elementwise
def threshold(threshold=0.0, default_value=0.0):
    """Threshold: y = x where x > threshold, else default_value; dy/dx = [x > threshold].

    Args:
        x: input.
        threshold: below and at it the input is replaced.
        default_value: what replaces it.
    """
    return "threshold", threshold, default_value


@register()
@Elementwise
def squareplus(b=4):
    """Squareplus (Barron, 2021): y = (x + sqrt(x^2 + b)) / 2, dy/dx = (1 + x / sqrt(x^2 + b)) / 2.

    Args:
        x: input.
        b: how smooth the bend at zero is, positive.
    """
    return "squareplus", b


@register("swish")
@Elementwise
def silu():
    """Sigmoid linear unit, also called swish: y = x s with s = sigmoid(x), dy/dx = s + x s (1 - s)."""
    return ("silu",)


@register("hard_swish")
@Elementwise
def hard_silu():
    """Silu of three pieces: y = x hard_sigmoid(x), dy/dx = 0 up to -3, (2 x + 3) / 6 between, 1 from 3."""
    return ("hard_silu",)


@register()
@Elementwise
def mish():
    """Mish (Misra, 2019): y = x t with t = tanh(softplus(x)), dy/dx = t + x (1 - t^2) sigmoid(x)."""
    return ("mish",)


@register()
@Elementwise
def gelu(approximate=False):
    """Gaussian error linear unit (Hendrycks and Gimpel, 2016).

    y = x P(x), dy/dx = P(x) + x p(x), with the distribution P and density p of a standard normal variable.

    Args:
        x: input.
        approximate: take (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 for P.
    """
    return ("gelu_tanh", 2 * math.sqrt(2 / math.pi), 0.044715) if approximate else ("gelu",)
