"""Losses, as functions: forward beside backward. Each loss is the mean over the samples, as one number L.

A backward pass starts here. Its ``dy`` is the gradient of what is minimised by L: 1, unless L is one of several terms
and has a weight.
"""

import numpy as np

from kerasnp import config, kernels
from kerasnp.kernels.crossentropy import LOGITS
from kerasnp.kernels.loss import SQUARED_ERROR
from kerasnp.utils.arrays import as_floats


def mean_squared_error_forward(y_true, y_pred) -> float:
    """Returns the mean squared error: L = (1 / N) sum over i of (p_i - t_i)^2, over all N numbers.

    Args:
        y_true: targets t, of any shape.
        y_pred: predictions p, of the same shape.

    Raises:
        ValueError: the shapes differ.
    """
    return _mean_squared_error(y_true, y_pred)[0]


def mean_squared_error_backward(dy, y_true, y_pred) -> np.ndarray:
    """Returns the gradient by the predictions: dp_i = dy 2 (p_i - t_i) / N.

    Only the i-th term of the sum contains p_i. With e = p_i - t_i the chain rule gives
    d(e^2)/dp_i = (2 e) (de/dp_i) = 2 e.

    Args:
        dy: gradient by L, a number; 1 where L itself is minimised.
        y_true, y_pred: what forward had.

    Returns:
        dp, of the shape of ``y_pred``.

    Raises:
        ValueError: the shapes differ.
    """
    return _mean_squared_error(y_true, y_pred, dy)[1]


def softmax_crossentropy_forward(y_true, logits) -> float:
    """Returns the crossentropy of p = softmax(z): L = -(1 / n) sum over rows i and classes j of t_ij log(p_ij).

    With p_j = exp(z_j) / S and S = sum over k of exp(z_k), log(p_j) = z_j - log(S). The largest logit is subtracted
    from its row first, which changes no p, so that no exponential overflows.

    Args:
        y_true: t, one-hot or probable classes (n, classes).
        logits: z (n, classes).

    Raises:
        ValueError: the shapes differ.
    """
    return _softmax_crossentropy(y_true, logits)[0]


def softmax_crossentropy_backward(dy, y_true, logits) -> np.ndarray:
    """Returns the gradient by the logits: dz_ij = dy (p_ij T_i - t_ij) / n with T_i = sum over j of t_ij, usually 1.

    Take one row. With log(p_j) = z_j - log(S) its loss is

        -sum over j of t_j log(p_j) = T log(S) - sum over j of t_j z_j.

    The derivative of log(S) by z_j is (dS/dz_j) / S = exp(z_j) / S = p_j, and that of the second sum is t_j. So the
    row's loss changes with z_j as fast as T p_j - t_j says, and the mean over the rows divides by n.

    The same in two steps, loss and softmax one after the other: -t_j / p_j is the gradient by p_j, and
    :func:`kerasnp.nn.softmax_backward` makes of it p_j (-t_j / p_j + sum over k of t_k) = T p_j - t_j. The division by
    p_j and the product with it cancel; here they do so on paper, before a p_j near zero does harm.

    Args:
        dy: gradient by L, a number; 1 where L itself is minimised.
        y_true, logits: what forward had.

    Returns:
        dz (n, classes).

    Raises:
        ValueError: the shapes differ.
    """
    return _softmax_crossentropy(y_true, logits, dy)[1]


def _mean_squared_error(y_true, y_pred, dy=None):
    y_true, y_pred, gradient = _arrays(y_true, y_pred, dy)
    value, scale = np.empty(1, y_pred.dtype), np.full(1, 1 if dy is None else dy, y_pred.dtype)
    # All numbers are the outputs of one sample.
    t, p, slope = (None if array is None else array.reshape(1, -1) for array in (y_true, y_pred, gradient))
    kernels.table(p.dtype).pointwise_loss(t, p, scale, SQUARED_ERROR, 0.0, config.epsilon(), value, slope)
    return float(value[0]), gradient


def _softmax_crossentropy(y_true, logits, dy=None):
    y_true, logits, gradient = _arrays(y_true, logits, dy)
    values, rows = np.empty(len(logits), logits.dtype), max(len(logits), 1)
    scale = np.full_like(values, (1 if dy is None else dy) / rows)
    table = kernels.table(logits.dtype)
    table.categorical_crossentropy(y_true, logits, scale, LOGITS, 0.0, config.epsilon(), values, gradient)
    return float(values.sum() / rows), gradient


def _arrays(y_true, y_pred, dy):
    """Returns both as arrays of one number type, and one for the gradient, or None if there is no ``dy``."""
    y_pred = as_floats(y_pred)
    y_true = np.asarray(y_true, y_pred.dtype, order="C")
    if y_true.shape != y_pred.shape:
        raise ValueError(f"Targets and predictions must have one shape; received {y_true.shape} and {y_pred.shape}.")
    return y_true, y_pred, None if dy is None else np.empty_like(y_pred)
