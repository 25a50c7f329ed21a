"""Separable convolution over sequences: that over images with a height of one, by the same kernels."""

from kerasnp.layers.base import register
from kerasnp.layers.separable import SeparableConvolution


@register("SeparableConvolution1D")
class SeparableConv1D(SeparableConvolution):
    """Correlates each channel with windows of its own, mixes the results at each step and applies an activation.

    With m windows a channel, stride s and dilation t, p steps of padding before the first, x zero outside the sequence:

        r[n, i, c m + q] = sum over u of x[n, i s + u t - p, c] w[u,c,q]
        z[n,i,d] = b[d] + sum over k of r[n,i,k] v[k,d]

    and y = f(z). Backward, with dz = dy f'(z): db is the sum of dz over n and i, dv[k,d] that of r[n,i,k] dz[n,i,d],
    and dr[n,i,k] the sum over d of dz[n,i,d] v[k,d]; from dr follow dw and dx as in :class:`DepthwiseConv1D`.

    Args:
        filters: number of output channels, d.
        kernel_size: number of steps of the windows.
        strides: s, distance between windows.
        padding: ``"valid"``: windows lie within the sequence; ``"same"``: zeros at both ends, an odd one behind, so
            that there are ``ceil(steps / stride)`` windows.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: t, distance between the taps of a window.
        depth_multiplier: m, how many windows a channel has.
        activation, use_bias, bias_initializer, bias_regularizer, bias_constraint: see :class:`AffineLayer`.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: the same for w.
        pointwise_initializer, pointwise_regularizer, pointwise_constraint: the same for v.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels) or (batch, channels, steps).
    Weights: ``depthwise_kernel`` (kernel size, channels, depth multiplier) and ``pointwise_kernel`` (1,
    channels * depth multiplier, filters) in both formats, ``bias`` (filters,).

    Raises:
        ValueError: a wrong argument, or a window longer than the sequence.
    """

    image_axes = ("steps",)

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            depth_multiplier=depth_multiplier,
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
