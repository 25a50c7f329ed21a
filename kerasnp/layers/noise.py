"""Layers that add or multiply random numbers in training, against overfitting."""

import math

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Workspace, register
from kerasnp.layers.regularization import Dropout
from kerasnp.random import SeedGenerator

# The constants of the activation selu, for which AlphaDropout is made.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


class _GaussianLayer(Layer):
    """A layer that is the identity but in training, where it draws from a normal distribution."""

    supports_masking = True
    backward_uses = ()
    strength: str  # the name of the argument that says how much noise there is

    def __init__(self, amount, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= amount <= 1:
            raise ValueError(
                f"Invalid value received for argument `{self.strength}`. Expected a float value between 0 and 1. "
                f"Received: {self.strength}={amount}"
            )
        setattr(self, self.strength, amount)
        self.seed = seed
        if amount > 0:
            self.seed_generator = SeedGenerator(seed)

    def passes_through(self, training: bool) -> bool:
        return not training or getattr(self, self.strength) == 0

    def _draw(self, result: np.ndarray, mean: float, deviation: float) -> None:
        """Fills ``result`` with normal numbers."""
        self.seed_generator.next_generator().standard_normal(dtype=result.dtype, out=result)
        np.multiply(result, deviation, out=result)
        np.add(result, mean, out=result)

    def get_config(self) -> dict:
        return {**super().get_config(), self.strength: getattr(self, self.strength), "seed": self.seed}


@register()
class GaussianNoise(_GaussianLayer):
    """Adds normal noise in training: ``y = x + stddev e`` with e drawn anew for each batch, and ``dx = dy``.

    Args:
        stddev: standard deviation of the noise, from 0 to 1.
        seed: an integer makes the layer draw the same numbers in each run.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: ``stddev`` outside 0 to 1.
    """

    strength = "stddev"

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(stddev, seed, **kwargs)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if self.passes_through(training):
            np.copyto(y, x)
            return
        self._draw(y, 0.0, self.stddev)
        np.add(y, x, out=y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.copyto(dx, dy)


@register()
class GaussianDropout(_GaussianLayer):
    """Multiplies by normal noise in training: ``y = x e``, ``dx = dy e``, with e drawn anew for each batch.

    e has mean 1 and variance ``rate / (1 - rate)``, as what :class:`Dropout` multiplies by has (Srivastava et al. 2014,
    section 10).

    Args:
        rate: as the probability of dropping an input, from 0 to below 1.
        seed: an integer makes the layer draw the same numbers in each run.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: ``rate`` outside 0 to 1, or 1, for which the variance is infinite.
    """

    strength = "rate"

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(rate, seed, **kwargs)
        _refuse_one(self)

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return {"noise": Buffer(input_shape, "step")}

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if self.passes_through(training):
            np.copyto(y, x)
            return
        self._draw(buf.noise, 1.0, math.sqrt(self.rate / (1 - self.rate)))
        np.multiply(x, buf.noise, out=y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None and self.rate > 0:
            np.multiply(dy, buf.noise, out=dx)
        elif dx is not None:
            np.copyto(dx, dy)


@register()
class AlphaDropout(Dropout):
    """Sets a random part of its inputs to selu's lowest value in training, and keeps their mean and variance.

    After Klambauer et al. (2017), arXiv 1706.02515. With ``kept`` as in :class:`Dropout` (the same seed keeps the
    same), ``low = -alpha scale`` of selu, ``a = 1 / sqrt((1 - rate) (1 + rate low^2))`` and ``b = -a low rate``:

        y  = a x + b  where kept, else  a low + b
        dx = a dy     where kept, else  0

    Args:
        rate: probability of dropping an input, from 0 to below 1.
        noise_shape: shape of ``kept``, as for :class:`Dropout`.
        seed: an integer makes the layer draw the same numbers in each run.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: ``rate`` outside 0 to 1, or 1; or a ``noise_shape`` that is none.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(rate, noise_shape, seed, **kwargs)
        _refuse_one(self)
        low = -SELU_ALPHA * SELU_SCALE
        self._factor = 1 / math.sqrt((1 - rate) * (1 + rate * low**2))
        self._shift = -self._factor * low * rate
        self._dropped = self._factor * low + self._shift

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if self.passes_through(training):
            np.copyto(y, x)
            return
        self.draw(x, y, buf)
        kept = self.kept(buf, x.shape)
        y.fill(self._dropped)
        np.multiply(x, self._factor, out=y, where=kept)
        np.add(y, self._shift, out=y, where=kept)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        if self.rate == 0:
            np.copyto(dx, dy)
            return
        dx.fill(0)
        np.multiply(dy, self._factor, out=dx, where=self.kept(buf, dx.shape))


def _refuse_one(layer: Layer) -> None:
    if layer.rate == 1:
        raise ValueError(
            f"{type(layer).__name__} layer {layer.name!r}: nothing would be left of the input. Expected a rate below "
            f"1. Received: rate={layer.rate}"
        )
