"""What the pooling layers of all dimensions share: shapes, configs, and the equations by the kernels for images.

A sequence is an image with a height of one. A window of a volume is taken in two stages: all frames are pooled as
images, then the columns of pixels that lie behind each other. The largest value of the largest values is the largest,
and the mean of the means is the mean, as all windows of a stage that come together hold equally many pixels.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from kerasnp import config
from kerasnp.kernels.pool2d import MOST_CELLS
from kerasnp.layers.base import Buffer, Shape, Workspace
from kerasnp.layers.channels import ChannelsLastLayer
from kerasnp.utils.shapes import integers
from kerasnp.utils.windows import padding_before, standardize_padding, window_count


class _ImageLayer(ChannelsLastLayer):
    """A layer without weights on a batch of images, or with other ``image_axes`` of sequences or volumes."""

    backward_uses = ()

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "data_format": self.data_format}


class _Stage(NamedTuple):
    """One call of a kernel for images: their shape, the windows, the shape of the output, the buffer for places."""

    images: tuple[int, int, int, int]
    windows: tuple[int, int, int, int, int, int]
    output: tuple[int, int, int, int]
    argmax: str


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
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: its window, pool_size={self.pool_size}, is larger than "
                f"the {self.what_it_sees}, {tuple(image)} (input shape {tuple(input_shape)}, padding={self.padding!r})."
            )
        return self.join_images(batch, *output, channels)

    def _stages(self, image_shape: tuple[int, ...]) -> tuple[_Stage, ...]:
        """Returns what the kernels take, one call after the other, for a shape with channels last."""
        return _stages(image_shape, self.pool_size, self.strides, self.padding)

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        first, *more = self._stages(input_shape)
        if not more:
            return {}
        frames = (*input_shape[:2], *first.output[1:])
        return {"frames": Buffer(frames, "forward"), "frames_gradient": Buffer(frames, "backward")}

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        stages = self._stages(x.shape)
        for stage in stages:
            result = y if stage is stages[-1] else buf.frames
            self.pool(x.reshape(stage.images), result.reshape(stage.output), stage, buf)
            x = result

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        stages = self._stages(dx.shape)
        for stage in reversed(stages):
            result = dx if stage is stages[0] else buf.frames_gradient
            self.unpool(dy.reshape(stage.output), result.reshape(stage.images), stage, buf)
            dy = result

    def pool(self, x: np.ndarray, y: np.ndarray, stage: _Stage, buf: Workspace) -> None:
        """Writes into y what the windows of one stage give."""
        raise NotImplementedError(f"{type(self).__name__} defines no pool(x, y, stage, buf).")

    def unpool(self, dy: np.ndarray, dx: np.ndarray, stage: _Stage, buf: Workspace) -> None:
        """Writes into dx the gradient by the input of one stage."""
        raise NotImplementedError(f"{type(self).__name__} defines no unpool(dy, dx, stage, buf).")

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
        # The place of a maximum within its frame, and that of the frame, are kept in 16 bits each.
        if max(math.prod(self.pool_size[-2:]), self.pool_size[0]) > MOST_CELLS:
            dimensions = len(self.image_axes)
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: a window may have at most {MOST_CELLS:,} pixels; received "
                f"pool_size={self.pool_size}. GlobalMaxPooling{dimensions}D takes the maximum of a whole "
                f"{self.what_it_sees}."
            )

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        buffers = super().buffers_last(input_shape)
        if "frames" in buffers:
            buffers["frames_argmax"] = Buffer(buffers["frames"].shape, "step", "uint16")
        batch, *output, channels = self.split_images(self.compute_output_shape(self.join_images(*input_shape)))
        return {**buffers, "argmax": Buffer((batch, *output, channels), "step", "uint16")}

    def pool(self, x: np.ndarray, y: np.ndarray, stage: _Stage, buf: Workspace) -> None:
        argmax = getattr(buf, stage.argmax)
        argmax = None if argmax is None else argmax.reshape(stage.output)
        buf.kernels.max_pool2d_forward(x, *stage.windows, y, argmax)

    def unpool(self, dy: np.ndarray, dx: np.ndarray, stage: _Stage, buf: Workspace) -> None:
        argmax = getattr(buf, stage.argmax).reshape(stage.output)
        buf.kernels.max_pool2d_backward(dy, argmax, *stage.windows, dx)


class AveragePooling(Pooling):
    """The mean of each window."""

    def pool(self, x: np.ndarray, y: np.ndarray, stage: _Stage, buf: Workspace) -> None:
        buf.kernels.average_pool2d_forward(x, *stage.windows, y)

    def unpool(self, dy: np.ndarray, dx: np.ndarray, stage: _Stage, buf: Workspace) -> None:
        buf.kernels.average_pool2d_backward(dy, *stage.windows, dx)


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
            what = f"{self.what_it_sees}s without {'pixels' if len(image) > 1 else 'steps'}"
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


# To predict one image takes microseconds, of which this arithmetic would be a good part.
@functools.lru_cache(maxsize=256)
def _stages(
    image_shape: tuple[int, ...], pool_size: tuple[int, ...], strides: tuple[int, ...], padding: str
) -> tuple[_Stage, ...]:
    batch, *image, channels = image_shape
    axes = list(zip(image, pool_size, strides, strict=True))
    counts = [window_count(*axis, padding) for axis in axes]
    before = [padding_before(*axis, padding) for axis in axes]
    depth, stages = 1, []
    if len(image) == 3:
        depth, *image = image
        places, *counts = counts
        columns = math.prod(counts)
        windows = (pool_size[0], 1, strides[0], 1, before[0], 0)
        stages = [_Stage((batch, depth, columns, channels), windows, (batch, places, columns, channels), "argmax")]
    missing = 2 - len(image)
    one, two = (1,) * missing, slice(-len(image), None)
    windows = (*one, *pool_size[two], *one, *strides[two], *(0,) * missing, *before[two])
    frames = (batch * depth, *one, *image, channels)
    output = (batch * depth, *one, *counts, channels)
    return (_Stage(frames, windows, output, "frames_argmax" if stages else "argmax"), *stages)


def _pixels(images: np.ndarray) -> np.ndarray:
    """Returns a view (batch, pixels, channels)."""
    return images.reshape(images.shape[0], math.prod(images.shape[1:-1]), images.shape[-1])


def _channels(y: np.ndarray) -> np.ndarray:
    """Returns a view (batch, channels)."""
    return y.reshape(y.shape[0], y.shape[-1])
