"""Pooling layers: the maximum or the mean of windows of an image, or of the whole image.

The formulas are in :mod:`kerasnp.nn.pool2d`; what the layers share with those on sequences in ``pooling_base.py``.
"""

from kerasnp.layers.base import register
from kerasnp.layers.pooling_base import AveragePooling, GlobalAveragePooling, GlobalMaxPooling, MaxPooling


@register("MaxPool2D")
class MaxPooling2D(MaxPooling):
    """Keeps the largest value of each window, channel by channel.

    ``y[n, i, j, c] = max over window (i, j) of x[n, :, :, c]``, and backward sends ``dy[n, i, j, c]`` to the first
    pixel that had the maximum.

    Args:
        pool_size: height and width of the window; an integer stands for both.
        strides: distance between windows; None means ``pool_size``.
        padding: ``"valid"``: only windows that lie wholly within the image; ``"same"``: ``ceil(size / stride)`` windows
            a side, those at the border cut off.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        name, **kwargs: see :class:`Layer`.

    Raises:
        ValueError: a window of more than 65,536 pixels, or wrong arguments.
    """

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@register("AvgPool2D")
class AveragePooling2D(AveragePooling):
    """Takes the mean of each window, channel by channel.

    ``y[n, i, j, c] = mean over window (i, j) of x[n, :, :, c]``; pixels outside the image do not count (as in Keras on
    TensorFlow). Backward spreads ``dy[n, i, j, c]`` evenly over the window.

    Args:
        pool_size: height and width of the window; an integer stands for both.
        strides: distance between windows; None means ``pool_size``.
        padding: ``"valid"``: only windows that lie wholly within the image; ``"same"``: ``ceil(size / stride)`` windows
            a side, those at the border cut off.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        name, **kwargs: see :class:`Layer`.
    """

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@register("GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMaxPooling):
    """Keeps the largest value of each image, channel by channel: ``y[n, c] = max over i, j of x[n, i, j, c]``.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps height and width, both 1.
        **kwargs: see :class:`Layer`.
    """


@register("GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAveragePooling):
    """Takes the mean of each image, channel by channel: ``y[n, c] = mean over i, j of x[n, i, j, c]``.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps height and width, both 1.
        **kwargs: see :class:`Layer`.
    """
