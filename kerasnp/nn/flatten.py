"""Flattening, as functions: forward beside backward."""

import numpy as np

from kerasnp import config


def flatten_forward(x, data_format=None) -> np.ndarray:
    """Returns ``x`` of shape (n, ...) as (n, size).

    ``y[n, k] = x[n, i, j, c]`` with ``k = (i w + j) channels + c``: the numbers of one sample in C order. With
    ``data_format="channels_first"`` the channels are first moved to the end, so that both orders of axes give one y.

    Args:
        x: array of rank 1 or more; rank 1 gives (n, 1).
        data_format: ``"channels_last"``, ``"channels_first"``, or None for ``config.image_data_format()``.
    """
    x = np.asarray(x)
    if _moves_channels(x, data_format):
        x = np.moveaxis(x, 1, -1)
    return x.reshape(len(x), int(np.prod(x.shape[1:])))


def flatten_backward(dy, x, data_format=None) -> np.ndarray:
    """Returns the gradient by ``x``: every number goes back to where it came from.

    Each output is one input, ``dy[n, k] / dx[n, i, j, c]`` is 1 for the k of (i, j, c) and else 0, so dx is dy in the
    shape of x.

    Args:
        dy: gradient by the output (n, size).
        x, data_format: what forward had; of x only the shape matters.
    """
    dy, x = np.asarray(dy), np.asarray(x)
    if dy.shape != (len(x), int(np.prod(x.shape[1:]))):
        raise ValueError(f"dy of shape {dy.shape} does not fit a flattened array of shape {x.shape}.")
    if _moves_channels(x, data_format):
        return np.ascontiguousarray(np.moveaxis(dy.reshape(np.moveaxis(x, 1, -1).shape), -1, 1))
    return dy.reshape(x.shape)


def _moves_channels(x: np.ndarray, data_format: str | None) -> bool:
    return config.standardize_data_format(data_format) == "channels_first" and x.ndim > 2
