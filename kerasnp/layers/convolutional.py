"""Convolution layers. The formulas and where they come from are in :mod:`kerasnp.nn.conv2d`."""

from typing import ClassVar

import numpy as np

from kerasnp import config
from kerasnp.kernels import conv2d, winograd
from kerasnp.layers.affine import AffineLayer
from kerasnp.layers.base import Buffer, Shape, Workspace, register
from kerasnp.utils.shapes import integers, positive_integer
from kerasnp.utils.windows import copy_padded, padding_around, standardize_padding, window_count


class Convolution(AffineLayer):
    """What convolutions over images, or with other ``image_axes`` over sequences, share.

    The equations run on the kernels for images; a sequence is an image with a height of one.
    """

    causal: ClassVar[bool] = False  # whether the padding may be "causal"

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        owner = f"{type(self).__name__} layer {self.name!r}"
        self.filters = positive_integer(filters, "filters", owner)
        axes = len(self.image_axes)
        self.kernel_size = integers(kernel_size, axes, "kernel_size")
        self.strides = integers(strides, axes, "strides")
        self.padding = standardize_padding(padding, owner, self.causal)
        self.data_format = config.standardize_data_format(data_format)
        self.dilation_rate = integers(dilation_rate, axes, "dilation_rate")
        self.groups = positive_integer(groups, "groups", owner)
        if self.filters % self.groups:
            raise ValueError(
                f"{owner}: the number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={groups}, filters={filters}."
            )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{owner}: `strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    def build(self, input_shape: Shape) -> None:
        channels = self.split_images(input_shape)[-1]
        self.require_channels(input_shape, None)
        if channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: the number of input channels must be evenly divisible by "
                f"the number of groups. Received groups={self.groups}, but the input has {channels} channels (full "
                f"input shape is {tuple(input_shape)})."
            )
        self.compute_output_shape(input_shape)
        self.add_affine_weights((*self.kernel_size, channels // self.groups, self.filters))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape with ``floor((size - window) / stride) + 1`` pixels a side, or ``ceil(size / stride)``.

        Raises:
            ValueError: no batch of images, other channels than the weights were built for, or images smaller than the
                window.
        """
        batch, *image, _ = self.split_images(input_shape)
        if self.kernel is not None:
            self.require_channels(input_shape, self.kernel.shape[-2] * self.groups)
        output = [window_count(size, *axis) for size, axis in zip(image, self._axes(), strict=True)]
        if any(count is not None and count < 1 for count in output):
            dilated = "" if max(self.dilation_rate) == 1 else f" with dilation_rate={self.dilation_rate}"
            whole = "image" if len(image) > 1 else "sequence"
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: its window, kernel_size={self.kernel_size}{dilated}, is "
                f"larger than the {whole}, {tuple(image)} (input shape {tuple(input_shape)}, "
                f"padding={self.padding!r})."
            )
        return self.join_images(batch, *output, self.filters)

    def _axes(self) -> list[tuple[int, int, str]]:
        """Returns window, stride and padding for height and width, or for the steps of a sequence."""
        return [
            ((size - 1) * dilation + 1, stride, self.padding)
            for size, dilation, stride in zip(self.kernel_size, self.dilation_rate, self.strides, strict=True)
        ]

    def _paddings(self, image_shape: tuple[int, ...]) -> list[tuple[int, int]]:
        """Returns (above, below) and (left, right) for images or sequences with channels last."""
        sizes = image_shape[-1 - len(self.image_axes) : -1]  # a sequence may come as an image
        around = [padding_around(size, *axis) for size, axis in zip(sizes, self._axes(), strict=True)]
        return around if len(around) > 1 else [(0, 0), *around]

    def _geometry(self) -> tuple[int, ...]:
        """Returns strides and dilation as the kernels take them."""
        if len(self.image_axes) == 1:
            return (1, *self.strides, 1, *self.dilation_rate)
        return (*self.strides, *self.dilation_rate)

    # -- equations ---------------------------------------------------------------------------------

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        shape, size = self.kernel.shape, self._square_size(input_shape)
        if size is not None:
            # Nothing is padded: the kernels know where an image ends.
            channels, filters = shape[2:]
            count = winograd.count_squares(size, self._output_last(input_shape))
            weights = winograd.weights_scratch(size, count, channels, filters)
            inputs = winograd.product_scratch(size, count, filters, channels)
            return {
                "forward_squares": Buffer((winograd.product_scratch(size, count, channels, filters),), "forward"),
                "backward_squares": Buffer((max(weights, inputs),), "backward"),
            }
        shape = (1, *shape)[-4:]  # of a sequence as an image, as the next one
        input_shape = (input_shape[0], *(1, *input_shape[1:])[-3:])
        buffers = {
            "forward_scratch": Buffer((conv2d.forward_scratch(shape, self.groups),), "forward"),
            "backward_scratch": Buffer((conv2d.backward_scratch(shape, self.groups),), "backward"),
        }
        (above, below), (left, right) = self._paddings(input_shape)
        if above + below + left + right:
            batch, height, width, channels = input_shape
            padded = (batch, height + above + below, width + left + right, channels)
            # Backward pads x once more: cheaper than keeping it twice for the whole step.
            buffers["forward_padded"] = Buffer(padded, "forward")
            buffers["backward_padded"] = Buffer(padded, "backward")
        return buffers

    def may_be_cut(self, input_shape: tuple[int, ...]) -> bool:
        # Winograd's method transforms the weights at each call, and is not for just any number of images.
        return self._square_size(self.split_images(input_shape)) is None

    def _output_last(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the shape of the output for images with channels last."""
        axes = zip(input_shape[1:-1], self._axes(), strict=True)
        return (input_shape[0], *(window_count(size, *axis) for size, axis in axes), self.filters)

    def _square_size(self, input_shape: tuple[int, ...]) -> int | None:
        """Returns the size of the squares for Winograd's method, or None where that is of no use."""
        plain = self._geometry() == (1, 1, 1, 1) and self.groups == 1 and self.dtype == "float32"
        if not (plain and len(self.image_axes) == 2 and config.winograd()):
            return None
        return winograd.square_size(self._output_last(input_shape), self.kernel.shape)

    def _squares(self, x: np.ndarray, y: np.ndarray) -> tuple[int, int, int]:
        """Returns what Winograd's kernels take: the size of the squares, and the rows and columns of zeros before x."""
        (top, _), (left, _) = self._paddings(x.shape)
        return winograd.square_size(y.shape, self.kernel.shape), top, left

    def _padded(self, x: np.ndarray, padded: np.ndarray | None) -> np.ndarray:
        """Returns ``x`` with zeros around it, in ``padded``; ``x`` itself where there is no padding."""
        if padded is None:
            return x
        (above, _), (left, _) = self._paddings(x.shape)
        copy_padded(x, above, left, padded)
        return padded

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        weights = self.kernel.value, self.bias_value
        if hasattr(buf, "forward_squares"):
            buf.kernels.winograd_forward(x, *weights, *self._squares(x, y), self.fused_relu, y, buf.forward_squares)
            return
        x = self._padded(_images(x), getattr(buf, "forward_padded", None))
        kernel, bias = _images(self.kernel.value, 0), self.bias_value
        buf.kernels.conv2d_forward(x, kernel, bias, *self._geometry(), self.fused_relu, _images(y), buf.forward_scratch)

    def backward_last(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        dw, db = self.weight_gradients()
        if hasattr(buf, "forward_squares"):
            squares = self._squares(buf.x, dz)
            if dw is not None:
                buf.kernels.winograd_backward_weights(dz, buf.x, *squares, dw, db, buf.backward_squares)
            elif db is not None:
                buf.kernels.conv2d_backward_weights(dz, buf.x, 1, 1, 1, 1, None, db, buf.backward_squares)
            if dx is not None:
                buf.kernels.winograd_backward_input(dz, self.kernel.value, *squares, dx, buf.backward_squares)
            return
        padded = getattr(buf, "backward_padded", None)
        geometry = self._geometry()
        dz, dw, x = _images(dz), _images(dw, 0), _images(buf.x)
        if dw is not None or db is not None:
            x = self._padded(x, padded)
            buf.kernels.conv2d_backward_weights(dz, x, *geometry, dw, db, buf.backward_scratch)
        if dx is not None:
            dx, kernel = _images(dx), _images(self.kernel.value, 0)
            dx_padded = dx if padded is None else padded
            buf.kernels.conv2d_backward_input(dz, kernel, *geometry, dx_padded, buf.backward_scratch)
            if padded is not None:
                (above, _), (left, _) = self._paddings(dx.shape)
                np.copyto(dx, padded[:, above : above + dx.shape[1], left : left + dx.shape[2]])

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
        }


def _images(array: np.ndarray | None, axis: int = 1) -> np.ndarray | None:
    """Returns images, or weights, as they are, and sequences as images with a height of one, put in at ``axis``."""
    return np.expand_dims(array, axis) if array is not None and array.ndim == 3 else array


@register("Convolution2D")
class Conv2D(Convolution):
    """Correlates images with filters, adds a bias and applies an activation (as Keras 3, which calls it convolution).

    With strides s and dilation t, padding p above and left, x zero outside the image:

        z[n,i,j,d] = b[d] + sum over u, v, c of x[n, i s_h + u t_h - p_h, j s_w + v t_w - p_w, c] w[u,v,c,d]

    and y = f(z). Backward, with dz = dy f'(z): db is the sum of dz over n, i, j; dw[u,v,c,d] the sum over n, i, j of
    what tap (u, v) saw times dz[n,i,j,d]; and dx gets dz[n,i,j,d] w[u,v,c,d] at each place that tap (u, v) saw.

    Args:
        filters: number of output channels, d.
        kernel_size: height and width of the window; an integer stands for both.
        strides: (s_h, s_w), distance between windows.
        padding: ``"valid"``: windows lie within the image; ``"same"``: zeros around it, an odd row of them below and an
            odd column at the right, so that there are ``ceil(size / stride)`` windows a side.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: (t_h, t_w), distance between the taps of a window.
        groups: number of parts that channels and filters are split into; a filter sees only the channels of its part.
        activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: see :class:`AffineLayer`.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, height, width, channels) or (batch, channels, height, width).
    Weights: ``kernel`` (kernel height, kernel width, channels / groups, filters) in both formats, ``bias`` (filters,).

    Raises:
        ValueError: a wrong argument; strides and dilation both above 1; groups that divide not both filters and
            channels; a window larger than the image.
    """
