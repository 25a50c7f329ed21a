"""Pooling layers: the maximum or the mean of windows of an image, or of the whole image.

The formulas are in :mod:`kerasnp.nn.pool2d`; here they meet plans, shapes and configs.
"""

import math

import numpy as np

from kerasnp import config
from kerasnp.kernels.pool2d import MOST_CELLS
from kerasnp.layers.base import Buffer, Shape, Workspace, register
from kerasnp.layers.channels import ChannelsLastLayer
from kerasnp.utils.shapes import pair
from kerasnp.utils.windows import padding_before, standardize_padding, window_count


class _ImageLayer(ChannelsLastLayer):
    """A layer without weights whose input is a batch of images."""

    backward_uses = ()

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "data_format": self.data_format}


class _Pooling2D(_ImageLayer):
    """What the layers over windows share: their geometry."""

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(data_format=data_format, name=name, **kwargs)
        self.pool_size = pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else pair(strides, "strides")
        self.padding = standardize_padding(padding, type(self).__name__)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape with ``(size - pool) // stride + 1`` pixels a side, or ``ceil(size / stride)`` for "same".

        Raises:
            ValueError: not a batch of images, or the window does not fit into them.
        """
        batch, *image, channels = self.split_images(input_shape)
        output = [
            window_count(size, window, stride, self.padding)
            for size, window, stride in zip(image, self.pool_size, self.strides, strict=True)
        ]
        if any(count is not None and count < 1 for count in output):
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: its window, pool_size={self.pool_size}, is larger than "
                f"the image, {tuple(image)} (input shape {tuple(input_shape)}, padding={self.padding!r})."
            )
        return self.join_images(batch, *output, channels)

    def _geometry(self, image_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the windows as the kernels take them, for images (batch, height, width, channels)."""
        if self.padding == "valid":
            return (*self.pool_size, *self.strides, 0, 0)
        before = [
            padding_before(size, window, stride, self.padding)
            for size, window, stride in zip(image_shape[1:3], self.pool_size, self.strides, strict=True)
        ]
        return (*self.pool_size, *self.strides, *before)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
        }


@register("MaxPool2D")
class MaxPooling2D(_Pooling2D):
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

    picks_inputs = True

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)
        if math.prod(self.pool_size) > MOST_CELLS:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: a window may have at most {MOST_CELLS:,} pixels; received "
                f"pool_size={self.pool_size}. GlobalMaxPooling2D takes the maximum of a whole image."
            )

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        batch, *output, channels = self.split_images(self.compute_output_shape(self.join_images(*input_shape)))
        return {"argmax": Buffer((batch, *output, channels), "step", "uint16")}

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        buf.kernels.max_pool2d_forward(x, *self._geometry(x.shape), y, buf.argmax)

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            buf.kernels.max_pool2d_backward(dy, buf.argmax, *self._geometry(dx.shape), dx)


@register("AvgPool2D")
class AveragePooling2D(_Pooling2D):
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

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        buf.kernels.average_pool2d_forward(x, *self._geometry(x.shape), y)

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            buf.kernels.average_pool2d_backward(dy, *self._geometry(dx.shape), dx)


class _GlobalPooling2D(_ImageLayer):
    """What the layers over whole images share."""

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.keepdims = bool(keepdims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns (batch, channels), or with ``keepdims`` the input's shape with one pixel.

        Raises:
            ValueError: not a batch of images, or images without pixels.
        """
        batch, height, width, channels = self.split_images(input_shape)
        if 0 in (height, width):
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} got images without pixels: input shape "
                f"{tuple(input_shape)}."
            )
        return self.join_images(batch, 1, 1, channels) if self.keepdims else (batch, channels)

    def get_config(self) -> dict:
        return {**super().get_config(), "keepdims": self.keepdims}


@register("GlobalMaxPool2D")
class GlobalMaxPooling2D(_GlobalPooling2D):
    """Keeps the largest value of each image, channel by channel: ``y[n, c] = max over i, j of x[n, i, j, c]``.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps height and width, both 1.
        **kwargs: see :class:`Layer`.
    """

    picks_inputs = True

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return {"argmax": Buffer((input_shape[0], input_shape[-1]), "step", "int32")}

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        buf.kernels.global_max_pool2d_forward(_pixels(x), _channels(y), buf.argmax)

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            buf.kernels.global_max_pool2d_backward(_channels(dy), buf.argmax, _pixels(dx))


@register("GlobalAvgPool2D")
class GlobalAveragePooling2D(_GlobalPooling2D):
    """Takes the mean of each image, channel by channel: ``y[n, c] = mean over i, j of x[n, i, j, c]``.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        keepdims: whether the output keeps height and width, both 1.
        **kwargs: see :class:`Layer`.
    """

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        buf.kernels.global_average_pool2d_forward(_pixels(x), _channels(y))

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            buf.kernels.global_average_pool2d_backward(_channels(dy), _pixels(dx))


def _pixels(images: np.ndarray) -> np.ndarray:
    """Returns a view (batch, pixels, channels)."""
    batch, height, width, channels = images.shape
    return images.reshape(batch, height * width, channels)


def _channels(y: np.ndarray) -> np.ndarray:
    """Returns a view (batch, channels)."""
    return y.reshape(y.shape[0], y.shape[-1])
