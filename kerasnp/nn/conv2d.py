"""Two-dimensional convolution, as functions: the forward equation beside the backward equations.

What neural networks call convolution is correlation: the window slides over the image and is not flipped. Images are
(n, h, w, c), or (n, c, h, w) with ``data_format="channels_first"``; weights are (k1, k2, c, d) in both formats. With
strides (s1, s2), padding (p1, p2), and x zero outside the image,

    y[n, i, j, d] = b[d] + sum over u, v, c of x[n, i s1 + u - p1, j s2 + v - p2, c] w[u, v, c, d].

There are ``floor((h + 2 p1 - k1) / s1) + 1`` rows of output pixels, and columns likewise. Padding is "valid" (none),
"same" (``ceil(h / s1)`` rows, an odd row of padding at the bottom), an integer or (p1, p2).

Backward. Let L be the loss and dy its gradient by y. Each number of y is linear in each number of x, w and b, so the
derivatives can be read off the sum: y[n, i, j, d] changes with w[u, v, c, d] as fast as the pixel says that tap (u, v)
sees from (i, j), and with that pixel as fast as w[u, v, c, d] says. The chain rule then sums over all outputs that the
number in question goes into.

*The bias* goes into every pixel of its filter:

    db[d] = sum over n, i, j of dy[n, i, j, d].

*A weight* goes into every pixel of its filter, each time multiplied by what its tap sees:

    dw[u, v, c, d] = sum over n, i, j of x[n, i s1 + u - p1, j s2 + v - p2, c] dy[n, i, j, d].

This is again a correlation, of the image with dy as the window (its taps s1 and s2 apart).

*An input pixel* (r, q) goes into y[n, i, j, d] by way of tap (u, v) if i s1 + u - p1 = r and j s2 + v - p2 = q:

    dx[n, r, q, c] = sum over these i, j, u, v, and over d, of dy[n, i, j, d] w[u, v, c, d].

Read from the output's side: every dy[n, i, j, d] adds itself times the whole window to the pixels that window covers.
For strides of 1 put i = r + p1 - u: dx is the correlation of dy, padded by k - 1 - p, with the window flipped in both
axes, its c and d exchanged.
"""

from typing import NamedTuple

import numpy as np

from kerasnp import kernels
from kerasnp.kernels import conv2d
from kerasnp.nn.arguments import axis_paddings, channels_first, from_last, output_gradient, to_last
from kerasnp.utils.arrays import as_floats
from kerasnp.utils.shapes import pair
from kerasnp.utils.windows import copy_padded, padding_around, window_count


def conv2d_forward(x, w, b=None, strides=(1, 1), padding="valid", data_format=None) -> np.ndarray:
    """Returns y, the correlation of images with filters, plus a bias; the formula is at the top of the file.

    Args:
        x: images (n, h, w, c); float32 and float64 stay as they are, other types become ``config.floatx()``.
        w: (k1, k2, c, d).
        b: (d,), or None for no bias.
        strides: (s1, s2), or an integer for both.
        padding: "valid", "same", an integer or (p1, p2).
        data_format: ``"channels_last"``, ``"channels_first"``, or None for ``config.image_data_format()``.

    Returns:
        y: (n, rows, columns, d), in the order of ``data_format``.

    Raises:
        ValueError: shapes that do not fit, or a window larger than the padded image.
    """
    task = _prepare(x, w, strides, padding, data_format)
    if b is not None:
        b = np.ascontiguousarray(b, task.w.dtype)
        if b.shape != task.w.shape[3:]:
            raise ValueError(
                f"b must have the shape {task.w.shape[3:]} for w of shape {task.w.shape}; received {b.shape}."
            )
    y = np.empty(task.output_shape, task.w.dtype)
    scratch = np.empty(conv2d.forward_scratch(task.w.shape, 1), y.dtype)
    kernels.table(y.dtype).conv2d_forward(task.padded, task.w, b, *task.strides, 1, 1, False, y, scratch)
    return from_last(y, task.first)


def conv2d_backward(
    dy, x, w, strides=(1, 1), padding="valid", data_format=None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the gradients of the loss by x, w and b; they are derived at the top of the file.

    Args:
        dy: gradient of the loss by the output of :func:`conv2d_forward`, of its shape.
        x, w, strides, padding, data_format: what forward had.

    Returns:
        dx: of the shape of x.
        dw: (k1, k2, c, d).
        db: (d,).

    Raises:
        ValueError: shapes that do not fit.
    """
    task = _prepare(x, w, strides, padding, data_format)
    dtype = task.w.dtype
    n, oh, ow, d = task.output_shape
    dy = output_gradient(dy, (n, d, oh, ow) if task.first else task.output_shape, dtype)
    dy = to_last(dy, task.first)
    dx, dw, db = np.empty_like(task.padded), np.empty_like(task.w), np.empty(d, dtype)
    scratch = np.empty(conv2d.backward_scratch(task.w.shape, 1), dtype)
    table = kernels.table(dtype)
    table.conv2d_backward_weights(dy, task.padded, *task.strides, 1, 1, dw, db, scratch)
    table.conv2d_backward_input(dy, task.w, *task.strides, 1, 1, dx, scratch)
    # The gradient by the padding is of no use to anyone.
    return from_last(dx[:, task.rows, task.columns], task.first), dw, db


class _Task(NamedTuple):
    """A correlation of images that are padded and have their channels last."""

    padded: np.ndarray
    w: np.ndarray
    strides: tuple[int, int]
    output_shape: tuple[int, int, int, int]
    rows: slice  # where the image lies in the padded one
    columns: slice
    first: bool  # whether the caller's channels come first


def _prepare(x, w, strides, padding, data_format) -> _Task:
    first = channels_first(data_format)
    x = as_floats(x)
    w = np.ascontiguousarray(w, x.dtype)
    if x.ndim != 4 or w.ndim != 4 or x.shape[1 if first else 3] != w.shape[2]:
        order = "(n, c, h, w)" if first else "(n, h, w, c)"
        raise ValueError(
            f"x {order} and w (k1, k2, c, d) must have four axes and agree in c; received the shapes {x.shape} and "
            f"{w.shape}."
        )
    x = to_last(x, first)
    strides = pair(strides, "strides")
    axes = list(zip(x.shape[1:3], w.shape[:2], strides, axis_paddings(padding, "Convolution"), strict=True))
    output = [window_count(*axis) for axis in axes]
    if min(output) < 1:
        raise ValueError(
            f"The window, {w.shape[:2]}, is larger than the image, {x.shape[1:3]}, with padding={padding!r}."
        )
    (above, below), (left, right) = (padding_around(*axis) for axis in axes)
    n, height, width, c = x.shape
    padded = np.empty((n, above + height + below, left + width + right, c), x.dtype)
    copy_padded(x, (above, left), padded)
    rows, columns = slice(above, above + height), slice(left, left + width)
    return _Task(padded, w, strides, (n, *output, w.shape[3]), rows, columns, first)
