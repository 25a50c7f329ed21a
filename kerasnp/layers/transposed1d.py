"""Transposed convolution over sequences: that over images with a height of one, by the same kernels."""

from kerasnp.layers.base import register
from kerasnp.layers.transposed import TransposedConvolution


@register("Convolution1DTranspose")
class Conv1DTranspose(TransposedConvolution):
    """Spreads each step over a window, weighted by filters, adds a bias and applies an activation.

    With stride s and dilation r, of p steps cut off at the start:

        z[n, i s + u r - p, d]  gets  sum over c of x[n,i,c] w[u,d,c]

    from all i and u that lead to that step, and b[d]; y = f(z). Backward, with dz = dy f'(z), zero outside: db is the
    sum of dz over n and all steps; dw[u,d,c] the sum over n and i of x[n,i,c] dz[n, i s + u r - p, d]; and dx[n,i,c]
    the sum over u and d of dz[n, i s + u r - p, d] w[u,d,c]. How many steps come out: see :class:`Conv2DTranspose`.

    Args:
        filters: number of output channels, d.
        kernel_size: number of steps of the window.
        strides: s, distance between windows.
        padding: ``"valid"``: the output has all that windows reach; ``"same"``: it has ``strides`` as many steps as the
            input, what windows reach beyond is cut off.
        output_padding: steps more, less than the stride; None means as above.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: r, distance between the taps of a window.
        activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: see :class:`AffineLayer`.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels) or (batch, channels, steps).
    Weights: ``kernel`` (kernel size, filters, channels) in both formats, ``bias`` (filters,).

    Raises:
        ValueError: a wrong argument; stride and dilation both above 1; an output padding as large as the stride.
    """

    image_axes = ("steps",)

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
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
            output_padding=output_padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
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
