"""Pooling layers on sequences: the maximum or the mean of windows of steps, or of all steps.

They are those on images with a height of one; see ``pooling_base.py``.
"""

from kerasnp.layers.base import register
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

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps the axis of the steps, as 1.
        **kwargs: see :class:`Layer`.
    """

    image_axes = ("steps",)
