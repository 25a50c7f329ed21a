"""Normalization over groups of channels."""

from kerasnp.layers.base import Shape, register
from kerasnp.layers.standardizing import Groups, ScaledAndShifted, require_sizes, standard_axes


@register()
class GroupNormalization(ScaledAndShifted):
    """Standardizes groups of channels of each sample, over all its pixels (Wu and He 2018, arXiv 1803.08494).

    With mean and variance over the m numbers that a sample has in a group of ``channels / groups`` channels:

        n  = (x - mean) / sqrt(variance + epsilon),    y = gamma n + beta
        dx = (g - (sum of g) / m - n (sum of g n) / m) / sqrt(variance + epsilon),    g = gamma dy

    and dgamma, dbeta are the sums of dy n and dy over samples and pixels.

    Args:
        groups: number of groups; 1 is layer normalization over whole samples, -1 (a group a channel) is instance
            normalization.
        axis: the axis of the channels.
        epsilon: keeps the square root away from zero.
        center, scale: whether there is a ``beta``, a ``gamma``.
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint:
            names, objects or configs.
        **kwargs: see :class:`Layer`.

    Weights, in order: gamma, beta, each (channels,).

    Raises:
        ValueError: ``groups`` is neither positive nor -1, or does not divide the number of channels.
    """

    supports_masking = True

    def __init__(
        self,
        groups=32,
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
        if not isinstance(groups, int) or isinstance(groups, bool) or (groups <= 0 and groups != -1):
            raise ValueError(
                "Received an invalid value for argument `groups`, expected a positive integer (or `-1` for instance "
                f"normalization). Received: groups={groups!r}"
            )
        if not isinstance(axis, int):
            raise TypeError(f"Layer {self.name!r}: expected an int for the argument `axis`; received {axis!r}.")
        self.groups = groups
        self.axis = axis

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)
        channels = input_shape[self.axis]
        if channels is None:
            raise ValueError(
                f"GroupNormalization layer {self.name!r}: axis {self.axis} of the input must have a known size; input "
                f"shape {tuple(input_shape)}."
            )
        count = channels if self.groups == -1 else self.groups
        if channels < count:
            raise ValueError(
                f"GroupNormalization layer {self.name!r}: the number of groups ({count}) cannot be more than the "
                f"number of channels ({channels})."
            )
        if channels % count:
            raise ValueError(
                f"GroupNormalization layer {self.name!r}: the number of channels ({channels}) must be a multiple of "
                f"the number of groups ({count})."
            )
        self.groups = count
        self.add_scale_and_shift((channels,))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape.

        Raises:
            ValueError: it lacks the axis, the axis is that of the batch, or it has not the size of the weights.
        """
        (axis,) = standard_axes(self, self.axis, input_shape)
        if axis == 0:
            raise ValueError(
                f"GroupNormalization layer {self.name!r}: axis {self.axis} of input shape {tuple(input_shape)} is that "
                "of the batch, not of channels."
            )
        require_sizes(self, (axis,), input_shape)
        return input_shape

    def grouping(self, input_shape: tuple[int, ...]) -> Groups:
        """Returns the view in which the axis of the channels is two: groups, and channels of a group."""
        (axis,) = standard_axes(self, self.axis, input_shape)
        pair = (self.groups, input_shape[axis] // self.groups)
        shape = (*input_shape[:axis], *pair, *input_shape[axis + 1 :])
        within = tuple(each for each in range(1, len(shape)) if each != axis)
        weights = tuple(size if each in (axis, axis + 1) else 1 for each, size in enumerate(shape))
        return Groups(shape, within, weights)

    def get_config(self) -> dict:
        return {**super().get_config(), "groups": self.groups, "axis": self.axis}
