"""Depthwise convolution over sequences: that over images with a height of one, by the same kernels."""

from kerasnp.layers.base import register
from kerasnp.layers.depthwise import DepthwiseConvolution


@register()
class DepthwiseConv1D(DepthwiseConvolution):
    """Correlates each channel of sequences with windows of its own, adds a bias and applies an activation.

    With m windows a channel, stride s and dilation r, p steps of padding before the first, x zero outside the sequence:

        z[n, i, c m + q] = b[c m + q] + sum over u of x[n, i s + u r - p, c] w[u,c,q]

    and y = f(z). Backward, with dz = dy f'(z): db is the sum of dz over n and i; dw[u,c,q] the sum over n and i of
    x[n, i s + u r - p, c] dz[n, i, c m + q]; and dx[n, i s + u r - p, c] gets dz[n, i, c m + q] w[u,c,q].

    Args:
        kernel_size: number of steps of the windows.
        strides: s, distance between windows.
        padding: ``"valid"``: windows lie within the sequence; ``"same"``: zeros at both ends, an odd one behind, so
            that there are ``ceil(steps / stride)`` windows.
        depth_multiplier: m, how many windows, and so outputs, a channel has.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: r, distance between the taps of a window.
        activation, use_bias, bias_initializer, bias_regularizer, bias_constraint: see :class:`AffineLayer`.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: the same for ``kernel``.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels) or (batch, channels, steps).
    Weights: ``kernel`` (kernel size, channels, depth multiplier) in both formats, ``bias``
    (channels * depth multiplier,).

    Raises:
        ValueError: a wrong argument, or a window longer than the sequence.
    """

    image_axes = ("steps",)

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
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
            strides=strides,
            padding=padding,
            depth_multiplier=depth_multiplier,
            data_format=data_format,
            dilation_rate=dilation_rate,
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
