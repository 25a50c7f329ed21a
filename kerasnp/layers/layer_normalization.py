"""Layers that standardize the features of each sample, whatever else is in the batch."""

from kerasnp.layers.base import Shape, register
from kerasnp.layers.standardizing import (
    Groups,
    ScaledAndShifted,
    StandardizingLayer,
    axis_argument,
    require_sizes,
    sizes_of,
    standard_axes,
)


class _OverAxes(StandardizingLayer):
    """A layer whose groups are all of some axes, with one weight for each place in a group.

    Args:
        axis: these axes.
        rms_scaling: stands in configs of Keras; only False.
        **kwargs: see the base class.
    """

    def __init__(self, axis, rms_scaling=False, **kwargs):
        super().__init__(**kwargs)
        owner = f"{type(self).__name__} layer {self.name!r}"
        if rms_scaling:
            raise ValueError(
                f"{owner}: rms_scaling={rms_scaling!r} is deprecated in Keras, as it divides by the standard "
                "deviation, not by the root mean square; use RMSNormalization."
            )
        self.axis = axis_argument(axis, owner)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape.

        Raises:
            ValueError: it lacks an axis, or an axis has not the size of the weights.
        """
        require_sizes(self, standard_axes(self, self.axis, input_shape), input_shape)
        return input_shape

    def _weight_shape(self, input_shape: Shape) -> tuple[int, ...]:
        """Returns the sizes of the axes in the order that Keras gives them: that of the numbers the user wrote."""
        axis = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        shape = sizes_of(self, standard_axes(self, axis, input_shape), input_shape)
        self.axis = axis
        return shape

    def grouping(self, input_shape: tuple[int, ...]) -> Groups:
        within = standard_axes(self, self.axis, input_shape)
        weights = tuple(size if axis in within else 1 for axis, size in enumerate(input_shape))
        return Groups(input_shape, within, weights)

    def get_config(self) -> dict:
        return {**super().get_config(), "axis": self.axis}


@register()
class LayerNormalization(_OverAxes, ScaledAndShifted):
    """Gives the features of each sample mean 0 and variance 1, then a scale and a shift of their own.

    After Ba, Kiros and Hinton (2016), arXiv 1607.06450. With mean and variance over ``axis``, m numbers:

        n  = (x - mean) / sqrt(variance + epsilon),    y = gamma n + beta
        dx = (g - (sum of g) / m - n (sum of g n) / m) / sqrt(variance + epsilon),    g = gamma dy

    and dgamma, dbeta are the sums of dy n and dy over the other axes.

    Args:
        axis: the axis, or a list of axes, of the features.
        epsilon: keeps the square root away from zero.
        center, scale: whether there is a ``beta``, a ``gamma``.
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint:
            names, objects or configs.
        **kwargs: see :class:`Layer`.

    Weights, in order: gamma, beta, with the sizes of ``axis`` as shape.

    Raises:
        TypeError: ``axis`` is neither an integer nor several.
    """

    supports_masking = True

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        super().__init__(
            axis,
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )

    def build(self, input_shape: Shape) -> None:
        self.add_scale_and_shift(self._weight_shape(input_shape))

    def get_config(self) -> dict:
        return {**super().get_config(), "rms_scaling": False}


@register()
class RMSNormalization(_OverAxes):
    """Divides the features of each sample by their root mean square (Zhang and Sennrich 2019, arXiv 1910.07467).

    With the mean over ``axis``, m numbers:

        n  = x / sqrt(mean of x^2 + epsilon),    y = scale n
        dx = (g - n (sum of g n) / m) / sqrt(mean of x^2 + epsilon),    g = scale dy

    and dscale is the sum of dy n over the other axes.

    Args:
        axis: the axis, or a list of axes, of the features.
        epsilon: keeps the square root away from zero.
        **kwargs: see :class:`Layer`.

    Weights: scale, with the sizes of ``axis`` as shape.
    """

    subtracts_mean = False

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(axis, **kwargs)
        self.epsilon = epsilon
        self.scale = None

    def build(self, input_shape: Shape) -> None:
        self.scale = self.gamma = self.add_weight(self._weight_shape(input_shape), "ones", name="scale")

    def get_config(self) -> dict:
        return {**super().get_config(), "epsilon": self.epsilon}
