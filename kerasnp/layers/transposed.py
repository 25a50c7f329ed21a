"""Transposed convolution: the input gradient of a convolution as a forward equation, over images and sequences.

Where a convolution gathers what its window sees into one output pixel, its transpose spreads one input pixel over what
the window sees. So the three directions of one correlation, between this layer's output and its input, serve here too,
the first and the last exchanged (Zeiler et al., Deconvolutional networks, 2010).
"""

import numpy as np

from kerasnp.kernels.conv2d import gradient_scratch
from kerasnp.layers.base import Buffer, Shape, Workspace, register
from kerasnp.layers.correlation import Correlation, bias_gradient
from kerasnp.layers.windows import WindowLayer
from kerasnp.utils.arrays import rows_of
from kerasnp.utils.shapes import integers, positive_integer


class TransposedConvolution(WindowLayer):
    """What transposed convolutions over images, or with other ``image_axes`` over sequences, share."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=(1, 1),
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
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
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
        self.filters = positive_integer(filters, "filters", self.owner)
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = integers(output_padding, len(self.image_axes), "output_padding", least=0)
            if any(more >= stride for more, stride in zip(self.output_padding, self.strides, strict=True)):
                raise ValueError(
                    f"{self.owner}: `output_padding` must be strictly less than `strides` for all dimensions. "
                    f"Received: output_padding={self.output_padding}, strides={self.strides}"
                )

    def build(self, input_shape: Shape) -> None:
        channels = self.split_images(input_shape)[-1]
        self.require_channels(input_shape, None)
        self.compute_output_shape(input_shape)
        self.kernel = self.add_affine_weight((*self.kernel_size, self.filters, channels), "kernel", "kernel")
        self.add_bias(self.filters)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape with the pixels a side that the class's docstring tells.

        Raises:
            ValueError: no batch of images, other channels than the weights were built for, or no pixels.
        """
        batch, *image, _ = self.split_images(input_shape)
        if self.kernel is not None:
            self.require_channels(input_shape, self.kernel.shape[-1])
        paddings = self.output_padding or (None,) * len(image)
        axes = zip(image, self.windows, self.strides, paddings, strict=True)
        output = [_size(*axis, self.padding) for axis in axes]
        if any(size is not None and size < 1 for size in (*image, *output)):
            raise ValueError(
                f"{self.owner}: its output would have no pixels. Received: input shape {tuple(input_shape)}, "
                f"kernel_size={self.kernel_size}, strides={self.strides}, padding={self.padding!r}, "
                f"output_padding={self.output_padding}."
            )
        return self.join_images(batch, *output, self.filters)

    # -- equations ---------------------------------------------------------------------------------

    def correlation(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...], squares: bool) -> Correlation:
        before = self.cut_before(input_shape[1:-1], output_shape[1:-1])
        return Correlation(
            output_shape, input_shape, self.kernel.shape, self.strides, self.dilation_rate, before, squares
        )

    def cut_before(self, image: tuple[int, ...], output: tuple[int, ...]) -> list[int]:
        """Returns how much of what the windows reach is cut off in front, along each axis of an image.

        Args:
            image: sizes of the input's images.
            output: sizes of the output's.
        """
        if self.padding == "valid":
            return [0] * len(image)
        # What the windows reach beyond the image is cut off at both ends, an odd pixel behind.
        axes = zip(image, output, self.windows, self.strides, strict=True)
        return [max((count - 1) * stride + window - size, 0) // 2 for count, size, window, stride in axes]

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        correlation = self.planned_correlation(input_shape)
        return {
            **correlation.buffers("forward", "input"),
            **correlation.buffers("backward", "weights", "forward"),
            "bias_scratch": Buffer((gradient_scratch(0, self.filters),), "backward"),
        }

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        self.correlation_in(buf, x, y).backward_input(x, self.kernel.value, y, buf, "forward")
        if self.bias is not None or self.fused_relu:
            pixels = rows_of(y)
            buf.kernels.dense_bias(pixels, self.bias_value, self.fused_relu, pixels)

    def backward_last(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        dw, db = self.weight_gradients()
        if db is not None:
            bias_gradient(dz, db, buf.kernels, buf.bias_scratch)
        if dw is None and dx is None:
            return
        correlation = self.correlation_in(buf, buf.x, dz)
        seen = correlation.seen(dz, buf, "backward")
        if dw is not None:
            correlation.backward_weights(buf.x, seen, dw, None, buf, "backward")
        if dx is not None:
            correlation.forward(seen, self.kernel.value, None, False, dx, buf, "backward")

    def get_config(self) -> dict:
        return {**super().get_config(), "filters": self.filters, "output_padding": self.output_padding}


def _size(size: int | None, window: int, stride: int, more: int | None, padding: str) -> int | None:
    """Returns the pixels along an axis of the output; None where those of the input are unknown."""
    if size is None:
        return None
    reached = (size - 1) * stride + window
    if padding == "valid":
        return reached + (max(stride - window, 0) if more is None else more)
    return size * stride if more is None else (size - 1) * stride + window % 2 + more


@register("Convolution2DTranspose")
class Conv2DTranspose(TransposedConvolution):
    """Spreads each pixel over a window, weighted by filters, adds a bias and applies an activation.

    With strides s and dilation t, of p rows and columns cut off above and left:

        z[n, i s_h + u t_h - p_h, j s_w + v t_w - p_w, d]  gets  sum over c of x[n,i,j,c] w[u,v,d,c]

    from all i, j, u, v that lead to that pixel, and b[d]; y = f(z). Backward, with dz = dy f'(z), zero outside: db is
    the sum of dz over n and all pixels; dw[u,v,d,c] the sum over n, i, j of x[n,i,j,c] times what tap (u, v) reached of
    dz; and dx[n,i,j,c] the sum over u, v, d of what tap (u, v) reached of dz times w[u,v,d,c], which is a convolution
    of dz.

    With windows of k pixels a side, dilation included, an input of n pixels becomes ``(n - 1) s + max(k, s)`` for
    "valid", ``n s`` for "same". ``output_padding`` q says it otherwise: ``(n - 1) s + k + q`` and
    ``(n - 1) s + k % 2 + q``. Pixels that no window reaches are b.

    Args:
        filters: number of output channels, d.
        kernel_size: height and width of the window; an integer stands for both.
        strides: (s_h, s_w), distance between windows.
        padding: ``"valid"``: the output has all that windows reach; ``"same"``: it has ``strides`` as many pixels as
            the input, what windows reach beyond is cut off.
        output_padding: rows and columns more, less than the strides; None means as above.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: (t_h, t_w), distance between the taps of a window.
        activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: see :class:`AffineLayer`.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, height, width, channels) or (batch, channels, height, width).
    Weights: ``kernel`` (kernel height, kernel width, filters, channels) in both formats, ``bias`` (filters,).

    Raises:
        ValueError: a wrong argument; strides and dilation both above 1; an output padding as large as the stride.
    """
