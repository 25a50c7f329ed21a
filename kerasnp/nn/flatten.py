"""Flattening, as functions: forward beside backward."""

import numpy as np

from kerasnp.nn.arguments import channels_first, from_last, output_gradient
from kerasnp.utils.arrays import samples_of


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
    return samples_of(x)


def flatten_backward(dy, x, data_format=None) -> np.ndarray:
    """Returns the gradient by ``x``: every number goes back to where it came from.

    Each output is one input, ``dy[n, k] / dx[n, i, j, c]`` is 1 for the k of (i, j, c) and else 0, so dx is dy in the
    shape of x.

    Args:
        dy: gradient by the output (n, size).
        x, data_format: what forward had; of x only the shape matters.

    Raises:
        ValueError: dy has not the shape of the output.
    """
    x = np.asarray(x)
    dy = output_gradient(dy, samples_of(x).shape, None)
    if _moves_channels(x, data_format):
        return from_last(dy.reshape(np.moveaxis(x, 1, -1).shape), first=True)
    return dy.reshape(x.shape)


def _moves_channels(x: np.ndarray, data_format: str | None) -> bool:
    return channels_first(data_format) and x.ndim > 2
