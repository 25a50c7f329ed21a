"""Depthwise convolution: each channel by windows of its own, over images and sequences."""

import numpy as np

from kerasnp.kernels.depthwise import weights_scratch
from kerasnp.layers.base import Buffer, Shape, Workspace, register
from kerasnp.layers.windows import WindowLayer
from kerasnp.utils.shapes import positive_integer


class ChannelWindowLayer(WindowLayer):
    """A layer with ``depth_multiplier`` windows for each channel, or the first half of one.

    The kernels have one window for each channel. For several the channels are repeated, each so often as it has
    windows.
    """

    strided_dilation = True

    def __init__(self, kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate, **kwargs):
        super().__init__(kernel_size, strides, padding, data_format, dilation_rate, **kwargs)
        self.depth_multiplier = positive_integer(depth_multiplier, "depth_multiplier", self.owner)

    def depthwise_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the shape of what the windows give, for a shape with channels last."""
        counts = self.count_windows(self.join_images(*input_shape))
        return (input_shape[0], *counts, input_shape[-1] * self.depth_multiplier)

    def depthwise_buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        """Returns what the methods below need."""
        repeated = (*input_shape[:-1], input_shape[-1] * self.depth_multiplier)
        buffers = {"weights_scratch": Buffer((weights_scratch(self._kernel_shape(repeated[-1])),), "backward")}
        if self.depth_multiplier > 1:
            buffers["forward_repeated"] = Buffer(repeated, "forward")
            buffers["backward_repeated"] = Buffer(repeated, "backward")
        return buffers

    def depthwise_forward(self, x, kernel, bias, relu: bool, y, buf: Workspace) -> None:
        """Writes y[..., c m + q] = bias + sum over the window of x[..., c] kernel[..., c, q], perhaps through relu."""
        windows = self._windows_over(x.shape)
        x = self._repeated(x, buf, "forward")
        kernel = kernel.reshape(self._kernel_shape(x.shape[-1]))
        buf.kernels.depthwise_forward(_images(x), kernel, bias, *windows, relu, _images(y))

    def depthwise_backward(self, dy, x, kernel, dx, dw, db, buf: Workspace) -> None:
        """Writes the gradients by x, kernel and bias, except those that are None."""
        windows = self._windows_over(x.shape)
        shape = self._kernel_shape(dy.shape[-1])
        if dw is not None or db is not None:
            dw = None if dw is None else dw.reshape(shape)
            seen = _images(self._repeated(x, buf, "backward"))
            buf.kernels.depthwise_backward_weights(_images(dy), seen, *windows, dw, db, buf.weights_scratch)
        if dx is None:
            return
        several = self.depth_multiplier > 1
        repeated = buf.backward_repeated if several else dx
        buf.kernels.depthwise_backward_input(_images(dy), kernel.reshape(shape), *windows, _images(repeated))
        if several:
            parts = repeated.reshape(*dx.shape, self.depth_multiplier)
            np.add(parts[..., 0], parts[..., 1], out=dx)
            for part in range(2, self.depth_multiplier):
                np.add(dx, parts[..., part], out=dx)

    def _repeated(self, x: np.ndarray, buf: Workspace, life: str) -> np.ndarray:
        """Returns x with each channel repeated ``depth_multiplier`` times."""
        if self.depth_multiplier == 1:
            return x
        repeated = getattr(buf, f"{life}_repeated")
        parts = repeated.reshape(*x.shape, self.depth_multiplier)
        for part in range(self.depth_multiplier):
            np.copyto(parts[..., part], x)
        return repeated

    def _kernel_shape(self, outputs: int) -> tuple[int, int, int]:
        """Returns the shape of the windows as the kernels take them; those of a sequence have a height of one."""
        return (*(1, *self.kernel_size)[-2:], outputs)

    def _windows_over(self, image_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns strides, dilation and padding as the kernels take them."""
        before = self.padding_before(image_shape)
        return (*(1, *self.strides)[-2:], *(1, *self.dilation_rate)[-2:], *(0, *before)[-2:])

    def get_config(self) -> dict:
        return {**super().get_config(), "depth_multiplier": self.depth_multiplier}


class DepthwiseConvolution(ChannelWindowLayer):
    """What depthwise convolutions over images, or with other ``image_axes`` over sequences, share."""

    weight_settings = ("depthwise", "bias")

    def __init__(
        self,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
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
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )

    def build(self, input_shape: Shape) -> None:
        channels = self.split_images(input_shape)[-1]
        self.require_channels(input_shape, None)
        self.compute_output_shape(input_shape)
        self.kernel = self.add_affine_weight(
            (*self.kernel_size, channels, self.depth_multiplier), "depthwise", "kernel"
        )
        self.add_bias(channels * self.depth_multiplier)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape with ``floor((size - window) / stride) + 1`` pixels a side, or ``ceil(size / stride)``.

        Raises:
            ValueError: no batch of images, an unknown number of channels or another than the weights were built for, or
                images smaller than the window.
        """
        counts = self.count_windows(input_shape)
        self.require_channels(input_shape, None if self.kernel is None else self.kernel.shape[-2])
        outputs = input_shape[self.channel_axis] * self.depth_multiplier
        return self.join_images(input_shape[0], *counts, outputs)

    # -- equations ---------------------------------------------------------------------------------

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return self.depthwise_buffers(input_shape)

    def may_be_cut(self, input_shape: tuple[int, ...]) -> bool:
        return True

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        self.depthwise_forward(x, self.kernel.value, self.bias_value, self.fused_relu, y, buf)

    def backward_last(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        self.depthwise_backward(dz, buf.x, self.kernel.value, dx, *self.weight_gradients(), buf)


def _images(array: np.ndarray) -> np.ndarray:
    """Returns images as they are and sequences as images with a height of one."""
    return array[:, None] if array.ndim == 3 else array


@register()
class DepthwiseConv2D(DepthwiseConvolution):
    """Correlates each channel with windows of its own, adds a bias and applies an activation.

    With m windows a channel, strides s and dilation t, padding p above and left, x zero outside the image:

        z[n, i, j, c m + q] = b[c m + q] + sum over u, v of x[n, i s_h + u t_h - p_h, j s_w + v t_w - p_w, c] w[u,v,c,q]

    and y = f(z). Backward, with dz = dy f'(z): db is the sum of dz over n, i, j; dw[u,v,c,q] the sum over n, i, j of
    what tap (u, v) saw of channel c times dz[n, i, j, c m + q]; and dx gets, in channel c, dz[n, i, j, c m + q]
    w[u,v,c,q] at each place that tap (u, v) saw.

    Args:
        kernel_size: height and width of the windows; an integer stands for both.
        strides: (s_h, s_w), distance between windows.
        padding: ``"valid"``: windows lie within the image; ``"same"``: zeros around it, an odd row of them below and an
            odd column at the right, so that there are ``ceil(size / stride)`` windows a side.
        depth_multiplier: m, how many windows, and so outputs, a channel has.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: (t_h, t_w), distance between the taps of a window.
        activation, use_bias, bias_initializer, bias_regularizer, bias_constraint: see :class:`AffineLayer`.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: the same for ``kernel``.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, height, width, channels) or (batch, channels, height, width).
    Weights: ``kernel`` (kernel height, kernel width, channels, depth multiplier) in both formats, ``bias``
    (channels * depth multiplier,).

    Raises:
        ValueError: a wrong argument, or a window larger than the image.
    """
