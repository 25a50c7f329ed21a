"""Convolution layers. The formulas and where they come from are in :mod:`kerasnp.nn.conv2d`."""

import numpy as np

from kerasnp.layers.base import Buffer, Shape, Workspace, register
from kerasnp.layers.correlation import Correlation
from kerasnp.layers.windows import WindowLayer
from kerasnp.utils.shapes import positive_integer


class Convolution(WindowLayer):
    """What convolutions over images, or with other ``image_axes`` over sequences and volumes, share."""

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
        self.groups = positive_integer(groups, "groups", self.owner)
        if self.filters % self.groups:
            raise ValueError(
                f"{self.owner}: the number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={groups}, filters={filters}."
            )

    def build(self, input_shape: Shape) -> None:
        channels = self.split_images(input_shape)[-1]
        self.require_channels(input_shape, None)
        if channels % self.groups:
            raise ValueError(
                f"{self.owner}: the number of input channels must be evenly divisible by the number of groups. "
                f"Received groups={self.groups}, but the input has {channels} channels (full input shape is "
                f"{tuple(input_shape)})."
            )
        self.compute_output_shape(input_shape)
        self.add_affine_weights((*self.kernel_size, channels // self.groups, self.filters))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape with ``floor((size - window) / stride) + 1`` pixels a side, or ``ceil(size / stride)``.

        Raises:
            ValueError: no batch of images, other channels than the weights were built for, or images smaller than the
                window.
        """
        output = self.count_windows(input_shape)
        if self.kernel is not None:
            self.require_channels(input_shape, self.kernel.shape[-2] * self.groups)
        return self.join_images(input_shape[0], *output, self.filters)

    # -- equations ---------------------------------------------------------------------------------

    def correlation(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...], squares: bool) -> Correlation:
        before = self.padding_before(input_shape)
        return Correlation(
            input_shape, output_shape, self.kernel.shape, self.strides, self.dilation_rate, before, squares
        )

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        correlation = self.planned_correlation(input_shape)
        # Backward pads x once more: cheaper than keeping it twice for the whole step.
        return correlation.buffers("forward", "forward") | correlation.buffers("backward", "weights", "input")

    def may_be_cut(self, input_shape: tuple[int, ...]) -> bool:
        # Winograd's method transforms the weights at each call, and is not for just any number of images.
        return self.planned_correlation(self.split_images(input_shape)).square is None

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        correlation = self.correlation_in(buf, x, y)
        seen = correlation.seen(x, buf, "forward")
        correlation.forward(seen, self.kernel.value, self.bias_value, self.fused_relu, y, buf, "forward")

    def backward_last(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        dw, db = self.weight_gradients()
        correlation = self.correlation_in(buf, buf.x, dz)
        if dw is not None or db is not None:
            correlation.backward_weights(dz, correlation.seen(buf.x, buf, "backward"), dw, db, buf, "backward")
        if dx is not None:
            correlation.backward_input(dz, self.kernel.value, dx, buf, "backward")

    def get_config(self) -> dict:
        return {**super().get_config(), "filters": self.filters, "groups": self.groups}


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
