"""What the pooling layers of all dimensions share: shapes, configs, and the equations by the kernels for images.

A sequence is an image with a height of one.
"""

import math

import numpy as np

from kerasnp import config
from kerasnp.kernels.pool2d import MOST_CELLS
from kerasnp.layers.base import Buffer, Shape, Workspace
from kerasnp.layers.channels import ChannelsLastLayer
from kerasnp.utils.shapes import integers
from kerasnp.utils.windows import padding_before, standardize_padding, window_count


class _ImageLayer(ChannelsLastLayer):
    """A layer without weights whose input is a batch of images, or with other ``image_axes`` of sequences."""

    backward_uses = ()

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "data_format": self.data_format}


class Pooling(_ImageLayer):
    """What the layers over windows share: their geometry."""

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(data_format=data_format, name=name, **kwargs)
        count = len(self.image_axes)
        self.pool_size = integers(pool_size, count, "pool_size")
        self.strides = self.pool_size if strides is None else integers(strides, count, "strides")
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
            whole = "image" if len(image) > 1 else "sequence"
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: its window, pool_size={self.pool_size}, is larger than "
                f"the {whole}, {tuple(image)} (input shape {tuple(input_shape)}, padding={self.padding!r})."
            )
        return self.join_images(batch, *output, channels)

    def _geometry(self, image_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the windows as the kernels take them, for images or sequences with channels last."""
        before = [
            padding_before(size, window, stride, self.padding)
            for size, window, stride in zip(image_shape[1:-1], self.pool_size, self.strides, strict=True)
        ]
        if len(before) == 1:
            return (1, *self.pool_size, 1, *self.strides, 0, *before)
        return (*self.pool_size, *self.strides, *before)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
        }


class MaxPooling(Pooling):
    """The largest value of each window."""

    picks_inputs = True

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
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
        buf.kernels.max_pool2d_forward(_images(x), *self._geometry(x.shape), _images(y), _images(buf.argmax))

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            buf.kernels.max_pool2d_backward(_images(dy), _images(buf.argmax), *self._geometry(dx.shape), _images(dx))


class AveragePooling(Pooling):
    """The mean of each window."""

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        buf.kernels.average_pool2d_forward(_images(x), *self._geometry(x.shape), _images(y))

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            buf.kernels.average_pool2d_backward(_images(dy), *self._geometry(dx.shape), _images(dx))


class GlobalPooling(_ImageLayer):
    """What the layers over whole images share."""

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.keepdims = bool(keepdims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns (batch, channels), or with ``keepdims`` the input's shape with one pixel or step.

        Raises:
            ValueError: not a batch of images, or images without pixels.
        """
        batch, *image, channels = self.split_images(input_shape)
        if 0 in image:
            what = "images without pixels" if len(image) > 1 else "sequences without steps"
            raise ValueError(f"{type(self).__name__} layer {self.name!r} got {what}: input shape {tuple(input_shape)}.")
        return self.join_images(batch, *(1 for _ in image), channels) if self.keepdims else (batch, channels)

    def get_config(self) -> dict:
        return {**super().get_config(), "keepdims": self.keepdims}


class GlobalMaxPooling(GlobalPooling):
    """The largest value of each image."""

    picks_inputs = True

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return {"argmax": Buffer((input_shape[0], input_shape[-1]), "step", "int32")}

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        buf.kernels.global_max_pool2d_forward(_pixels(x), _channels(y), buf.argmax)

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            buf.kernels.global_max_pool2d_backward(_channels(dy), buf.argmax, _pixels(dx))


class GlobalAveragePooling(GlobalPooling):
    """The mean of each image."""

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        buf.kernels.global_average_pool2d_forward(_pixels(x), _channels(y))

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            buf.kernels.global_average_pool2d_backward(_channels(dy), _pixels(dx))


def _images(array: np.ndarray | None) -> np.ndarray | None:
    """Returns a view (batch, height, width, channels) of images, and of sequences as images with a height of one."""
    return array[:, None] if array is not None and array.ndim == 3 else array


def _pixels(images: np.ndarray) -> np.ndarray:
    """Returns a view (batch, pixels, channels)."""
    return images.reshape(images.shape[0], math.prod(images.shape[1:-1]), images.shape[-1])


def _channels(y: np.ndarray) -> np.ndarray:
    """Returns a view (batch, channels)."""
    return y.reshape(y.shape[0], y.shape[-1])
