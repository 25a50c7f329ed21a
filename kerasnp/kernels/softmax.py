"""Softmax and its logarithm over the rows of a matrix: reference kernels.

Subtracting a row's largest element first leaves the result and keeps every exponential at most 1. A row with a NaN or
with no finite largest element gives NaN.
"""

import numpy as np

__all__ = ["log_softmax_backward", "log_softmax_forward", "softmax_backward", "softmax_forward"]


def softmax_forward(x, y):
    """y[i, j] = exp(x[i, j]) / sum over k of exp(x[i, k]).

    Args:
        x: (rows, n) logits.
        y: (rows, n) probabilities; may be ``x``.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        np.exp(x - x.max(axis=1, keepdims=True, initial=-np.inf), out=y)
        y /= y.sum(axis=1, keepdims=True)


def softmax_backward(dy, y, dx):
    """dx[i, j] = y[i, j] (dy[i, j] - sum over k of dy[i, k] y[i, k]).

    Because dy_k / dx_j = y_k ([j = k] - y_j).

    Args:
        dy: (rows, n) gradient by the probabilities.
        y: (rows, n) probabilities, as :func:`softmax_forward` gave them.
        dx: (rows, n) gradient by the logits; may be ``dy``.
    """
    np.multiply(y, dy - (dy * y).sum(axis=1, keepdims=True), out=dx)


def log_softmax_forward(x, y):
    """y[i, j] = x[i, j] - log of sum over k of exp(x[i, k]).

    Args:
        x: (rows, n) logits.
        y: (rows, n) logarithms of the probabilities; may be ``x``.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        shifted = x - x.max(axis=1, keepdims=True, initial=-np.inf)
        np.subtract(shifted, np.log(np.exp(shifted).sum(axis=1, keepdims=True)), out=y)


def log_softmax_backward(dy, y, dx):
    """dx[i, j] = dy[i, j] - exp(y[i, j]) sum over k of dy[i, k].

    Args:
        dy: (rows, n) gradient by the logarithms.
        y: (rows, n) logarithms of the probabilities, as :func:`log_softmax_forward` gave them.
        dx: (rows, n) gradient by the logits; may be ``dy``.
    """
    np.subtract(dy, np.exp(y) * dy.sum(axis=1, keepdims=True), out=dx)
