"""Images rotated, moved and zoomed at random."""

import math

import numpy as np

from kerasnp.layers.base import Workspace, register
from kerasnp.layers.images import RandomImageLayer, checked_range
from kerasnp.utils.affine_sampling import FILL_MODES, INTERPOLATIONS, sample, sample_back


class _AffineLayer(RandomImageLayer):
    """A layer that shows each image through an affine map; see :mod:`kerasnp.utils.affine_sampling`.

    Args:
        fill_mode: what is seen outside of the image: ``"reflect"``, ``"wrap"``, ``"constant"`` or ``"nearest"``.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_value: for ``"constant"``.
        **kwargs: see :class:`RandomImageLayer`.
    """

    draws = 6  # a0, a1, a2, b0, b1, b2

    def __init__(self, fill_mode, interpolation, fill_value, **kwargs):
        super().__init__(**kwargs)
        for name, value, allowed in (
            ("fill_mode", fill_mode, FILL_MODES),
            ("interpolation", interpolation, INTERPOLATIONS),
        ):
            if value not in allowed:
                raise NotImplementedError(f"Unknown `{name}` {value}. Expected of one {allowed}.")
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def apply(self, x: np.ndarray, drawn: np.ndarray, y: np.ndarray) -> None:
        for image, matrix, result in zip(self._channels_last(x), drawn, self._channels_last(y), strict=True):
            sample(image, matrix, self.interpolation, self.fill_mode, self.fill_value, result)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        if self.unchanged(buf):
            np.copyto(dx, dy)
            return
        for image, matrix, result in zip(self._channels_last(dy), buf.drawn, self._channels_last(dx), strict=True):
            sample_back(image, matrix, self.interpolation, self.fill_mode, result)

    def _channels_last(self, x: np.ndarray) -> np.ndarray:
        return x.transpose(0, 2, 3, 1) if self.data_format == "channels_first" else x

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "fill_mode": self.fill_mode,
            "interpolation": self.interpolation,
            "fill_value": self.fill_value,
        }


@register()
class RandomRotation(_AffineLayer):
    """Rotates images about their middle, in training, each by an angle drawn for it.

    Args:
        factor: the range of the angle as a part of a full turn, from -1 to 1: two numbers, or f for ``-f ... f``.
        fill_mode, interpolation, seed, fill_value, data_format, **kwargs: see :class:`RandomImageLayer`. What is seen
            outside of the image is, by ``fill_mode``, ``"reflect"`` the image mirrored, ``"wrap"`` the image again,
            ``"nearest"`` its nearest pixel, ``"constant"`` ``fill_value``; ``interpolation`` is ``"bilinear"`` or
            ``"nearest"``.

    Input and output shape: (batch, height, width, channels).

    Raises:
        ValueError: ``factor`` is no such range.
        NotImplementedError: an unknown ``fill_mode`` or ``interpolation``.
    """

    def __init__(
        self,
        factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **kwargs)
        self.factor = checked_range(factor, "factor", -1, 1)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        height, width = self.size_of(shape)
        angle = generator.uniform(*self.factor, shape[0]) * 2 * math.pi
        cos, sin = np.cos(angle), np.sin(angle)
        x, y = 0.5 * (width - 1), 0.5 * (height - 1)
        return np.stack([cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos], axis=1)

    def get_config(self) -> dict:
        return {**super().get_config(), "factor": self.factor}


class _ByAxisLayer(_AffineLayer):
    """A layer with a range for the height and one for the width."""

    open_below: bool

    def __init__(self, height_factor, width_factor, fill_mode, interpolation, fill_value, **kwargs):
        super().__init__(fill_mode, interpolation, fill_value, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._height_range = checked_range(height_factor, "height_factor", -1, 1, self.open_below)
        self._width_range = None
        if width_factor is not None:
            self._width_range = checked_range(width_factor, "width_factor", -1, 1, self.open_below)

    def draw_factors(self, generator: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns a number for the height and one for the width of each image; the same if there is one range."""
        height = generator.uniform(*self._height_range, count)
        return height, height if self._width_range is None else generator.uniform(*self._width_range, count)

    def get_config(self) -> dict:
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}


@register()
class RandomTranslation(_ByAxisLayer):
    """Moves images, in training, each by a distance drawn for it.

    Args:
        height_factor: the range of the way down as a part of the height, from -1 to 1: two numbers, or f for
            ``-f ... f``.
        width_factor: that of the way to the right as a part of the width.
        fill_mode, interpolation, seed, fill_value, data_format, **kwargs: see :class:`RandomRotation`.

    Input and output shape: (batch, height, width, channels).

    Raises:
        ValueError: a factor is no such range.
        NotImplementedError: an unknown ``fill_mode`` or ``interpolation``.
    """

    open_below = False

    def __init__(
        self,
        height_factor,
        width_factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        kwargs |= {"seed": seed, "data_format": data_format}
        super().__init__(height_factor, width_factor, fill_mode, interpolation, fill_value, **kwargs)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        height, width = self.size_of(shape)
        down, right = self.draw_factors(generator, shape[0])
        one, zero = np.ones(shape[0]), np.zeros(shape[0])
        return np.stack([one, zero, -right * width, zero, one, -down * height], axis=1)


@register()
class RandomZoom(_ByAxisLayer):
    """Makes what images show larger or smaller, in training, each by a factor drawn for it.

    Args:
        height_factor: the range of the factor less 1, above -1 and up to 1: two numbers, or f for ``-f ... f``. The
            image shows ``1 + factor`` times its height, so that negative factors enlarge.
        width_factor: that for the width; None means that both are the same.
        fill_mode, interpolation, seed, fill_value, data_format, **kwargs: see :class:`RandomRotation`.

    Input and output shape: (batch, height, width, channels).

    Raises:
        ValueError: a factor is no such range.
        NotImplementedError: an unknown ``fill_mode`` or ``interpolation``.
    """

    open_below = True

    def __init__(
        self,
        height_factor,
        width_factor=None,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        kwargs |= {"seed": seed, "data_format": data_format}
        super().__init__(height_factor, width_factor, fill_mode, interpolation, fill_value, **kwargs)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        height, width = self.size_of(shape)
        tall, wide = self.draw_factors(generator, shape[0])
        zero = np.zeros(shape[0])
        return np.stack([1 + wide, zero, -wide * (width - 1) / 2, zero, 1 + tall, -tall * (height - 1) / 2], axis=1)
