"""Two-dimensional correlation, channels last, "valid": reference kernels.

Names of axes: x is (n, h, w, c), an image that is padded already. The weights are (kh, kw, c / groups, d), y is
(n, oh, ow, d). With strides s and dilations t, output pixel (i, j) sees the input pixels
(i s_h + u t_h, j s_w + v t_w) for the taps (u, v) of the window. Group g turns the g-th part of the channels into the
g-th part of the filters; how many groups there are follows from the shapes.

All three kernels go over the taps. For one tap the pixels seen are a strided view of x, and what is left is a product
of matrices: (pixels, channels) by (channels, filters).
"""

import itertools

import numpy as np

__all__ = ["conv2d_backward_input", "conv2d_backward_weights", "conv2d_forward"]

# Columns of the widest tile of any build; see tile.h.
WIDEST_TILE = 64
# These two are known to product.pxd as well, which says what they are for.
SMALL_GRADIENT = 4096
PARTS = 16


def conv2d_forward(x, w, b, stride_h, stride_w, dilation_h, dilation_w, relu, y, scratch):
    """Writes y[n,i,j,d] = b[d] + sum over u, v, c of x[n, i s_h + u t_h, j s_w + v t_w, c] w[u,v,c,d].

    Args:
        x: (n, h, w, c), padded.
        w: (kh, kw, c / groups, d).
        b: (d,), or None.
        stride_h, stride_w, dilation_h, dilation_w: s and t of the formula.
        relu: whether negative results become zero.
        y: (n, oh, ow, d), written.
        scratch: :func:`forward_scratch` long.
    """
    y[...] = 0 if b is None else b
    for tap, seen in _taps(x, w, y, stride_h, stride_w, dilation_h, dilation_w):
        for channels, filters in _groups(x, w):
            y[..., filters] += seen[..., channels] @ w[tap][:, filters]
    if relu:
        np.maximum(y, 0, out=y)


def conv2d_backward_weights(dy, x, stride_h, stride_w, dilation_h, dilation_w, dw, db, scratch):
    """Writes dw[u,v,c,d] = sum over n, i, j of x[n, i s_h + u t_h, j s_w + v t_w, c] dy[n,i,j,d]; db = sum of dy.

    Args:
        dy: gradient by the sum before relu, (n, oh, ow, d).
        x: (n, h, w, c), padded.
        stride_h, stride_w, dilation_h, dilation_w: s and t of the formula.
        dw: (kh, kw, c / groups, d), written, or None.
        db: (d,), written, or None.
        scratch: :func:`backward_scratch` long.
    """
    if dw is not None:
        for tap, seen in _taps(x, dw, dy, stride_h, stride_w, dilation_h, dilation_w):
            for channels, filters in _groups(x, dw):
                dw[tap][:, filters] = np.einsum("nijc,nijd->cd", seen[..., channels], dy[..., filters], optimize=True)
    if db is not None:
        np.sum(dy, axis=(0, 1, 2), out=db)


def conv2d_backward_input(dy, w, stride_h, stride_w, dilation_h, dilation_w, dx, scratch):
    """Writes dx: every output pixel adds sum over d of dy[n,i,j,d] w[u,v,c,d] to the pixel its tap (u, v) saw.

    Args:
        dy: gradient by the sum before relu, (n, oh, ow, d).
        w: (kh, kw, c / groups, d).
        stride_h, stride_w, dilation_h, dilation_w: as in :func:`conv2d_forward`.
        dx: gradient by the padded input, (n, h, w, c), written; zero where no window reached.
        scratch: :func:`backward_scratch` long.
    """
    dx[...] = 0
    for tap, seen in _taps(dx, w, dy, stride_h, stride_w, dilation_h, dilation_w):
        for channels, filters in _groups(dx, w):
            seen[..., channels] += dy[..., filters] @ w[tap][:, filters].T


def _taps(x, w, y, stride_h, stride_w, dilation_h, dilation_w):
    """For each tap (u, v): yields it and the view (n, oh, ow, c) of the pixels that the output pixels see there."""
    height, width = y.shape[1:3]
    for u, v in itertools.product(range(w.shape[0]), range(w.shape[1])):
        top, left = u * dilation_h, v * dilation_w
        rows = slice(top, top + (height - 1) * stride_h + 1, stride_h)
        columns = slice(left, left + (width - 1) * stride_w + 1, stride_w)
        yield (u, v), x[:, rows, columns]


def _groups(x, w):
    """For each group: yields its channels and its filters."""
    channels = w.shape[2]
    groups = x.shape[3] // channels
    filters = w.shape[3] // groups
    for group in range(groups):
        yield slice(group * channels, (group + 1) * channels), slice(group * filters, (group + 1) * filters)


# -- sizes of scratch, the same for both twins -------------------------------------------------------


def panel_scratch(depth: int, columns: int) -> int:
    """Returns the numbers in the panels of a (depth, columns) matrix and the bias on top of them."""
    return (depth + 1) * -(-columns // WIDEST_TILE) * WIDEST_TILE


def gradient_scratch(depth: int, columns: int) -> int:
    """Returns the numbers in the partial sums of a small gradient of shape (depth, columns) and of its bias."""
    return PARTS * (depth + 1) * columns if depth * columns <= SMALL_GRADIENT else 0


def forward_scratch(kernel_shape: tuple[int, int, int, int], groups: int) -> int:
    """Returns how many numbers :func:`conv2d_forward` needs as ``scratch``."""
    height, width, channels, filters = kernel_shape
    return panel_scratch(height * width * channels, filters // groups)


def backward_scratch(kernel_shape: tuple[int, int, int, int], groups: int) -> int:
    """Returns how many numbers the two backward kernels need as ``scratch``, one after the other."""
    height, width, channels, filters = kernel_shape
    taps, columns = height * width, filters // groups
    return max(
        taps * panel_scratch(columns, channels),
        gradient_scratch(taps * channels, columns),
        gradient_scratch(0, filters),  # of the bias alone
    )
