"""Pooling over windows of an image, and over whole images: reference kernels.

Images are ``(n, h, w, c)``. Output pixel (i, j) looks at the window

    rows    i * stride_h - pad_top  ... + pool_h - 1
    columns j * stride_w - pad_left ... + pool_w - 1

clipped to the image: padding is never a maximum and never counts in an average. Every window must hold at least one
pixel. The number of windows is taken from the output's shape.
"""

import numpy as np

__all__ = [
    "average_pool2d_backward",
    "average_pool2d_forward",
    "global_average_pool2d_backward",
    "global_average_pool2d_forward",
    "global_max_pool2d_backward",
    "global_max_pool2d_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
]

# The place of a maximum inside its window is stored in 16 bits.
MOST_CELLS = 1 << 16


def _windows(image_shape, output_shape, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left):
    """Yields each output pixel (i, j) with its clipped window: row slice, column slice, and the cells it covers."""
    cells = np.arange(pool_h * pool_w).reshape(pool_h, pool_w)
    for i in range(output_shape[1]):
        for j in range(output_shape[2]):
            top, left = i * stride_h - pad_top, j * stride_w - pad_left
            rows = slice(max(top, 0), min(top + pool_h, image_shape[1]))
            columns = slice(max(left, 0), min(left + pool_w, image_shape[2]))
            inside = cells[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
            yield i, j, rows, columns, inside


def max_pool2d_forward(x, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left, y, argmax):
    """``y[n, i, j, c] = max over the window (i, j) of x[n, :, :, c]``.

    NaN counts as larger than every number, as in ``numpy.max``.

    Args:
        x: images (n, h, w, c).
        pool_h, pool_w, stride_h, stride_w, pad_top, pad_left: the windows; see the top of the file.
        y: output (n, out_h, out_w, c).
        argmax: uint16, of y's shape: ``row * pool_w + column`` of the first maximum within its unclipped window; or
            None.
    """
    n, _, _, c = x.shape
    for i, j, rows, columns, inside in _windows(
        x.shape, y.shape, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left
    ):
        window = x[:, rows, columns].reshape(n, inside.size, c)
        y[:, i, j] = window.max(axis=1)
        if argmax is not None:
            argmax[:, i, j] = inside.ravel()[window.argmax(axis=1)]


def max_pool2d_backward(dy, argmax, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left, dx):
    """Sends each ``dy[n, i, j, c]`` to the pixel that was the maximum; where windows overlap the gradients add up.

    Args:
        dy: gradient by the output (n, out_h, out_w, c).
        argmax: what forward wrote.
        pool_h, pool_w, stride_h, stride_w, pad_top, pad_left: as forward had them.
        dx: gradient by the images (n, h, w, c); all of it is written.
    """
    dx[...] = 0
    n, _, _, c = dx.shape
    for i, j, rows, columns, inside in _windows(
        dx.shape, dy.shape, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left
    ):
        hit = argmax[:, i, j, None] == inside.reshape(1, inside.size, 1)  # (n, cells, c)
        dx[:, rows, columns] += np.where(hit, dy[:, i, j, None], 0).reshape(n, *inside.shape, c)


def average_pool2d_forward(x, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left, y):
    """``y[n, i, j, c] = mean over the window (i, j) of x[n, :, :, c]``, over the pixels inside the image.

    Args:
        x: images (n, h, w, c).
        pool_h, pool_w, stride_h, stride_w, pad_top, pad_left: the windows; see the top of the file.
        y: output (n, out_h, out_w, c).
    """
    for i, j, rows, columns, _ in _windows(x.shape, y.shape, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left):
        y[:, i, j] = x[:, rows, columns].mean(axis=(1, 2))


def average_pool2d_backward(dy, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left, dx):
    """Spreads each ``dy[n, i, j, c]`` evenly over the pixels of its window; where windows overlap the shares add up.

    Args:
        dy: gradient by the output (n, out_h, out_w, c).
        pool_h, pool_w, stride_h, stride_w, pad_top, pad_left: as forward had them.
        dx: gradient by the images (n, h, w, c); all of it is written.
    """
    dx[...] = 0
    for i, j, rows, columns, inside in _windows(
        dx.shape, dy.shape, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left
    ):
        dx[:, rows, columns] += dy[:, i, j, None, None] / inside.size


def global_max_pool2d_forward(x, y, argmax):
    """``y[n, c] = max over p of x[n, p, c]``; NaN counts as larger than every number.

    Args:
        x: images with their pixels in one axis (n, p, c), p > 0.
        y: output (n, c).
        argmax: int32 (n, c), the first pixel that has the maximum; or None.
    """
    y[...] = x.max(axis=1)
    if argmax is not None:
        argmax[...] = x.argmax(axis=1)


def global_max_pool2d_backward(dy, argmax, dx):
    """``dx[n, p, c] = dy[n, c] if p == argmax[n, c] else 0``.

    Args:
        dy: gradient by the output (n, c).
        argmax: what forward wrote.
        dx: gradient by the images (n, p, c).
    """
    dx[...] = 0
    np.put_along_axis(dx, argmax[:, None].astype(np.intp), dy[:, None], axis=1)


def global_average_pool2d_forward(x, y):
    """``y[n, c] = mean over p of x[n, p, c]``.

    Args:
        x: images with their pixels in one axis (n, p, c), p > 0.
        y: output (n, c).
    """
    y[...] = x.mean(axis=1, dtype=np.float64)


def global_average_pool2d_backward(dy, dx):
    """``dx[n, p, c] = dy[n, c] / pixels``.

    Args:
        dy: gradient by the output (n, c).
        dx: gradient by the images (n, p, c).
    """
    dx[...] = dy[:, None] / dx.shape[1]
