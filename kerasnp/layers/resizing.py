"""Images brought to one size."""

import numpy as np

from kerasnp.layers.base import Shape, Workspace, register
from kerasnp.layers.images import ImageLayer
from kerasnp.utils.images import crop_to_ratio, pad_to_ratio
from kerasnp.utils.resizing import INTERPOLATIONS, resize, taps


@register()
class Resizing(ImageLayer):
    """Brings images to another size, by weighted sums of neighbouring pixels.

    Along each axis y = A x with a matrix A of the weights (:mod:`kerasnp.utils.resizing`), so that dx = A^T dy.

    Args:
        height, width: the new size.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``.
        crop_to_aspect_ratio: whether to cut off what does not fit, rather than to distort.
        pad_to_aspect_ratio: whether to add borders of ``fill_value``, rather than to distort.
        fill_mode: only ``"constant"``.
        fill_value: see above.
        antialias: whether all pixels count where an image gets smaller.
        data_format, **kwargs: see :class:`ImageLayer`.

    Input shape: (batch, any height, any width, channels). Output shape: (batch, height, width, channels).

    Raises:
        ValueError: a wrong argument.
    """

    def __init__(
        self,
        height,
        width,
        interpolation="bilinear",
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=False,
        fill_mode="constant",
        fill_value=0.0,
        antialias=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        if interpolation not in INTERPOLATIONS:
            raise ValueError(
                "Invalid value for argument `interpolation`. Expected of one "
                f"{INTERPOLATIONS}. Received: interpolation={interpolation}"
            )
        if fill_mode != "constant":
            raise ValueError(
                "Invalid value for argument `fill_mode`. Only `'constant'` is supported. Received: "
                f"fill_mode={fill_mode}"
            )
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.")
        self.height, self.width, self.interpolation = height, width, interpolation
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = crop_to_aspect_ratio, pad_to_aspect_ratio
        self.fill_mode, self.fill_value, self.antialias = fill_mode, fill_value, bool(antialias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.with_size(input_shape, self.height, self.width)

    def _frame(self, shape: tuple[int, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...], tuple[int, ...]]:
        """Returns which part of the images goes where into what is resized, and the shape of that."""
        height, width = self.size_of(shape)
        whole = self.part(0, 0, height, width)
        if self.crop_to_aspect_ratio:
            start, size = crop_to_ratio(height, width, self.height, self.width)
            return self.part(*start, *size), self.part(0, 0, *size), self.with_size(shape, *size)
        if self.pad_to_aspect_ratio:
            start, size = pad_to_ratio(height, width, self.height, self.width)
            return whole, self.part(*start, height, width), self.with_size(shape, *size)
        return whole, whole, shape

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        source, target, shape = self._frame(x.shape)
        framed = x[source]
        if framed.shape != shape:
            framed = np.full(shape, self.fill_value, x.dtype)
            framed[target] = x[source]
        y[...] = resize(framed, (self.height, self.width), self.axes, self.interpolation, self.antialias)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        source, target, shape = self._frame(dx.shape)
        for axis, size in zip(self.axes, self.size_of(shape), strict=True):
            dy = taps(size, dy.shape[axis], self.interpolation, self.antialias, transposed=True).apply(dy, axis)
        dx.fill(0)
        dx[source] = dy[target]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "height": self.height,
            "width": self.width,
            "interpolation": self.interpolation,
            "crop_to_aspect_ratio": self.crop_to_aspect_ratio,
            "pad_to_aspect_ratio": self.pad_to_aspect_ratio,
            "fill_mode": self.fill_mode,
            "fill_value": self.fill_value,
            "antialias": self.antialias,
        }


class CroppingLayer(ImageLayer):
    """A layer that takes a rectangle out of images; where they are too small, their largest part of its shape, resized.

    Args:
        height, width: of the rectangle.
        **kwargs: see :class:`ImageLayer`.
    """

    def __init__(self, height, width, **kwargs):
        super().__init__(**kwargs)
        self.height, self.width = height, width

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.with_size(input_shape, self.height, self.width)

    def crop(self, x: np.ndarray, start: tuple[int, int], y: np.ndarray) -> None:
        """Writes the rectangle at ``start`` into ``y``."""
        np.copyto(y, x[self.part(*start, self.height, self.width)])

    def largest(self, shape: Shape) -> tuple[tuple[int, int], tuple[int, int]]:
        """Returns start and size of the largest part in the middle of images with the shape of the rectangle."""
        return crop_to_ratio(*self.size_of(shape), self.height, self.width)

    def fit(self, x: np.ndarray, start: tuple[int, int], size: tuple[int, int], y: np.ndarray) -> None:
        """Writes a part of the images, resized to the rectangle, into ``y``."""
        y[...] = resize(x[self.part(*start, *size)], (self.height, self.width), self.axes)

    def crop_back(self, dy: np.ndarray, start: tuple[int, int], dx: np.ndarray) -> None:
        """Writes the gradient through :meth:`crop`."""
        dx.fill(0)
        dx[self.part(*start, self.height, self.width)] = dy

    def fit_back(self, dy: np.ndarray, start: tuple[int, int], size: tuple[int, int], dx: np.ndarray) -> None:
        """Writes the gradient through :meth:`fit`."""
        for axis, length in zip(self.axes, size, strict=True):
            dy = taps(length, dy.shape[axis], "bilinear", transposed=True).apply(dy, axis)
        dx.fill(0)
        dx[self.part(*start, *size)] = dy

    def get_config(self) -> dict:
        return {**super().get_config(), "height": self.height, "width": self.width}


@register()
class CenterCrop(CroppingLayer):
    """Takes the middle out of images; where they are too small, their largest part of its shape, resized.

    Args:
        height, width: of what is taken.
        data_format, **kwargs: see :class:`ImageLayer`.

    Input shape: (batch, any height, any width, channels). Output shape: (batch, height, width, channels).
    """

    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(height, width, data_format=data_format, **kwargs)

    def _start(self, shape: Shape) -> tuple[int, int] | None:
        height, width = self.size_of(shape)
        if height < self.height or width < self.width:
            return None
        return (height - self.height) // 2, (width - self.width) // 2

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        start = self._start(x.shape)
        if start is None:
            self.fit(x, *self.largest(x.shape), y)
        else:
            self.crop(x, start, y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        start = self._start(dx.shape)
        if start is None:
            self.fit_back(dy, *self.largest(dx.shape), dx)
        else:
            self.crop_back(dy, start, dx)
