"""Correlation of each channel with a window of its own, channels last: reference kernels.

Names of axes: x is (n, h, w, c), not padded; the weights are (kh, kw, c), y is (n, oh, ow, c). With strides s,
dilations t and p rows and columns of zeros before the image, output pixel (i, j) sees the input pixels (i s_h + u t_h -
p_h, j s_w + v t_w - p_w) for the taps (u, v) of the window; those outside the image are zero.
"""

import itertools

import numpy as np

__all__ = ["depthwise_backward_input", "depthwise_backward_weights", "depthwise_forward"]

# Parts of the rows of pixels that the gradient by the weights is summed in; known to _depthwise.pyx as well.
PARTS = 16


def depthwise_forward(x, w, b, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, relu, y):
    """Writes y[n,i,j,c] = b[c] + sum over u, v of x[n, i s_h + u t_h - p_h, j s_w + v t_w - p_w, c] w[u,v,c].

    Args:
        x: (n, h, w, c).
        w: (kh, kw, c).
        b: (c,), or None.
        stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left: s, t and p of the formula.
        relu: whether negative results become zero.
        y: (n, oh, ow, c), written.
    """
    y[...] = 0 if b is None else b
    for tap, seen, seeing in _taps(x, w, y, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left):
        seeing += seen * w[tap]
    if relu:
        np.maximum(y, 0, out=y)


def depthwise_backward_weights(dy, x, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, dw, db, scratch):
    """Writes dw[u,v,c] = sum over n, i, j of what tap (u, v) saw from (i, j), times dy[n,i,j,c]; db = sum of dy.

    Args:
        dy: gradient by the sum before relu, (n, oh, ow, c).
        x: (n, h, w, c).
        stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left: as in :func:`depthwise_forward`.
        dw: (kh, kw, c), written, or None.
        db: (c,), written, or None.
        scratch: :func:`weights_scratch` long.
    """
    if dw is not None:
        for tap, seen, seeing in _taps(x, dw, dy, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left):
            np.einsum("nijc,nijc->c", seen, seeing, out=dw[tap])
    if db is not None:
        np.sum(dy, axis=(0, 1, 2), out=db)


def depthwise_backward_input(dy, w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, dx):
    """Writes dx: every output pixel adds dy[n,i,j,c] w[u,v,c] to the pixel its tap (u, v) saw.

    Args:
        dy: gradient by the sum before relu, (n, oh, ow, c).
        w: (kh, kw, c).
        stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left: as in :func:`depthwise_forward`.
        dx: gradient by the input, (n, h, w, c), written; zero where no window reached.
    """
    dx[...] = 0
    for tap, seen, seeing in _taps(dx, w, dy, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left):
        seen += seeing * w[tap]


def _taps(x, w, y, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left):
    """For each tap (u, v): yields it, the pixels of x that it sees, and the pixels of y from where it sees them."""
    for u, v in itertools.product(range(w.shape[0]), range(w.shape[1])):
        rows, from_rows = _seen(u * dilation_h - pad_top, stride_h, x.shape[1], y.shape[1])
        columns, from_columns = _seen(v * dilation_w - pad_left, stride_w, x.shape[2], y.shape[2])
        yield (u, v), x[:, rows, columns], y[:, from_rows, from_columns]


def _seen(offset, stride, size, count):
    """Returns the places i stride + offset inside an axis of ``size``, and their i of 0 to ``count``."""
    begin = max(0, -(offset // stride))
    end = max(begin, min(count, -((offset - size) // stride)))
    start = begin * stride + offset
    return slice(start, start + (end - begin) * stride, stride), slice(begin, end)


# -- sizes of scratch, the same for both twins -------------------------------------------------------


def weights_scratch(kernel_shape: tuple[int, int, int]) -> int:
    """Returns how many numbers :func:`depthwise_backward_weights` needs as ``scratch``."""
    height, width, channels = kernel_shape
    return PARTS * (height * width + 1) * channels
