"""What layers for images share: where their axes are, single images, and numbers drawn anew for each image."""

import math
from typing import ClassVar

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, require_rank
from kerasnp.random import SeedGenerator


class ImageLayer(Layer):
    """A layer for images (batch, height, width, channels), or with the channels first; alone also for one image.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        bounding_box_format: a name that Keras's layers take; only None is accepted.
        **kwargs: see :class:`Layer`.
    """

    backward_uses = ()

    def __init__(self, data_format=None, bounding_box_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        if bounding_box_format is not None:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: kerasnp has no bounding boxes. Received: "
                f"bounding_box_format={bounding_box_format}"
            )

    def __call__(self, x, training: bool | None = None, mask=None) -> np.ndarray:
        if np.ndim(x) == 3:
            return super().__call__(np.asarray(x)[None], training, mask)[0]
        return super().__call__(x, training, mask)

    @property
    def axes(self) -> tuple[int, int]:
        """Where height and width are in a batch."""
        return (2, 3) if self.data_format == "channels_first" else (1, 2)

    def size_of(self, shape: Shape) -> tuple[int, int]:
        """Returns height and width in the shape of a batch."""
        return shape[self.axes[0]], shape[self.axes[1]]

    def with_size(self, shape: Shape, height: int, width: int) -> Shape:
        """Returns the shape of a batch with another height and width."""
        require_rank(self, shape, 4, "a batch of images")
        sizes = list(shape)
        sizes[self.axes[0]], sizes[self.axes[1]] = height, width
        return tuple(sizes)

    def part(self, top: int, left: int, height: int, width: int) -> tuple[slice, ...]:
        """Returns what takes a rectangle out of a batch."""
        where = [slice(None)] * 4
        where[self.axes[0]], where[self.axes[1]] = slice(top, top + height), slice(left, left + width)
        return tuple(where)

    def get_config(self) -> dict:
        return {**super().get_config(), "data_format": self.data_format}


class RandomImageLayer(ImageLayer):
    """A layer that changes images at random in training, and leaves them as they are else.

    Called by itself it changes them too, unless it is told ``training=False``. A subclass says with :attr:`draws` how
    many numbers it needs for an image, and makes them in :meth:`draw`.

    Args:
        seed: an integer makes the layer draw the same numbers in each run.
        **kwargs: see :class:`ImageLayer`.
    """

    trains_alone = True
    draws: ClassVar[int] = 1

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def passes_through(self, training: bool) -> bool:
        return not training

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        require_rank(self, input_shape, 4, "a batch of images")
        return input_shape

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return {"drawn": Buffer((input_shape[0], self.draws), "step")}

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Returns the numbers for a batch of ``shape``: (batch, draws)."""
        raise NotImplementedError

    def apply(self, x: np.ndarray, drawn: np.ndarray, y: np.ndarray) -> None:
        """Writes the images ``x``, changed by ``drawn``, into ``y``."""
        raise NotImplementedError

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if not training:
            np.copyto(y, x)
            if buf.drawn is not None:
                buf.drawn.fill(math.nan)
            return
        drawn = self.draw(self.seed_generator.next_generator(), x.shape)
        buf.drawn[...] = drawn
        self.apply(x, buf.drawn, y)

    def unchanged(self, buf: Workspace) -> bool:
        """Tells whether forward left the images as they were."""
        return bool(np.isnan(buf.drawn).all())

    def get_config(self) -> dict:
        return {**super().get_config(), "seed": self.seed}


def checked_range(value, name: str, least: float, most: float, open_below: bool = False) -> tuple[float, float]:
    """Returns the two ends of a range: ``f`` stands for ``-f ... f``.

    Raises:
        ValueError: neither one number nor two, or one outside ``least ... most``.
    """
    ends = list(value) if isinstance(value, (tuple, list)) else [value]
    numbers = all(isinstance(end, (int, float, np.number)) and not isinstance(end, bool) for end in ends)
    if (
        not numbers
        or len(ends) not in (1, 2)
        or any(not least <= end <= most or (open_below and end == least) for end in ends)
    ):
        raise ValueError(
            f"The `{name}` argument should be a number (or a list of two numbers) in the range "
            f"{'(' if open_below else '['}{least}, {most}]. Received: {name}={value}"
        )
    if len(ends) == 1:
        return max(-abs(ends[0]), least), abs(ends[0])
    return min(ends), max(ends)
