"""Separable convolution: a depthwise one, then a product with a matrix at each pixel; over images and sequences."""

import numpy as np

from kerasnp.kernels import dense
from kerasnp.layers.base import Buffer, Shape, Workspace, register
from kerasnp.layers.depthwise import ChannelWindowLayer
from kerasnp.utils.arrays import rows_of
from kerasnp.utils.shapes import positive_integer
from kerasnp.variables import Variable


class SeparableConvolution(ChannelWindowLayer):
    """What separable convolutions over images, or with other ``image_axes`` over sequences, share."""

    weight_settings = ("depthwise", "pointwise", "bias")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            depth_multiplier,
            data_format,
            dilation_rate,
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.filters = positive_integer(filters, "filters", self.owner)
        self.depthwise_kernel: Variable | None = None
        self.pointwise_kernel: Variable | None = None

    def build(self, input_shape: Shape) -> None:
        channels = self.split_images(input_shape)[-1]
        self.require_channels(input_shape, None)
        self.compute_output_shape(input_shape)
        between = channels * self.depth_multiplier
        shapes = {
            "depthwise": (*self.kernel_size, channels, self.depth_multiplier),
            "pointwise": (*(1 for _ in self.kernel_size), between, self.filters),
        }
        for name, shape in shapes.items():
            setattr(self, f"{name}_kernel", self.add_affine_weight(shape, name, f"{name}_kernel"))
        self.add_bias(self.filters)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape with ``floor((size - window) / stride) + 1`` pixels a side, or ``ceil(size / stride)``.

        Raises:
            ValueError: no batch of images, other channels than the weights were built for, or images smaller than the
                window.
        """
        counts = self.count_windows(input_shape)
        if self.depthwise_kernel is not None:
            self.require_channels(input_shape, self.depthwise_kernel.shape[-2])
        return self.join_images(input_shape[0], *counts, self.filters)

    # -- equations ---------------------------------------------------------------------------------

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        between = self.depthwise_shape(input_shape)
        sizes = between[-1], self.filters
        return {
            **self.depthwise_buffers(input_shape),
            # Backward reads again what the windows gave; in a plan that only predicts it is scratch.
            "between": Buffer(between, "step"),
            "between_scratch": Buffer(between, "forward"),
            "between_gradient": Buffer(between, "backward"),
            "forward_scratch": Buffer((dense.forward_scratch(*sizes),), "forward"),
            "backward_scratch": Buffer((dense.backward_scratch(*sizes),), "backward"),
        }

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        between = buf.between_scratch if buf.between is None else buf.between
        self.depthwise_forward(x, self.depthwise_kernel.value, None, False, between, buf)
        kernel = rows_of(self.pointwise_kernel.value)
        buf.kernels.dense_forward(
            rows_of(between), kernel, self.bias_value, self.fused_relu, rows_of(y), buf.forward_scratch
        )

    def backward_last(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        depthwise, pointwise = self.depthwise_kernel.gradient, self.pointwise_kernel.gradient
        bias = None if self.bias is None else self.bias.gradient
        dz, scratch = rows_of(dz), buf.backward_scratch
        if pointwise is not None or bias is not None:
            pointwise = None if pointwise is None else rows_of(pointwise)
            buf.kernels.dense_backward_weights(dz, rows_of(buf.between), pointwise, bias, scratch)
        if depthwise is None and dx is None:
            return
        between = buf.between_gradient
        buf.kernels.dense_backward_input(dz, rows_of(self.pointwise_kernel.value), rows_of(between), scratch)
        self.depthwise_backward(between, buf.x, self.depthwise_kernel.value, dx, depthwise, None, buf)

    def get_config(self) -> dict:
        return {**super().get_config(), "filters": self.filters}


@register("SeparableConvolution2D")
class SeparableConv2D(SeparableConvolution):
    """Correlates each channel with windows of its own, mixes the results at each pixel and applies an activation.

    A convolution with fewer weights: where that one has a window for each pair of channel and filter, this one has m
    for each channel, and one number for each pair (Chollet, Xception, 2017, arXiv 1610.02357). With strides s and
    dilation t, padding p above and left, x zero outside the image:

        r[n, i, j, c m + q] = sum over u, v of x[n, i s_h + u t_h - p_h, j s_w + v t_w - p_w, c] w[u,v,c,q]
        z[n,i,j,d] = b[d] + sum over k of r[n,i,j,k] v[k,d]

    and y = f(z). Backward, with dz = dy f'(z): db is the sum of dz over n, i, j, dv[k,d] that of r[n,i,j,k]
    dz[n,i,j,d], and dr[n,i,j,k] the sum over d of dz[n,i,j,d] v[k,d]; from dr follow dw and dx as in
    :class:`DepthwiseConv2D`.

    Args:
        filters: number of output channels, d.
        kernel_size: height and width of the windows; an integer stands for both.
        strides: (s_h, s_w), distance between windows.
        padding: ``"valid"``: windows lie within the image; ``"same"``: zeros around it, an odd row of them below and an
            odd column at the right, so that there are ``ceil(size / stride)`` windows a side.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: (t_h, t_w), distance between the taps of a window.
        depth_multiplier: m, how many windows a channel has.
        activation, use_bias, bias_initializer, bias_regularizer, bias_constraint: see :class:`AffineLayer`.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: the same for w.
        pointwise_initializer, pointwise_regularizer, pointwise_constraint: the same for v.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, height, width, channels) or (batch, channels, height, width). Weights: ``depthwise_kernel``
    (kernel height, kernel width, channels, depth multiplier) and ``pointwise_kernel`` (1, 1, channels * depth
    multiplier, filters) in both formats, ``bias`` (filters,).

    Raises:
        ValueError: a wrong argument, or a window larger than the image.
    """
