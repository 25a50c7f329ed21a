"""Initial values that are drawn at random."""

import math

import numpy as np

from kerasnp import config, random, registry

from .base import Initializer, register

# The standard deviation of a standard normal that is cut off at -2 and 2.
_TRUNCATED_STDDEV = 0.87962566103423978


class RandomInitializer(Initializer):
    """Base of the random initializers: keeps the seed. A subclass defines ``draw(generator, shape)``.

    Args:
        seed: a non-negative integer, a SeedGenerator, or None to draw one now.

    Raises:
        ValueError: ``seed`` is anything else.
    """

    def __init__(self, seed=None):
        if isinstance(seed, dict):
            seed = registry.deserialize_keras_object(seed)
        integer = isinstance(seed, (int, np.integer)) and seed >= 0
        if not (seed is None or integer or isinstance(seed, random.SeedGenerator)):
            raise ValueError(
                "`seed` argument should be an instance of `SeedGenerator()` or a non-negative integer. "
                f"Received: seed={seed!r}"
            )
        self._given_seed = int(seed) if integer else seed
        self.seed = random.make_default_seed() if seed is None else self._given_seed

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Returns random float64 values of ``shape``."""
        raise NotImplementedError(f"Initializer {type(self).__name__} must implement draw(generator, shape).")

    def __call__(self, shape, dtype=None):
        dtype = np.dtype(dtype or config.floatx())
        if dtype.kind != "f":
            raise ValueError(f"{type(self).__name__} makes floating-point values; received dtype={dtype.name!r}.")
        if isinstance(self.seed, random.SeedGenerator):
            generator = self.seed.next_generator()
        else:
            generator = np.random.Generator(np.random.PCG64(self.seed))
        # Drawn in double precision, so that the same seed gives the same weights in both number types.
        return self.draw(generator, tuple(shape)).astype(dtype)

    def get_config(self):
        return {"seed": registry.serialize_keras_object(self._given_seed)}


@register("normal")
class RandomNormal(RandomInitializer):
    """Normally distributed values."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed=None):
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def draw(self, generator, shape):
        return generator.normal(self.mean, self.stddev, shape)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


@register()
class TruncatedNormal(RandomNormal):
    """Normally distributed values; those further than two ``stddev`` from ``mean`` are drawn again."""

    def draw(self, generator, shape):
        return self.mean + self.stddev * random.draw_truncated_normal(generator, shape)


@register("uniform")
class RandomUniform(RandomInitializer):
    """Values uniform between ``minval`` and ``maxval``."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed=None):
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def draw(self, generator, shape):
        return generator.uniform(self.minval, self.maxval, shape)

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


@register("OrthogonalInitializer")
class Orthogonal(RandomInitializer):
    """A random orthogonal matrix times ``gain`` (Saxe et al. 2014, https://arxiv.org/abs/1312.6120).

    All axes but the last are taken together as rows; columns are orthonormal, or rows where they are fewer.
    """

    def __init__(self, gain: float = 1.0, seed=None):
        super().__init__(seed)
        self.gain = gain

    def draw(self, generator, shape):
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(generator.standard_normal((max(rows, columns), min(rows, columns))))
        # QR leaves the signs of the columns to the algorithm; fixing them makes the draw uniform over all rotations.
        q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
        return self.gain * (q if rows >= columns else q.T).reshape(shape)

    def get_config(self):
        return {"gain": self.gain, **super().get_config()}


@register()
class VarianceScaling(RandomInitializer):
    """Random values whose variance is ``scale / n``, n being a number of units (see :func:`compute_fans`).

    Args:
        scale: positive number.
        mode: what n counts: ``"fan_in"`` inputs, ``"fan_out"`` outputs, ``"fan_avg"`` the mean of both.
        distribution: ``"truncated_normal"``, ``"untruncated_normal"`` or ``"uniform"``.
        seed: integer, SeedGenerator or None.
        input_axes, output_axes: which axes of the shape count as inputs and as outputs; None for Keras's rule.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        if not scale > 0:
            raise ValueError(f"Argument `scale` must be a positive float. Received: scale={scale}")
        _one_of("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        distribution = "truncated_normal" if distribution == "normal" else distribution  # the name in old files
        _one_of("distribution", distribution, ("truncated_normal", "untruncated_normal", "uniform"))
        super().__init__(seed)
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes

    def draw(self, generator, shape):
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, units)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return generator.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return generator.normal(0.0, math.sqrt(variance), shape)
        # Cutting the tails off takes variance away; the wider bell gives it back.
        return math.sqrt(variance) / _TRUNCATED_STDDEV * random.draw_truncated_normal(generator, shape)

    def get_config(self):
        settings = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution}
        return {**settings, **self._axes_config(), **super().get_config()}

    def _axes_config(self) -> dict:
        # Older Keras does not know these keys, so they are written only where they say something.
        axes = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        return {key: list(value) for key, value in axes.items() if value is not None}


class _FixedScaling(VarianceScaling):
    """A VarianceScaling whose first three arguments, ``settings``, the class fixes."""

    settings: tuple[float, str, str]

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(*self.settings, seed, input_axes, output_axes)

    def get_config(self):
        return {**self._axes_config(), **RandomInitializer.get_config(self)}


@register()
class GlorotUniform(_FixedScaling):
    """Uniform, variance 2 / (inputs + outputs) (Glorot and Bengio 2010, also called Xavier)."""

    settings = (1.0, "fan_avg", "uniform")


@register()
class GlorotNormal(_FixedScaling):
    """Truncated normal, variance 2 / (inputs + outputs) (Glorot and Bengio 2010, also called Xavier)."""

    settings = (1.0, "fan_avg", "truncated_normal")


@register()
class HeUniform(_FixedScaling):
    """Uniform, variance 2 / inputs (He et al. 2015), for layers that end in ReLU."""

    settings = (2.0, "fan_in", "uniform")


@register()
class HeNormal(_FixedScaling):
    """Truncated normal, variance 2 / inputs (He et al. 2015), for layers that end in ReLU."""

    settings = (2.0, "fan_in", "truncated_normal")


@register()
class LecunUniform(_FixedScaling):
    """Uniform, variance 1 / inputs (LeCun et al. 1998)."""

    settings = (1.0, "fan_in", "uniform")


@register()
class LecunNormal(_FixedScaling):
    """Truncated normal, variance 1 / inputs (LeCun et al. 1998; Klambauer et al. 2017 for SELU)."""

    settings = (1.0, "fan_in", "truncated_normal")


def compute_fans(shape, input_axes=None, output_axes=None) -> tuple[int, int]:
    """Returns the numbers of inputs and outputs that one unit of a weight of ``shape`` connects, as Keras counts.

    A matrix (inputs, outputs) says it itself. A convolution kernel (*window, in channels, out channels) connects
    window size times as many. A vector of n gives (n, n), a scalar (1, 1).
    """
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[axis] for axis in input_axes), math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def _one_of(argument: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(
            f"Invalid `{argument}` argument: {value!r}. Please use one of {', '.join(map(repr, allowed))}."
        )
