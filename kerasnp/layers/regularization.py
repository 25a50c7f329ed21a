"""Layers that act in training alone, against overfitting."""

import math

import numpy as np

from kerasnp import regularizers
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, register
from kerasnp.random import SeedGenerator


@register()
class Dropout(Layer):
    """Sets a random part of its inputs to zero in training (Srivastava et al. 2014, "Dropout", JMLR 15).

    With ``kept`` drawn anew for each batch, 1 with probability ``1 - rate`` and else 0:

        y  = x  kept / (1 - rate)
        dx = dy kept / (1 - rate)

    The division keeps the expected output equal to the input, so inference is the identity.

    Args:
        rate: probability of dropping an input, from 0 to 1.
        noise_shape: shape of ``kept``, which is then broadcast to the input's; None in it stands for the input's size.
            ``(None, 1, None)`` drops the same features at all time steps.
        seed: an integer makes the layer draw the same numbers in each run.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: ``rate`` outside 0 to 1, or a ``noise_shape`` that is not a tuple of positive integers and None.
    """

    supports_masking = True
    backward_uses = ()

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(
                f"Invalid value received for argument `rate`. Expected a float value between 0 and 1. "
                f"Received: rate={rate}"
            )
        self.rate = rate
        self.noise_shape = _standardize_noise_shape(noise_shape)
        self.seed = seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)

    def passes_through(self, training: bool) -> bool:
        return self.rate == 0 or not training

    def build(self, input_shape: Shape) -> None:
        if self.noise_shape is not None and len(self.noise_shape) != len(input_shape):
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: noise_shape={self.noise_shape} must have as many "
                f"axes as the input, {tuple(input_shape)}."
            )

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        kept = math.prod(self._kept_shape(input_shape))
        buffers = {"drawn": Buffer((kept,), "step", "uint8")}
        if self.noise_shape is not None:
            buffers["unused"] = Buffer((kept,), "forward")
        return buffers

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if self.passes_through(training):
            np.copyto(y, x)
            return
        self.draw(x, y, buf)
        if self.noise_shape is not None:
            self._apply(x, y, buf)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        if self.rate == 0:
            np.copyto(dx, dy)
        elif self.noise_shape is None:
            buf.kernels.dropout_backward(dy.reshape(-1), buf.drawn, self.rate, dx.reshape(-1))
        else:
            self._apply(dy, dx, buf)

    def draw(self, x: np.ndarray, y: np.ndarray, buf: Workspace) -> None:
        """Draws ``buf.drawn``, which tells what is kept; where there is no ``noise_shape``, y is the dropped x."""
        seed = self.seed_generator.next_seed()
        if self.noise_shape is None:
            buf.kernels.dropout_forward(x.reshape(-1), self.rate, seed, y.reshape(-1), buf.drawn)
        else:
            buf.unused.fill(0)
            buf.kernels.dropout_forward(buf.unused, self.rate, seed, buf.unused, buf.drawn)

    def kept(self, buf: Workspace, shape: tuple[int, ...]) -> np.ndarray:
        """Returns what :meth:`draw` drew as booleans that can be broadcast to an array of ``shape``."""
        return buf.drawn.view(np.bool_).reshape(self._kept_shape(shape))

    def _apply(self, values: np.ndarray, result: np.ndarray, buf: Workspace) -> None:
        """``result = values * kept / (1 - rate)``; dropped NaN and infinity become 0 too."""
        result.fill(0)
        if self.rate < 1:
            np.multiply(values, 1 / (1 - self.rate), out=result, where=self.kept(buf, values.shape))

    def _kept_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        if self.noise_shape is None:
            return input_shape
        shape = tuple(size if kept is None else kept for kept, size in zip(self.noise_shape, input_shape, strict=True))
        if any(kept not in (1, size) for kept, size in zip(shape, input_shape, strict=True)):
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: noise_shape={self.noise_shape} cannot be broadcast "
                f"to the input, {tuple(input_shape)}."
            )
        return shape

    def get_config(self) -> dict:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}


@register()
class ActivityRegularization(Layer):
    """Hands its input on and adds a penalty on it to the loss: ``(l1 sum of |x| + l2 sum of x^2) / batch``.

    ``y = x``; backward, the plan adds ``(l1 sign(x) + 2 l2 x) / batch`` to dy, and ``dx = dy``.

    Args:
        l1, l2: factors of the two parts.
        **kwargs: see :class:`Layer`, but for ``activity_regularizer``, which this layer makes itself.

    Raises:
        ValueError: a factor is negative or no number.
    """

    supports_masking = True
    backward_uses = ()

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def passes_through(self, training: bool) -> bool:
        return True

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.copyto(y, x)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.copyto(dx, dy)

    def get_config(self) -> dict:
        settings = super().get_config()
        del settings["activity_regularizer"]
        return {**settings, "l1": self.l1, "l2": self.l2}


def _standardize_noise_shape(noise_shape) -> tuple[int | None, ...] | None:
    if noise_shape is None:
        return None
    sizes = tuple(noise_shape) if isinstance(noise_shape, (tuple, list)) else ("not a shape",)
    if not all(size is None or (isinstance(size, int) and size > 0) for size in sizes):
        raise ValueError(
            "Invalid value received for argument `noise_shape`. Expected a tuple of positive integers and None. "
            f"Received: noise_shape={noise_shape!r}"
        )
    return sizes
