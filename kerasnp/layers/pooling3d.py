"""Pooling layers on volumes: the maximum or the mean of windows, or of all pixels.

They pool the frames of a volume as images and then along the depth; see ``pooling_base.py``.
"""

from kerasnp.layers.base import register
from kerasnp.layers.pooling_base import AveragePooling, GlobalAveragePooling, GlobalMaxPooling, MaxPooling

_AXES = ("depth", "height", "width")


@register("MaxPool3D")
class MaxPooling3D(MaxPooling):
    """Keeps the largest value of each window of a volume, channel by channel.

    ``y[n, k, i, j, c] = max over window (k, i, j) of x[n, :, :, :, c]``, and backward sends ``dy[n, k, i, j, c]`` to
    the first pixel that had the maximum.

    Args:
        pool_size: depth, height and width of the window; an integer stands for all.
        strides: distance between windows; None means ``pool_size``.
        padding: ``"valid"``: only windows that lie wholly within the volume; ``"same"``: ``ceil(size / stride)``
            windows along each axis, those at the border cut off.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        name, **kwargs: see :class:`Layer`.

    Input shape: (batch, depth, height, width, channels) or (batch, channels, depth, height, width).

    Raises:
        ValueError: a window of more than 65,536 frames or of more than 65,536 pixels in a frame, or wrong arguments.
    """

    image_axes = _AXES

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@register("AvgPool3D")
class AveragePooling3D(AveragePooling):
    """Takes the mean of each window of a volume, channel by channel.

    ``y[n, k, i, j, c] = mean over window (k, i, j) of x[n, :, :, :, c]``; pixels outside the volume do not count (as in
    Keras on TensorFlow). Backward spreads ``dy[n, k, i, j, c]`` evenly over the window.

    Args:
        pool_size: depth, height and width of the window; an integer stands for all.
        strides: distance between windows; None means ``pool_size``.
        padding: ``"valid"``: only windows that lie wholly within the volume; ``"same"``: ``ceil(size / stride)``
            windows along each axis, those at the border cut off.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        name, **kwargs: see :class:`Layer`.

    Input shape: (batch, depth, height, width, channels) or (batch, channels, depth, height, width).
    """

    image_axes = _AXES

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@register("GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMaxPooling):
    """Keeps the largest value of each volume, channel by channel: ``y[n, c] = max over k, i, j of x[n, k, i, j, c]``.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps depth, height and width, all 1.
        **kwargs: see :class:`Layer`.
    """

    image_axes = _AXES


@register("GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAveragePooling):
    """Takes the mean of each volume, channel by channel: ``y[n, c] = mean over k, i, j of x[n, k, i, j, c]``.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps depth, height and width, all 1.
        **kwargs: see :class:`Layer`.
    """

    image_axes = _AXES
