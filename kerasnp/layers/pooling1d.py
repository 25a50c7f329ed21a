"""Pooling layers on sequences: the maximum or the mean of windows of steps, or of all steps.

They are those on images with a height of one; see ``pooling_base.py``.
"""

import numpy as np

from kerasnp.layers.base import Buffer, Workspace, register
from kerasnp.layers.pooling_base import AveragePooling, GlobalAveragePooling, GlobalMaxPooling, MaxPooling


@register("MaxPool1D")
class MaxPooling1D(MaxPooling):
    """Keeps the largest value of each window of steps, channel by channel.

    ``y[n, i, c] = max over window i of x[n, :, c]``, and backward sends ``dy[n, i, c]`` to the first step that had the
    maximum.

    Args:
        pool_size: number of steps of a window.
        strides: distance between windows; None means ``pool_size``.
        padding: ``"valid"``: only windows that lie wholly within the sequence; ``"same"``: ``ceil(steps / stride)``
            windows, those at the ends cut off.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        name, **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels) or (batch, channels, steps).

    Raises:
        ValueError: a window of more than 65,536 steps, or wrong arguments.
    """

    image_axes = ("steps",)

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@register("AvgPool1D")
class AveragePooling1D(AveragePooling):
    """Takes the mean of each window of steps, channel by channel.

    ``y[n, i, c] = mean over window i of x[n, :, c]``; steps outside the sequence do not count (as in Keras on
    TensorFlow). Backward spreads ``dy[n, i, c]`` evenly over the window.

    Args:
        pool_size: number of steps of a window.
        strides: distance between windows; None means ``pool_size``.
        padding: ``"valid"``: only windows that lie wholly within the sequence; ``"same"``: ``ceil(steps / stride)``
            windows, those at the ends cut off.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        name, **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels) or (batch, channels, steps).
    """

    image_axes = ("steps",)

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@register("GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMaxPooling):
    """Keeps the largest value of each sequence, channel by channel: ``y[n, c] = max over t of x[n, t, c]``.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps the axis of the steps, as 1.
        **kwargs: see :class:`Layer`.
    """

    image_axes = ("steps",)


@register("GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAveragePooling):
    """Takes the mean of each sequence, channel by channel: ``y[n, c] = mean over t of x[n, t, c]``.

    With a mask m it is the mean of the steps that count: ``y[n, c] = (sum over t of m[n, t] x[n, t, c]) / M[n]`` and
    ``dx[n, t, c] = m[n, t] dy[n, c] / M[n]``, with M the sum of m over t; NaN where no step counts, as in Keras.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps the axis of the steps, as 1.
        **kwargs: see :class:`Layer`.
    """

    image_axes = ("steps",)
    uses_mask = True

    def compute_mask(self, inputs, mask=None) -> None:
        """Returns None: there are no steps any more."""

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        shares = (input_shape[0], 1, input_shape[1])
        return {
            "shares": Buffer(shares, "forward"),
            "kept": Buffer(input_shape, "forward"),
            "backward_shares": Buffer(shares, "backward"),
        }

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if buf.mask is None:
            super().forward_last(x, y, buf, training)
            return
        fill_shares(buf.mask, buf.shares)
        buf.kept.fill(0)  # NaN times zero would be NaN
        np.copyto(buf.kept, x, where=buf.mask[..., None])
        np.matmul(buf.shares, buf.kept, out=y.reshape(len(y), 1, y.shape[-1]))

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if buf.mask is None:
            super().backward_last(dy, dx, buf)
        elif dx is not None:
            fill_shares(buf.mask, buf.backward_shares)
            np.multiply(buf.backward_shares.transpose(0, 2, 1), dy.reshape(len(dy), 1, dy.shape[-1]), out=dx)


def fill_shares(mask: np.ndarray, shares: np.ndarray) -> None:
    """Writes the part that each step (batch, 1, steps) has in the mean: all that count have the same."""
    np.copyto(shares[:, 0], mask)
    with np.errstate(invalid="ignore"):
        np.divide(shares, shares.sum(axis=-1, keepdims=True), out=shares)
