"""Convolution over volumes, by the kernels for images; see :mod:`kerasnp.layers.correlation`."""

from kerasnp.layers.base import register
from kerasnp.layers.convolutional import Convolution


@register("Convolution3D")
class Conv3D(Convolution):
    """Correlates volumes with filters, adds a bias and applies an activation.

    With strides s and dilation t, padding p before the first frame, row and column, x zero outside the volume:

        z[n,k,i,j,d] = b[d] + sum over a, u, v, c of
                       x[n, k s_d + a t_d - p_d, i s_h + u t_h - p_h, j s_w + v t_w - p_w, c] w[a,u,v,c,d]

    and y = f(z). Backward, with dz = dy f'(z): db is the sum of dz over n, k, i, j; dw[a,u,v,c,d] the sum over n, k, i,
    j of what tap (a, u, v) saw times dz[n,k,i,j,d]; and dx gets dz[n,k,i,j,d] w[a,u,v,c,d] at each place that the tap
    saw.

    Args:
        filters: number of output channels, d.
        kernel_size: depth, height and width of the window; an integer stands for all.
        strides: (s_d, s_h, s_w), distance between windows.
        padding: ``"valid"``: windows lie within the volume; ``"same"``: zeros around it, an odd one behind, so that
            there are ``ceil(size / stride)`` windows along each axis.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        dilation_rate: (t_d, t_h, t_w), distance between the taps of a window.
        groups: number of parts that channels and filters are split into; a filter sees only the channels of its part.
        activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: see :class:`AffineLayer`.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, depth, height, width, channels) or (batch, channels, depth, height, width). Weights: ``kernel``
    (kernel depth, kernel height, kernel width, channels / groups, filters) in both formats, ``bias`` (filters,).

    Raises:
        ValueError: a wrong argument; strides and dilation both above 1; groups that divide not both filters and
            channels; a window larger than the volume.
    """

    image_axes = ("depth", "height", "width")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1, 1),
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
