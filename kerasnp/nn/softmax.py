"""Softmax, its logarithm and sparsemax, as functions: forward beside backward. Rows are along the last axis."""

import numpy as np

from kerasnp import activations
from kerasnp.nn.activation import backward


def softmax_forward(x) -> np.ndarray:
    """Returns probabilities: y_i = exp(x_i) / sum over k of exp(x_k).

    Adding a constant to a row changes nothing, so the row's largest element is subtracted first and no exponential
    overflows.

    Args:
        x: logits, (..., n).
    """
    return activations.softmax(x)


def softmax_backward(dy, x) -> np.ndarray:
    """Returns the gradient by the logits: dx_j = y_j (dy_j - sum over i of dy_i y_i).

    Let S be the sum of the exponentials. The quotient rule gives

        dy_i/dx_j = ([i = j] exp(x_i) S - exp(x_i) exp(x_j)) / S^2 = y_i ([i = j] - y_j),

    and by the chain rule dx_j is the sum over i of dy_i y_i ([i = j] - y_j).

    Args:
        dy: gradient by the probabilities, (..., n).
        x: what forward had.
    """
    return backward(activations.softmax, dy, x)


def log_softmax_forward(x) -> np.ndarray:
    """Returns logarithms of probabilities: y_i = x_i - log of sum over k of exp(x_k).

    Args:
        x: logits, (..., n).
    """
    return activations.log_softmax(x)


def log_softmax_backward(dy, x) -> np.ndarray:
    """Returns the gradient by the logits: dx_j = dy_j - exp(y_j) sum over i of dy_i.

    The derivative of log S by x_j is exp(x_j) / S = exp(y_j), so dy_i/dx_j = [i = j] - exp(y_j).

    Args:
        dy: gradient by the logarithms, (..., n).
        x: what forward had.
    """
    return backward(activations.log_softmax, dy, x)


def sparsemax_forward(x) -> np.ndarray:
    """Returns probabilities of which many are zero: y_i = max(x_i - t, 0), with t so that a row adds up to one.

    This is the point of the simplex nearest to x. With x sorted downwards and k numbers above t, the sum
    x_1 + ... + x_k - k t must be 1, so t = (x_1 + ... + x_k - 1) / k; k is the largest for which x_k > t.

    Args:
        x: logits, (..., n).
    """
    return activations.sparsemax(x)


def sparsemax_backward(dy, x) -> np.ndarray:
    """Returns the gradient by the logits: where y is not zero, dy less its mean over those places; elsewhere zero.

    Among the k places above t, dy_i/dx_j = [i = j] - dt/dx_j = [i = j] - 1/k.

    Args:
        dy: gradient by the probabilities, (..., n).
        x: what forward had.
    """
    return backward(activations.sparsemax, dy, x)
