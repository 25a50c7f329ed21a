"""Images mirrored and cropped at random."""

import numpy as np

from kerasnp.layers.base import Buffer, Shape, Workspace, register
from kerasnp.layers.images import RandomImageLayer
from kerasnp.layers.resizing import CroppingLayer

MODES = ("horizontal", "vertical", "horizontal_and_vertical")


@register()
class RandomFlip(RandomImageLayer):
    """Mirrors every second image, at random, in training.

    Args:
        mode: ``"horizontal"`` exchanges left and right, ``"vertical"`` top and bottom, ``"horizontal_and_vertical"``
            both at once.
        seed, data_format, **kwargs: see :class:`RandomImageLayer`.

    Input and output shape: (batch, height, width, channels).

    Raises:
        ValueError: an unknown mode.
    """

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if mode not in MODES:
            raise ValueError(f"RandomFlip layer {self.name!r}: `mode` must be one of {MODES}. Received: mode={mode}")
        self.mode = mode

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.random((shape[0], 1)) <= 0.5

    def apply(self, x: np.ndarray, drawn: np.ndarray, y: np.ndarray) -> None:
        vertical, horizontal = self.axes
        flipped = tuple(
            axis for axis, part in ((vertical, "vertical"), (horizontal, "horizontal")) if part in self.mode
        )
        np.copyto(y, x)
        np.copyto(y, np.flip(x, flipped), where=(drawn == 1)[:, :, None, None])

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            self.apply(dy, buf.drawn, dx)

    def get_config(self) -> dict:
        return {**super().get_config(), "mode": self.mode}


@register()
class RandomCrop(CroppingLayer, RandomImageLayer):
    """Takes a rectangle out of images in training, at a place drawn for each batch.

    Of images that are not larger it takes, in training, as much as there is from where their largest part in the middle
    with the shape of the rectangle begins, as Keras does, and resizes that. In prediction it takes that largest part
    and resizes it, as Keras says (Keras itself then leaves the images as they are).

    Args:
        height, width: of the rectangle.
        seed, data_format, name, **kwargs: see :class:`RandomImageLayer`.

    Input shape: (batch, any height, any width, channels). Output shape: (batch, height, width, channels).
    """

    def __init__(self, height, width, seed=None, data_format=None, name=None, **kwargs):
        super().__init__(height, width, seed=seed, data_format=data_format, name=name, **kwargs)

    def passes_through(self, training: bool) -> bool:
        return False

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.with_size(input_shape, self.height, self.width)

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return {"drawn": Buffer((1, 2), "step")}  # one place for the batch

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        height, width = self.size_of(shape)
        return generator.integers(0, (height - self.height + 1, width - self.width + 1))[None]

    def _part(self, shape: Shape, training: bool) -> tuple[tuple[int, int], tuple[int, int]]:
        """Returns start and size of what is resized."""
        start, size = self.largest(shape)
        if training:
            height, width = self.size_of(shape)
            size = min(self.height, height - start[0]), min(self.width, width - start[1])
        return start, size

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        height, width = self.size_of(x.shape)
        if training and height > self.height and width > self.width:
            buf.drawn[...] = self.draw(self.seed_generator.next_generator(), x.shape)
            self.crop(x, tuple(map(int, buf.drawn[0])), y)
            return
        if buf.drawn is not None:
            buf.drawn.fill(np.inf if training else np.nan)
        self.fit(x, *self._part(x.shape, training), y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        if np.isfinite(buf.drawn).all():
            self.crop_back(dy, tuple(map(int, buf.drawn[0])), dx)
        else:
            self.fit_back(dy, *self._part(dx.shape, bool(np.isinf(buf.drawn).all())), dx)
