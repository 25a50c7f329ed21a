"""Elementwise activations, one formula and one derivative each: reference kernels.

A formula takes an element ``x`` and up to three parameters ``a, b, c``; the derivative takes the output ``y`` where it
can be told from that, else the input ``x``. Kernels name a formula by its place in :data:`FORMULAS`, see :data:`CODES`.
Infinities and overflow are values here, not errors: ``exp(1000)`` is ``inf``.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["activation_backward", "activation_forward", "prelu_backward", "prelu_forward"]


def sigmoid(x):
    """1 / (1 + exp(-x)), with no exponential of a positive number."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def softplus(x):
    """log(1 + exp(x)), with no exponential of a positive number."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def normal_cdf(x):
    """The probability that a standard normal variable is below x: erfc(-x / sqrt(2)) / 2."""
    return (np.frompyfunc(math.erfc, 1, 1)(-x * math.sqrt(0.5)) / 2).astype(x.dtype)


def normal_pdf(x):
    """The density of the standard normal distribution: exp(-x^2 / 2) / sqrt(2 pi)."""
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _clipped_relu(x, a, b, c):
    below = np.where(np.isnan(x), x, 0) if a == 0 else a * (x - c)
    return np.where(x > c, np.minimum(x, b), below)


def _squareplus(x, a, b, c):
    # (x + root) / 2 loses its digits where x is negative; root^2 - x^2 = a.
    root = np.sqrt(x * x + a)
    return np.where(x >= 0, x + root, a / (root - x)) / 2


def _silu_derivative(x, a, b, c):
    s = sigmoid(x)
    return s + x * s * (1 - s)


def _gelu_tanh_derivative(x, a, b, c):
    s = sigmoid(a * x * (1 + b * x * x))
    return s + x * s * (1 - s) * a * (1 + 3 * b * x * x)


def _mish_derivative(x, a, b, c):
    t = np.tanh(softplus(x))
    return t + x * (1 - t * t) * sigmoid(x)


class Formula(NamedTuple):
    """An activation, and its derivative, told from the input if ``uses_input``, else from the output."""

    forward: Callable
    derivative: Callable
    uses_input: bool


def _by_output(forward, derivative) -> Formula:
    return Formula(forward, derivative, uses_input=False)


def _by_input(forward, derivative) -> Formula:
    return Formula(forward, derivative, uses_input=True)


# In the order of activation_formulas.h. At a kink the derivative is Keras's, where Keras's backends agree on one.
FORMULAS = {
    "relu": _by_output(
        lambda x, a, b, c: np.maximum(x, 0),
        lambda y, a, b, c: y > 0,
    ),
    "leaky_relu": _by_output(
        lambda x, a, b, c: np.where(x > 0, x, a * x),
        lambda y, a, b, c: np.where(y > 0, 1, a),
    ),
    "clipped_relu": _by_output(
        _clipped_relu,
        lambda y, a, b, c: np.where(y > 0, y < b, a * (y < 0)),
    ),
    "elu": _by_output(
        lambda x, a, b, c: b * np.where(x > 0, x, a * np.expm1(np.minimum(x, 0) / c)),
        lambda y, a, b, c: np.where(y > 0, b, (y + a * b) / c),
    ),
    "exponential": _by_output(
        lambda x, a, b, c: np.exp(x),
        lambda y, a, b, c: y,
    ),
    "sigmoid": _by_output(
        lambda x, a, b, c: sigmoid(x),
        lambda y, a, b, c: y * (1 - y),
    ),
    "log_sigmoid": _by_output(
        lambda x, a, b, c: -softplus(-x),
        lambda y, a, b, c: -np.expm1(y),
    ),
    "tanh": _by_output(
        lambda x, a, b, c: np.tanh(x),
        lambda y, a, b, c: 1 - y * y,
    ),
    "softplus": _by_output(
        lambda x, a, b, c: softplus(x),
        lambda y, a, b, c: -np.expm1(-y),
    ),
    "softsign": _by_output(
        lambda x, a, b, c: x / (1 + np.abs(x)),
        lambda y, a, b, c: (1 - np.abs(y)) ** 2,
    ),
    "hard_sigmoid": _by_output(
        lambda x, a, b, c: np.clip((x + 3) / 6, 0, 1),
        lambda y, a, b, c: ((y > 0) & (y < 1)) / 6,
    ),
    "sparse_sigmoid": _by_output(
        lambda x, a, b, c: np.clip((x + 1) / 2, 0, 1),
        lambda y, a, b, c: ((y > 0) & (y < 1)) / 2,
    ),
    "sparse_plus": _by_output(
        lambda x, a, b, c: np.where(x >= 1, x, np.clip(x + 1, 0, 2) ** 2 / 4),
        lambda y, a, b, c: np.sqrt(np.minimum(y, 1)),
    ),
    "squareplus": _by_output(
        _squareplus,
        lambda y, a, b, c: 1 / (1 + a / (4 * y * y)),
    ),
    "hard_shrink": _by_output(
        lambda x, a, b, c: np.where(np.abs(x) <= a, 0, x),
        lambda y, a, b, c: y != 0,
    ),
    "soft_shrink": _by_output(
        lambda x, a, b, c: x - np.clip(x, -a, a),
        lambda y, a, b, c: y != 0,
    ),
    "tanh_shrink": _by_input(
        lambda x, a, b, c: x - np.tanh(x),
        lambda x, a, b, c: np.tanh(x) ** 2,
    ),
    "hard_tanh": _by_input(
        lambda x, a, b, c: np.clip(x, -1, 1),
        lambda x, a, b, c: np.abs(x) <= 1,
    ),
    "threshold": _by_input(
        lambda x, a, b, c: np.where(x <= a, b, x),
        lambda x, a, b, c: x > a,
    ),
    "silu": _by_input(
        lambda x, a, b, c: x * sigmoid(x),
        _silu_derivative,
    ),
    "hard_silu": _by_input(
        lambda x, a, b, c: x * np.clip((x + 3) / 6, 0, 1),
        lambda x, a, b, c: np.where(x <= -3, 0, np.where(x >= 3, 1, (2 * x + 3) / 6)),
    ),
    "mish": _by_input(
        lambda x, a, b, c: x * np.tanh(softplus(x)),
        _mish_derivative,
    ),
    "gelu": _by_input(
        lambda x, a, b, c: x * normal_cdf(x),
        lambda x, a, b, c: normal_cdf(x) + x * normal_pdf(x),
    ),
    "gelu_tanh": _by_input(
        lambda x, a, b, c: x * sigmoid(a * x * (1 + b * x * x)),
        _gelu_tanh_derivative,
    ),
}
CODES = {name: code for code, name in enumerate(FORMULAS)}
_BY_CODE = tuple(FORMULAS.values())


def activation_forward(x, function, a, b, c, y):
    """y = f(x), for each element.

    Args:
        x: (n,) input.
        function: which f, its code in :data:`CODES`.
        a, b, c: parameters of f.
        y: (n,) output; may be ``x``.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        y[...] = _BY_CODE[function].forward(x, a, b, c)


def activation_backward(dy, values, function, a, b, c, dx):
    """dx = dy f'(x), for each element.

    Args:
        dy: (n,) gradient by the output.
        values: (n,) the input x of f if ``FORMULAS[...].uses_input``, else its output y.
        function, a, b, c: as in :func:`activation_forward`.
        dx: (n,) gradient by the input; may be ``dy``.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        np.multiply(dy, _BY_CODE[function].derivative(values, a, b, c), out=dx, casting="same_kind")


def prelu_forward(x, alpha, y):
    """y[i, j] = x[i, j] where that is positive, else alpha[j] x[i, j].

    Args:
        x: (rows, n) input.
        alpha: (n,) slopes.
        y: (rows, n) output; may be ``x``.
    """
    y[...] = np.where(x > 0, x, alpha * x)


def prelu_backward(dy, x, alpha, dx, dalpha):
    """dx = dy times 1, alpha or 0 where x is positive, negative or zero; dalpha[j] = sum over i of dy min(x, 0).

    Args:
        dy: (rows, n) gradient by the output.
        x: (rows, n) input.
        alpha: (n,) slopes.
        dx: (rows, n) gradient by the input, or None; may be ``dy``.
        dalpha: (n,) gradient by the slopes, summed over the rows in their order, or None.
    """
    if dalpha is not None:
        np.sum(dy * np.minimum(x, 0), axis=0, out=dalpha)
    if dx is not None:
        np.multiply(dy, np.where(x > 0, 1, alpha * (x < 0)), out=dx)
