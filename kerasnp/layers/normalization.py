"""Normalization layers.

Where batch normalization's backward equations come from, for one channel with m values x_i in the batch. Forward:

    mean = sum of x_i / m,    variance = sum of (x_i - mean)^2 / m,    s = 1 / sqrt(variance + epsilon),
    n_i = (x_i - mean) s,     y_i = gamma n_i + beta.

*beta and gamma* go into every y_i, beta as it is and gamma times n_i:

    dbeta = sum of dy_i,    dgamma = sum of dy_i n_i.

*An input* x_j goes into every n_i, in three ways. Directly, only into n_j, with the slope s. Through the mean: the mean
moves by 1/m, and each n_i by -s as much. Through the variance: it moves by 2 (x_j - mean) / m (the mean's part in it is
zero, as deviations from the mean add up to zero), and each n_i by (x_i - mean) (-1/2) s^3 = -n_i s^2 / 2 as much; with
(x_j - mean) s = n_j the product is -s n_i n_j / m. Together

    dn_i/dx_j = s ([i = j] - 1 / m - n_i n_j / m),

and by the chain rule dx_j is the sum over i of gamma dy_i times that:

    dx_j = gamma s (dy_j - dbeta / m - n_j dgamma / m).

What is taken from dy is its mean and its part along n: moving all inputs together, or apart in proportion, changes no
output. With moving statistics only the first way is left: dx_j = gamma s dy_j.
"""

import math

import numpy as np

from kerasnp import config, constraints, initializers, regularizers
from kerasnp.kernels.batch_norm import scratch_shape
from kerasnp.layers.base import Buffer, Shape, Workspace, register
from kerasnp.layers.channels import ChannelsLastLayer
from kerasnp.utils.arrays import rows_of


@register()
class BatchNormalization(ChannelsLastLayer):
    """Gives each channel mean ``beta`` and standard deviation ``gamma`` (Ioffe and Szegedy 2015, arXiv 1502.03167).

    In training, with mean and variance over the m values of a channel in the batch:

        n = (x - mean) / sqrt(variance + epsilon)
        y = gamma n + beta

        dbeta  = sum of dy
        dgamma = sum of dy n
        dx     = gamma / sqrt(variance + epsilon) (dy - dbeta / m - n dgamma / m)

    and ``moving = momentum moving + (1 - momentum) batch`` for mean and variance (division by m, as in Keras 3). At
    inference, and in a layer with ``trainable = False``, the moving ones take the place of the batch's. They are
    constants: then ``dx = gamma / sqrt(moving_variance + epsilon) dy``. The derivation is at the top of the file.

    Args:
        axis: the axis of the channels.
        momentum: how much of the moving statistics stays at each step.
        epsilon: keeps the square root away from zero.
        center, scale: whether there is a ``beta``, a ``gamma``.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: names, objects or
            configs.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: names, objects or configs.
        renorm, synchronized: only False.
        renorm_clipping, renorm_momentum: without meaning, as ``renorm`` is False.
        **kwargs: see :class:`Layer`.

    Weights, in order: gamma, beta, moving_mean, moving_variance, each (channels,).
    """

    supports_masking = uses_mask = True
    backward_uses = ("x",)

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if renorm or synchronized:
            raise ValueError(
                f"BatchNormalization has neither renorm nor synchronized; received renorm={renorm!r}, "
                f"synchronized={synchronized!r}."
            )
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.center = bool(center)
        self.scale = bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma = self.beta = self.moving_mean = self.moving_variance = None

    @property
    def channel_axis(self) -> int:
        return self.axis

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)
        channels = input_shape[self.axis]
        if channels is None:
            raise ValueError(
                f"BatchNormalization layer {self.name!r} needs the size of axis {self.axis}; input shape "
                f"{tuple(input_shape)}."
            )
        if self.scale:
            self.gamma = self.add_weight(
                (channels,),
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                name="gamma",
            )
        if self.center:
            self.beta = self.add_weight(
                (channels,),
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                name="beta",
            )
        self.moving_mean = self.add_weight(
            (channels,), self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            (channels,), self.moving_variance_initializer, trainable=False, name="moving_variance"
        )
        self._ones = np.ones(channels, self.dtype)
        self._zeros = np.zeros(channels, self.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape.

        Raises:
            ValueError: the input has no axis ``axis``, it is the batch axis, or its size is not that of the weights.
        """
        rank = len(input_shape)
        if not -rank <= self.axis < rank or self.axis % rank == 0:
            raise ValueError(
                f"BatchNormalization layer {self.name!r}: axis {self.axis} is not an axis with channels of an input of "
                f"shape {tuple(input_shape)}."
            )
        if self.built and input_shape[self.axis] not in (None, self.moving_mean.shape[0]):
            raise ValueError(
                f"Input 0 of layer {self.name!r} (BatchNormalization) is incompatible with the layer: expected axis "
                f"{self.axis} of the input to have size {self.moving_mean.shape[0]}, found {input_shape[self.axis]}. "
                f"Full shape received: {tuple(input_shape)}"
            )
        return input_shape

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        *leading, channels = input_shape
        scratch = scratch_shape(math.prod(leading), channels)
        return {
            "mean": Buffer((channels,), "step"),
            "variance": Buffer((channels,), "step"),
            "forward_scratch": Buffer(scratch, "forward"),
            "dgamma": Buffer((channels,), "backward"),
            "dbeta": Buffer((channels,), "backward"),
            "backward_scratch": Buffer(scratch, "backward"),
        }

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        kernels, scratch = buf.kernels, buf.forward_scratch
        x, y = rows_of(x), rows_of(y)
        # Backward must know which statistics these were, whatever becomes of `trainable` in between.
        buf.of_batch = training and self.trainable
        if buf.of_batch:
            if buf.mask is None:
                kernels.batch_norm_moments(x, buf.mean, buf.variance, scratch)
            else:
                self._masked_moments(x, buf)
            kernels.moving_average(buf.mean, self.momentum, self.moving_mean.value)
            kernels.moving_average(buf.variance, self.momentum, self.moving_variance.value)
        kernels.batch_norm_normalize(
            x, *self._statistics(buf), self._gamma_value(), self._beta_value(), self.epsilon, y, scratch
        )

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        kernels, scratch = buf.kernels, buf.backward_scratch
        x, dy = rows_of(buf.x), rows_of(dy)
        mean, variance = self._statistics(buf)
        learning = [
            (weight.gradient, gradient)
            for weight, gradient in ((self.gamma, buf.dgamma), (self.beta, buf.dbeta))
            if weight is not None and weight.gradient is not None
        ]
        if buf.of_batch or learning:
            kernels.batch_norm_backward_weights(dy, x, mean, variance, self.epsilon, buf.dgamma, buf.dbeta, scratch)
        for target, gradient in learning:
            np.copyto(target, gradient)
        if dx is not None:
            sums = (buf.dgamma, buf.dbeta) if buf.of_batch else (None, None)
            dx = rows_of(dx)
            if buf.of_batch and buf.mask is not None:
                self._masked_backward(dy, x, dx, buf)
                return
            kernels.batch_norm_backward_input(
                dy, x, mean, variance, self._gamma_value(), *sums, self.epsilon, dx, scratch
            )

    def _masked_moments(self, x: np.ndarray, buf: Workspace) -> None:
        """Writes mean and variance of the rows that the mask keeps; as Keras divides by their number and a little."""
        kept = self._kept_rows(x, buf)
        rows = x[kept]
        count = len(rows) + config.epsilon()
        np.divide(rows.sum(axis=0), count, out=buf.mean)
        np.divide(np.square(rows - buf.mean).sum(axis=0), count, out=buf.variance)

    def _masked_backward(self, dy: np.ndarray, x: np.ndarray, dx: np.ndarray, buf: Workspace) -> None:
        """As the kernel, but mean and variance move with the kept rows alone.

        With ``s = gamma / sqrt(variance + epsilon)``, m kept rows and sums over all rows:
        ``dx_i = s dy_i``, and for kept rows ``- s (dbeta / m + n_i dgamma / m)``.
        """
        kept = self._kept_rows(x, buf)
        inverse = 1 / np.sqrt(buf.variance + x.dtype.type(self.epsilon))
        scale = self._gamma_value() * inverse
        count = np.count_nonzero(kept) + config.epsilon()
        np.multiply(dy, scale, out=dx)
        normal = (x[kept] - buf.mean) * inverse
        # The deviations from a mean that is a little too small do not quite add up to nothing.
        drift = normal.sum(axis=0) / count
        dx[kept] -= scale * (buf.dbeta + (normal - drift) * buf.dgamma) / count

    def _kept_rows(self, x: np.ndarray, buf: Workspace) -> np.ndarray:
        """Returns the mask as one boolean a row.

        Raises:
            ValueError: the mask has not all axes of the input but the last.
        """
        if buf.mask.size != len(x):
            raise ValueError(
                f"BatchNormalization layer {self.name!r}: the mask must have one dimension less than the input. "
                f"Received: a mask of shape {buf.mask.shape} for {len(x)} rows of channels."
            )
        return buf.mask.reshape(-1)

    def _statistics(self, buf) -> tuple[np.ndarray, np.ndarray]:
        if buf.of_batch:
            return buf.mean, buf.variance
        return self.moving_mean.value, self.moving_variance.value

    def _gamma_value(self) -> np.ndarray:
        return self._ones if self.gamma is None else self.gamma.value

    def _beta_value(self) -> np.ndarray:
        return self._zeros if self.beta is None else self.beta.value

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }
