"""Batch normalization over the rows of a matrix, one column a channel: reference kernels."""

import numpy as np

__all__ = [
    "batch_norm_backward_input",
    "batch_norm_backward_weights",
    "batch_norm_moments",
    "batch_norm_normalize",
]

ROWS_PER_PART, MOST_PARTS, SCRATCH_PER_PART = 256, 32, 4


def scratch_shape(rows: int, channels: int) -> tuple[int, int]:
    """Returns the shape of the scratch that these kernels need.

    It fixes into how many parts sums over rows are cut. That depends on the number of rows alone, never on the number
    of threads, and so do the results.
    """
    parts = min(max(rows // ROWS_PER_PART, 1), MOST_PARTS)
    return SCRATCH_PER_PART * parts, channels


def batch_norm_moments(x, mean, variance, scratch):
    """``mean_c = sum over i of x_ic / m`` and ``variance_c = sum over i of (x_ic - mean_c)^2 / m``.

    The squares are taken of deviations from a mean, never of x itself, so a large mean costs no digits.

    Args:
        x: input (rows m, channels), m > 0.
        mean, variance: outputs (channels,).
        scratch: as :func:`scratch_shape` says.
    """
    exact = x.mean(axis=0, dtype=np.float64)
    mean[...] = exact
    variance[...] = np.square(x - exact).mean(axis=0)


def batch_norm_normalize(x, mean, variance, gamma, beta, epsilon, y, scratch):
    """``y = (x - mean) * gamma / sqrt(variance + epsilon) + beta``.

    Args:
        x: input (rows, channels).
        mean, variance, gamma, beta: one number a channel (channels,).
        epsilon: keeps the square root away from zero.
        y: output (rows, channels); may be x.
        scratch: as :func:`scratch_shape` says.
    """
    y[...] = (x - mean) * (gamma / np.sqrt(variance + x.dtype.type(epsilon))) + beta


def batch_norm_backward_weights(dy, x, mean, variance, epsilon, dgamma, dbeta, scratch):
    """``dbeta_c = sum over i of dy_ic`` and ``dgamma_c = sum over i of dy_ic n_ic``.

    Here ``n = (x - mean) / sqrt(variance + epsilon)``.

    Args:
        dy: gradient by the output (rows, channels).
        x, mean, variance, epsilon: as forward had them.
        dgamma, dbeta: outputs (channels,).
        scratch: as :func:`scratch_shape` says.
    """
    normal = (x - mean) / np.sqrt(variance + x.dtype.type(epsilon))
    dbeta[...] = dy.sum(axis=0, dtype=np.float64)
    dgamma[...] = (dy * normal).sum(axis=0, dtype=np.float64)


def batch_norm_backward_input(dy, x, mean, variance, gamma, dgamma, dbeta, epsilon, dx, scratch):
    """The gradient by the input, where mean and variance are those of x itself, or constants.

    With ``s = gamma / sqrt(variance + epsilon)``: constants give ``dx = s dy``. The batch's own mean and variance move
    with each ``x_i`` as well, which takes from dy its mean and its part along ``n``:
    ``dx_i = s (dy_i - dbeta / m - n_i dgamma / m)``. The derivation is in layers/normalization.py.

    Args:
        dy: gradient by the output (rows m, channels).
        x, mean, variance, gamma, epsilon: as forward had them.
        dgamma, dbeta: what :func:`batch_norm_backward_weights` gave; both None where mean and variance are constants.
        dx: output (rows, channels); may be dy.
        scratch: as :func:`scratch_shape` says.
    """
    inverse = 1 / np.sqrt(variance + dy.dtype.type(epsilon))
    if dgamma is None:
        dx[...] = gamma * inverse * dy
    else:
        rows = dy.dtype.type(len(dy))
        dx[...] = gamma * inverse * (dy - dbeta / rows - (x - mean) * (inverse * dgamma / rows))
