"""Losses as functions: forward beside backward. Each loss is the mean over the samples, as one number."""

import numpy as np

from kerasnp import config, kernels
from kerasnp.kernels.crossentropy import LOGITS
from kerasnp.kernels.loss import SQUARED_ERROR


def mean_squared_error_forward(y_true, y_pred) -> float:
    """Returns the mean squared error: L = (1 / N) sum over i of (p_i - t_i)^2, over all N numbers.

    Args:
        y_true: targets t.
        y_pred: predictions p, of the same shape.

    Raises:
        ValueError: the shapes differ.
    """
    return _mean_squared_error(y_true, y_pred, with_gradient=False)[0]


def mean_squared_error_backward(y_true, y_pred) -> np.ndarray:
    """Returns the gradient by the predictions: dL/dp_i = 2 (p_i - t_i) / N.

    Only the i-th term of the sum contains p_i, and the derivative of a square is twice its root.

    Args:
        y_true, y_pred: what forward had.
    """
    return _mean_squared_error(y_true, y_pred, with_gradient=True)[1]


def softmax_crossentropy_forward(y_true, logits) -> float:
    """Returns the crossentropy of p = softmax(z): L = -(1 / n) sum over rows i and classes j of t_ij log(p_ij).

    With p_j = exp(z_j) / S and S = sum over k of exp(z_k), log(p_j) = z_j - log(S). The largest logit is subtracted
    from its row first, which changes no p, so that no exponential overflows.

    Args:
        y_true: one-hot or probable classes (n, classes).
        logits: z (n, classes).

    Raises:
        ValueError: the shapes differ.
    """
    return _softmax_crossentropy(y_true, logits, with_gradient=False)[0]


def softmax_crossentropy_backward(y_true, logits) -> np.ndarray:
    """Returns the gradient by the logits: dL/dz_ij = (p_ij T_i - t_ij) / n with T_i = sum over j of t_ij, usually 1.

    For one row, -sum over j of t_j log(p_j) = T log(S) - sum over j of t_j z_j. The derivative of log(S) by z_j is
    exp(z_j) / S = p_j, and that of the second sum is t_j. Taken apart, the logarithm would divide by p_j and the
    softmax multiply by it: here a p_j near zero cancels before it does harm.

    Args:
        y_true, logits: what forward had.
    """
    return _softmax_crossentropy(y_true, logits, with_gradient=True)[1]


def _mean_squared_error(y_true, y_pred, with_gradient: bool):
    y_true, y_pred, gradient = _arrays(y_true, y_pred, with_gradient)
    value, scale = np.empty(1, y_pred.dtype), np.ones(1, y_pred.dtype)
    # All numbers are the outputs of one sample.
    t, p, slope = (None if array is None else array.reshape(1, -1) for array in (y_true, y_pred, gradient))
    kernels.table(p.dtype).pointwise_loss(t, p, scale, SQUARED_ERROR, 0.0, config.epsilon(), value, slope)
    return float(value[0]), gradient


def _softmax_crossentropy(y_true, logits, with_gradient: bool):
    y_true, logits, gradient = _arrays(y_true, logits, with_gradient)
    values = np.empty(len(logits), logits.dtype)
    scale = np.full_like(values, 1 / max(len(values), 1))
    table = kernels.table(logits.dtype)
    table.categorical_crossentropy(y_true, logits, scale, LOGITS, 0.0, config.epsilon(), values, gradient)
    return float((values * scale).sum()), gradient


def _arrays(y_true, y_pred, with_gradient: bool):
    y_pred = np.asarray(y_pred)
    dtype = y_pred.dtype if y_pred.dtype.name in config.FLOAT_TYPES else config.floatx()
    y_true, y_pred = np.ascontiguousarray(y_true, dtype), np.ascontiguousarray(y_pred, dtype)
    if y_true.shape != y_pred.shape:
        raise ValueError(f"Targets and predictions must have one shape; received {y_true.shape} and {y_pred.shape}.")
    return y_true, y_pred, np.empty_like(y_pred) if with_gradient else None
