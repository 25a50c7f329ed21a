"""Convolution over sequences: that over images with a height of one, by the same kernels."""

from kerasnp.layers.base import register
from kerasnp.layers.convolutional import Convolution


@register("Convolution1D")
class Conv1D(Convolution):
    """Correlates sequences with filters, adds a bias and applies an activation.

    With stride s and dilation r, p steps of padding before the first, x zero outside the sequence:

        z[n,i,d] = b[d] + sum over u, c of x[n, i s + u r - p, c] w[u,c,d]

    and y = f(z). Backward, with dz = dy f'(z): db is the sum of dz over n and i; dw[u,c,d] the sum over n and i of
    x[n, i s + u r - p, c] dz[n,i,d]; and dx[n, i s + u r - p, c] gets w[u,c,d] dz[n,i,d].

    Args:
        filters: number of output channels, d.
        kernel_size: number of steps of the window.
        strides: s, distance between windows.
        padding: ``"valid"``: windows lie within the sequence; ``"same"``: zeros at both ends, an odd one behind, so
            that there are ``ceil(steps / stride)`` windows; ``"causal"``: all zeros before the first step, so that no
            output sees a later input (van den Oord et al. 2016, arXiv 1609.03499).
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: r, distance between the taps of a window.
        groups: number of parts that channels and filters are split into; a filter sees only the channels of its part.
        activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: see :class:`AffineLayer`.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels) or (batch, channels, steps).
    Weights: ``kernel`` (kernel size, channels / groups, filters) in both formats, ``bias`` (filters,).

    Raises:
        ValueError: a wrong argument; stride and dilation both above 1; groups that divide not both filters and
            channels; a window longer than the sequence.
    """

    image_axes = ("steps",)
    causal = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            groups=groups,
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
