"""Images made lighter or darker, and with more contrast, at random."""

import numpy as np

from kerasnp.layers.base import Workspace, register
from kerasnp.layers.images import RandomImageLayer, checked_range


class _ColorLayer(RandomImageLayer):
    """A layer that changes the numbers of images and keeps them within a range.

    Args:
        value_range: the least and the largest number.
        **kwargs: see :class:`RandomImageLayer`.
    """

    backward_uses = ("x",)

    def __init__(self, value_range, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(value_range, (tuple, list)) or len(value_range) != 2:
            raise ValueError(
                f"The `value_range` argument should be a list of two numbers. Received: value_range={value_range}"
            )
        self.value_range = list(value_range)

    def changed(self, x: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Returns images changed by ``drawn`` (batch, 1, 1, 1), not yet kept within the range."""
        raise NotImplementedError

    def gradient_of_changed(self, dy: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Returns the gradient by x, given that by :meth:`changed`."""
        raise NotImplementedError

    def apply(self, x: np.ndarray, drawn: np.ndarray, y: np.ndarray) -> None:
        np.clip(self.changed(x, drawn[:, :, None, None]), *self.value_range, out=y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        if self.unchanged(buf):
            np.copyto(dx, dy)
            return
        drawn = buf.drawn[:, :, None, None]
        z = self.changed(buf.x, drawn)
        inside = (z >= self.value_range[0]) & (z <= self.value_range[1])
        dx[...] = self.gradient_of_changed(np.where(inside, dy, 0), drawn)

    def get_config(self) -> dict:
        return {**super().get_config(), "factor": self.factor, "value_range": self.value_range}


@register()
class RandomBrightness(_ColorLayer):
    """Makes images lighter or darker, in training: ``y = clip(x + d)``, with d drawn for each image.

    Args:
        factor: the range of d as a part of the values' range, from -1 to 1: two numbers, or f for ``-f ... f``.
        value_range: the least and the largest value.
        seed, **kwargs: see :class:`RandomImageLayer`.

    Input and output shape: (batch, height, width, channels).

    Raises:
        ValueError: a wrong range.
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(value_range, seed=seed, **kwargs)
        self.factor = checked_range(factor, "factor", -1, 1)
        self.value_range.sort()

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        least, most = self.value_range
        return generator.uniform(*self.factor, (shape[0], 1)) * (most - least)

    def changed(self, x: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        return x + drawn

    def gradient_of_changed(self, dy: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        return dy


@register()
class RandomContrast(_ColorLayer):
    """Moves the values of images away from their means, in training: ``y = clip((x - m) f + m)``.

    m is the mean of a channel of an image, and f is drawn for each image from ``1 - factor[0] ... 1 + factor[1]``.

    Args:
        factor: two numbers from 0 to 1, the smaller first; one number u stands for 0 and u, as in Keras.
        value_range: the least and the largest value.
        seed, **kwargs: see :class:`RandomImageLayer`.

    Input and output shape: (batch, height, width, channels).

    Raises:
        ValueError: a wrong range.
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(value_range, seed=seed, **kwargs)
        self.factor = checked_range(factor, "factor", 0, 1)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.uniform(1 - self.factor[0], 1 + self.factor[1], (shape[0], 1))

    def _mean(self, x: np.ndarray) -> np.ndarray:
        return x.mean(axis=self.axes, keepdims=True)

    def changed(self, x: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        mean = self._mean(x)
        return (x - mean) * drawn + mean

    def gradient_of_changed(self, dy: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        return dy * drawn + (1 - drawn) * self._mean(dy)
