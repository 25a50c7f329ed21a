"""Pooling of images, as functions: each forward equation beside its backward equation.

Images are (n, h, w, c), or (n, c, h, w) with ``data_format="channels_first"``. With window (k1, k2), strides (s1, s2)
and padding (p1, p2), output pixel (i, j) looks at the window

    W(i, j) = {(r, q): i s1 - p1 <= r < i s1 - p1 + k1,  j s2 - p2 <= q < j s2 - p2 + k2}

of which only the pixels inside the image count. There are ``floor((h + 2 p1 - k1) / s1) + 1`` rows of windows, and
columns likewise. Channels never mix.

Padding is "valid" (none), "same" (``ceil(h / s1)`` rows of windows, an odd row of padding at the bottom), an integer or
(p1, p2).
"""

import math

import numpy as np

from kerasnp import kernels
from kerasnp.kernels.pool2d import MOST_CELLS
from kerasnp.nn.arguments import axis_paddings, channels_first, from_last, output_gradient, to_last
from kerasnp.utils.arrays import as_floats
from kerasnp.utils.shapes import pair
from kerasnp.utils.windows import padding_before, window_count


def max_pool2d_forward(x, pool_size=(2, 2), strides=None, padding="valid", data_format=None) -> np.ndarray:
    """Returns the largest value of each window.

    ``y[n, i, j, c] = max over (r, q) in W(i, j) of x[n, r, q, c]``. NaN counts as larger than every number.

    Args:
        x: images; float32 and float64 stay as they are, other types become ``config.floatx()``.
        pool_size: (k1, k2), or an integer for both.
        strides: (s1, s2), an integer for both, or None for ``pool_size``.
        padding: see the top of the file.
        data_format: ``"channels_last"``, ``"channels_first"``, or None for ``config.image_data_format()``.

    Returns:
        y, in the order of ``data_format``.

    Raises:
        ValueError: x is no batch of images, a window is larger than the padded image or lies wholly in the padding.
    """
    windows = _Windows(x, pool_size, strides, padding, data_format)
    y, _ = windows.maxima()
    return windows.to_user(y)


def max_pool2d_backward(dy, x, pool_size=(2, 2), strides=None, padding="valid", data_format=None) -> np.ndarray:
    """Returns the gradient of the loss by ``x``.

    Moving the maximum of a window moves its output as much, moving another pixel a little moves nothing. So

        dy[n, i, j, c] / dx[n, r, q, c] = 1 if (r, q) is where W(i, j) has its maximum, else 0,

    and by the chain rule ``dx[n, r, q, c]`` is the sum of all ``dy[n, i, j, c]`` whose window has its maximum at
    (r, q). Where several pixels share the maximum the function has no derivative; the first one gets the gradient.

    Args:
        dy: gradient of the loss by the output of :func:`max_pool2d_forward`, of its shape.
        x, pool_size, strides, padding, data_format: what forward had.
    """
    windows = _Windows(x, pool_size, strides, padding, data_format)
    _, argmax = windows.maxima()
    dx = np.empty_like(windows.x)
    windows.kernels.max_pool2d_backward(windows.from_user(dy), argmax, *windows.geometry, dx)
    return windows.to_user(dx)


def average_pool2d_forward(x, pool_size=(2, 2), strides=None, padding="valid", data_format=None) -> np.ndarray:
    """Returns the mean of each window, over its pixels inside the image (as TensorFlow counts them).

    ``y[n, i, j, c] = sum over (r, q) in W(i, j) of x[n, r, q, c] / |W(i, j)|``.

    Args and errors: as for :func:`max_pool2d_forward`.
    """
    windows = _Windows(x, pool_size, strides, padding, data_format)
    y = windows.empty_output()
    windows.kernels.average_pool2d_forward(windows.x, *windows.geometry, y)
    return windows.to_user(y)


def average_pool2d_backward(dy, x, pool_size=(2, 2), strides=None, padding="valid", data_format=None) -> np.ndarray:
    """Returns the gradient of the loss by ``x``.

    The output is linear in x: ``dy[n, i, j, c] / dx[n, r, q, c] = 1 / |W(i, j)|`` for (r, q) in W(i, j), else 0. So

        dx[n, r, q, c] = sum over the (i, j) with (r, q) in W(i, j) of dy[n, i, j, c] / |W(i, j)|.

    Args:
        dy: gradient of the loss by the output of :func:`average_pool2d_forward`, of its shape.
        x, pool_size, strides, padding, data_format: what forward had; of x only shape and type matter.
    """
    windows = _Windows(x, pool_size, strides, padding, data_format)
    dx = np.empty_like(windows.x)
    windows.kernels.average_pool2d_backward(windows.from_user(dy), *windows.geometry, dx)
    return windows.to_user(dx)


def global_max_pool2d_forward(x, data_format=None) -> np.ndarray:
    """Returns the largest value of each image, ``y[n, c] = max over (r, q) of x[n, r, q, c]``.

    Args:
        x, data_format: as for :func:`max_pool2d_forward`.

    Returns:
        y: (n, c).

    Raises:
        ValueError: x is no batch of images.
    """
    images = _Images(x, data_format)
    return images.maxima()[0]


def global_max_pool2d_backward(dy, x, data_format=None) -> np.ndarray:
    """Returns the gradient by ``x``: ``dy[n, c]`` at the first pixel that has the maximum, 0 elsewhere.

    The image is one window here, so the derivation is that of :func:`max_pool2d_backward`.

    Args:
        dy: gradient of the loss by the output (n, c).
        x, data_format: what forward had.
    """
    images = _Images(x, data_format)
    _, argmax = images.maxima()
    dx = np.empty_like(images.pixels)
    images.kernels.global_max_pool2d_backward(output_gradient(dy, argmax.shape, dx.dtype), argmax, dx)
    return images.to_user(dx.reshape(images.x.shape))


def global_average_pool2d_forward(x, data_format=None) -> np.ndarray:
    """Returns the mean of each image, ``y[n, c] = sum over (r, q) of x[n, r, q, c] / (h w)``.

    Args and errors: as for :func:`global_max_pool2d_forward`.

    Returns:
        y: (n, c).
    """
    images = _Images(x, data_format)
    y = np.empty((len(images.pixels), images.pixels.shape[2]), images.pixels.dtype)
    images.kernels.global_average_pool2d_forward(images.pixels, y)
    return y


def global_average_pool2d_backward(dy, x, data_format=None) -> np.ndarray:
    """Returns the gradient by ``x``: ``dx[n, r, q, c] = dy[n, c] / (h w)``.

    Each pixel goes into one output, with the factor 1 / (h w).

    Args:
        dy: gradient of the loss by the output (n, c).
        x, data_format: what forward had; of x only shape and type matter.
    """
    images = _Images(x, data_format)
    dx = np.empty_like(images.pixels)
    dy = output_gradient(dy, (dx.shape[0], dx.shape[2]), dx.dtype)
    images.kernels.global_average_pool2d_backward(dy, dx)
    return images.to_user(dx.reshape(images.x.shape))


class _Images:
    """A batch of images with channels last."""

    def __init__(self, x, data_format: str | None):
        self.first = channels_first(data_format)
        x = as_floats(x)
        if x.ndim != 4 or 0 in x.shape[1:]:
            order = "(n, c, h, w)" if self.first else "(n, h, w, c)"
            raise ValueError(f"Pooling takes images {order} with at least one pixel; received shape {x.shape}.")
        self.x = to_last(x, self.first)
        n, h, w, c = self.x.shape
        self.pixels = self.x.reshape(n, h * w, c)
        self.kernels = kernels.table(x.dtype)

    def maxima(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the largest value of each image and the place of the first."""
        y = np.empty((len(self.pixels), self.pixels.shape[2]), self.x.dtype)
        argmax = np.empty(y.shape, np.int32)
        self.kernels.global_max_pool2d_forward(self.pixels, y, argmax)
        return y, argmax

    def to_user(self, images: np.ndarray) -> np.ndarray:
        """Brings images with channels last into the order the caller uses."""
        return from_last(images, self.first)


class _Windows(_Images):
    """A batch of images and the windows over them."""

    def __init__(self, x, pool_size, strides, padding, data_format):
        super().__init__(x, data_format)
        pool_size = pair(pool_size, "pool_size")
        strides = pool_size if strides is None else pair(strides, "strides")
        paddings = axis_paddings(padding, "Pooling")
        if not isinstance(padding, str) and (paddings[0] >= pool_size[0] or paddings[1] >= pool_size[1]):
            raise ValueError(
                f"A window must not lie wholly in the padding: padding={paddings} must be less than "
                f"pool_size={pool_size}."
            )
        if math.prod(pool_size) > MOST_CELLS:
            raise ValueError(f"A window may have at most {MOST_CELLS:,} pixels; received pool_size={pool_size}.")
        n, h, w, c = self.x.shape
        axes = list(zip((h, w), pool_size, strides, paddings, strict=True))
        self.output_shape = (n, *(window_count(*axis) for axis in axes), c)
        if min(self.output_shape[1:3]) < 1:
            raise ValueError(
                f"The window, pool_size={pool_size}, is larger than the image, {(h, w)}, with padding={padding!r}."
            )
        self.geometry = (*pool_size, *strides, *(padding_before(*axis) for axis in axes))

    def empty_output(self) -> np.ndarray:
        return np.empty(self.output_shape, self.x.dtype)

    def maxima(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the largest value of each window and its place in it."""
        y = self.empty_output()
        argmax = np.empty(self.output_shape, np.uint16)
        self.kernels.max_pool2d_forward(self.x, *self.geometry, y, argmax)
        return y, argmax

    def from_user(self, dy) -> np.ndarray:
        """Brings a gradient by the output from the caller's order to channels last."""
        n, h, w, c = self.output_shape
        dy = output_gradient(dy, (n, c, h, w) if self.first else self.output_shape, self.x.dtype)
        return to_last(dy, self.first)
