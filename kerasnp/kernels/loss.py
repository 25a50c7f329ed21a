"""Losses, one value a row, and their gradients, in one pass: reference kernels.

Every kernel fills ``values[i]`` with the unscaled value of row i and, unless ``gradient`` is None, ``gradient[i, j]``
with ``scale[i] * d values[i] / d y_pred[i, j]``. In the formulas t is a target, p a prediction and f' is df / dp.
"""

import numpy as np

__all__ = ["categorical_hinge", "cosine_similarity", "pointwise_loss"]

# Which of the functions below `pointwise_loss` applies. The numbers are those of the enum in _loss.pyx.
SQUARED_ERROR = 0
ABSOLUTE_ERROR = 1
PERCENTAGE_ERROR = 2
LOGARITHMIC_ERROR = 3
HUBER = 4
LOG_COSH = 5
HINGE = 6
SQUARED_HINGE = 7
POISSON = 8
KL_DIVERGENCE = 9
BINARY_PROBABILITIES = 10
BINARY_LOGITS = 11
BINARY_SIGMOID = 12

# The compiled kernels say nothing about log(-1) or 1 / 0 either: the NaN or infinity speaks for itself.
silent = np.errstate(all="ignore")


@silent
def pointwise_loss(y_true, y_pred, scale, function, parameter, epsilon, values, gradient):
    """values[i] = mean over j of f(t[i, j], p[i, j]); for KL_DIVERGENCE the sum over j.

    Args:
        y_true, y_pred: (rows, outputs).
        scale: (rows,) factors of the gradient.
        function: which f, one of the codes above; its formula is in the function of that name below.
        parameter: delta of Huber; label smoothing of the binary crossentropies; otherwise unused.
        epsilon: where the formulas clip.
        values: output (rows,).
        gradient: output (rows, outputs) or None.
    """
    if function in (HINGE, SQUARED_HINGE) and np.isin(y_true, (0, 1)).all():
        y_true = 2 * y_true - 1
    kind = y_pred.dtype.type
    value, slope = _FUNCTIONS[function](y_true, y_pred, kind(parameter), kind(epsilon))
    weight = kind(1.0 if function == KL_DIVERGENCE else 1.0 / y_pred.shape[1])
    values[...] = value.sum(axis=1) * weight
    if gradient is not None:
        gradient[...] = slope * (scale * weight)[:, None]


def _squared_error(t, p, _, epsilon):
    """f = (p - t)^2, f' = 2 (p - t)."""
    return (p - t) ** 2, 2 * (p - t)


def _absolute_error(t, p, _, epsilon):
    """f = |p - t|, f' = sign(p - t), zero where they are equal."""
    return abs(p - t), np.sign(p - t)


def _percentage_error(t, p, _, epsilon):
    """f = 100 |p - t| / max(|t|, epsilon), f' = 100 sign(p - t) / max(|t|, epsilon)."""
    size = np.maximum(abs(t), epsilon)
    return 100 * abs(p - t) / size, 100 * np.sign(p - t) / size


def _logarithmic_error(t, p, _, epsilon):
    """f = d^2 with d = log(1 + max(p, epsilon)) - log(1 + max(t, epsilon)), f' = 2 d / (1 + p), zero below epsilon."""
    above = 1 + np.maximum(p, epsilon)
    difference = np.log(above) - np.log(1 + np.maximum(t, epsilon))
    return difference**2, np.where(p < epsilon, 0, 2 * difference / above)


def _huber(t, p, delta, epsilon):
    """With e = p - t: f = e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2; f' = e, cut to [-delta, delta]."""
    error = p - t
    value = np.where(abs(error) <= delta, error**2 / 2, delta * abs(error) - delta**2 / 2)
    return value, np.clip(error, -delta, delta)


def _log_cosh(t, p, _, epsilon):
    """With e = p - t: f = log(cosh(e)) = |e| + log(1 + exp(-2 |e|)) - log(2), which cannot overflow; f' = tanh(e)."""
    size = abs(p - t)
    return size + np.log1p(np.exp(-2 * size)) - p.dtype.type(np.log(2)), np.tanh(p - t)


def _hinge(t, p, _, epsilon):
    """f = max(1 - t p, 0), f' = -t where that is positive. Targets that are all 0 or 1 are made -1 or 1 before."""
    margin = 1 - t * p
    return np.maximum(margin, 0), np.where(margin > 0, -t, 0)


def _squared_hinge(t, p, _, epsilon):
    """f = max(1 - t p, 0)^2, f' = -2 t max(1 - t p, 0). Targets that are all 0 or 1 are made -1 or 1 before."""
    margin = np.maximum(1 - t * p, 0)
    return margin**2, -2 * t * margin


def _poisson(t, p, _, epsilon):
    """f = p - t log(p + epsilon), f' = 1 - t / (p + epsilon)."""
    return p - t * np.log(p + epsilon), 1 - t / (p + epsilon)


def _kl_divergence(t, p, _, epsilon):
    """f = t log(t / p) with both clipped to [epsilon, 1], f' = -t / p, zero where p was clipped."""
    clipped, t = np.clip(p, epsilon, 1), np.clip(t, epsilon, 1)
    return t * np.log(t / clipped), np.where(outside(p, epsilon, 1), 0, -t / clipped)


def _binary_probabilities(t, p, smoothing, epsilon):
    """f = -t log(p) - (1 - t) log(1 - p), p clipped to [epsilon, 1 - epsilon]; f' = (p - t) / (p (1 - p)) or 0.

    Smoothed targets are (1 - smoothing) t + smoothing / 2.
    """
    t = t * (1 - smoothing) + smoothing / 2
    clipped = np.clip(p, epsilon, 1 - epsilon)
    value = -t * np.log(clipped) - (1 - t) * np.log(1 - clipped)
    return value, np.where(outside(p, epsilon, 1 - epsilon), 0, (clipped - t) / (clipped * (1 - clipped)))


def _binary_logits(t, z, smoothing, epsilon):
    """f = max(z, 0) - t z + log(1 + exp(-|z|)), that of p = sigmoid(z) without overflow; f' = sigmoid(z) - t."""
    t = t * (1 - smoothing) + smoothing / 2
    small = np.exp(-abs(z))
    sigmoid = np.where(z >= 0, 1, small) / (1 + small)
    return np.maximum(z, 0) - t * z + np.log1p(small), sigmoid - t


def _binary_sigmoid(t, p, smoothing, epsilon):
    """As for probabilities, but with the derivative by the z of p = sigmoid(z): f' = p - t, as dp/dz = p (1 - p)."""
    value, _ = _binary_probabilities(t, p, smoothing, epsilon)
    return value, p - (t * (1 - smoothing) + smoothing / 2)


def outside(p, low, high):
    """Tells where clipping changes p. Not in NaN: a NaN prediction must give a NaN gradient."""
    return (p < low) | (p > high)


_FUNCTIONS = (
    _squared_error,
    _absolute_error,
    _percentage_error,
    _logarithmic_error,
    _huber,
    _log_cosh,
    _hinge,
    _squared_hinge,
    _poisson,
    _kl_divergence,
    _binary_probabilities,
    _binary_logits,
    _binary_sigmoid,
)


@silent
def categorical_hinge(y_true, y_pred, scale, values, gradient):
    """values[i] = max(1 + max over j of (1 - t[j]) p[j] - sum over j of t[j] p[j], 0).

    Where that is positive the derivative is -t[j], plus 1 - t[j] at the j (the first) of the maximum; else zero.

    Args:
        y_true, y_pred: (rows, classes).
        scale: (rows,) factors of the gradient.
        values: output (rows,).
        gradient: output (rows, classes) or None.
    """
    others = (1 - y_true) * y_pred
    rows, worst = np.arange(len(others)), others.argmax(axis=1)
    values[...] = np.maximum(1 + others[rows, worst] - (y_true * y_pred).sum(axis=1), 0)
    if gradient is not None:
        slope = -y_true
        slope[rows, worst] += 1 - y_true[rows, worst]
        gradient[...] = np.where(values[:, None] > 0, slope * scale[:, None], 0)


@silent
def cosine_similarity(y_true, y_pred, scale, epsilon, values, gradient):
    """values[i] = -sum over j of u[j] v[j], where u = t / max(|t|, epsilon) and v = p / max(|p|, epsilon).

    The derivative is -(u[j] - (u . v) v[j]) / |p|; where |p| < epsilon, -u[j] / epsilon.

    Args:
        y_true, y_pred: (rows, outputs).
        scale: (rows,) factors of the gradient.
        epsilon: the least length.
        values: output (rows,).
        gradient: output (rows, outputs) or None.
    """
    length = np.sqrt((y_pred**2).sum(axis=1, keepdims=True))
    u = y_true / np.maximum(np.sqrt((y_true**2).sum(axis=1, keepdims=True)), y_pred.dtype.type(epsilon))
    v = y_pred / np.maximum(length, y_pred.dtype.type(epsilon))
    values[...] = -(u * v).sum(axis=1)
    if gradient is not None:
        along = np.where(length < epsilon, 0, -values[:, None] * v)
        gradient[...] = -(u - along) / np.maximum(length, y_pred.dtype.type(epsilon)) * scale[:, None]
