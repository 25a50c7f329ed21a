"""Correlation with 3 x 3 windows by Winograd's minimal filtering: reference kernels.

A correlation of few numbers is a product of polynomials, transposed, and a polynomial is known from its values at some
points: there one multiplication per point does all the work. With the window g, a square d of the input and y of the
output it gives, m x m pixels (Winograd 1980; Lavin and Gray, Fast algorithms for convolutional neural networks, 2016):

    y = A^T ((G g G^T) * (B^T d B)) A,

* being the product of each number with its counterpart. Where the plain sum takes 9 m^2 multiplications for m^2 pixels,
this takes (m + 2)^2: for m = 4 a quarter, for m = 2 four ninths. With many channels every point has a product of
matrices, of the squares' numbers (squares, channels) by those of the windows (channels, filters). The rest is
additions, once a square and channel.

All of this is linear in d and in g, so the gradients go through the same matrices, transposed:

    dg = G^T (sum over squares of (B^T d B) * (A dy A^T)) G,        dd = B ((G g G^T) * (A dy A^T)) B^T,

and pixels that several squares see add up. The rounding error is some four times that of the plain sum: it grows with
the size of the numbers in A, B and G, which is why the points are where they are.

Names of axes: x is (n, h, w, c), the weights are (3, 3, c, d), y is (n, oh, ow, d). The image is not padded beforehand:
output pixel (i, j) sees input pixels from (i - top, j - left) on, zeros outside the image.
"""

import math

import numpy as np

__all__ = ["winograd_backward_input", "winograd_backward_weights", "winograd_forward"]

# By the size of the square, the points where the polynomials are evaluated; infinity comes last. Symmetric ones halve
# the additions, and these values give the smallest rounding error among those tried.
POINTS = {2: (0.0, 1.0, -1.0), 4: (0.0, 0.75, -0.75, 1.5, -1.5)}
# Each square is transformed once for so many channels, and each window once for so many squares: fewer do not pay.
FEWEST_CHANNELS = 16
FEWEST_SQUARES_WORTH_IT = 24
# The share of the plain sum's multiplications that Winograd's method must stay below.
WORTH_IT = 0.7
# These are known to winograd_squares.pxd as well, which says what they are for.
SQUARES_PER_UNIT = 8
SQUARES_AT_ONCE = 1 << 17
FEWEST_SQUARES = 48
WINDOWS_KEPT = 1 << 20
PASSING_SQUARES = 64
DEPTH_AT_ONCE = 64
WIDEST_VECTOR = 16
WIDEST_TILE = 64
OWN_NUMBERS = 1 << 17
OWN_SQUARES = 24
SMALL_GRADIENT = 1 << 18
PARTS = 8
GAP = 16
GAPS = 32 * GAP


def winograd_forward(x, w, b, size, top, left, relu, y, scratch):
    """Writes y[n,i,j,d] = b[d] + sum over u, v, c of x[n, i + u - top, j + v - left, c] w[u,v,c,d].

    Args:
        x: (n, h, w, c), not padded.
        w: (3, 3, c, d).
        b: (d,), or None.
        size: of the squares of output pixels, 2 or 4.
        top, left: rows and columns of zeros before the image.
        relu: whether negative results become zero.
        y: (n, oh, ow, d), written.
        scratch: :func:`product_scratch` long.
    """
    a, g, b_transposed = matrices(size)
    windows = np.einsum("pu,qv,uvcd->pqcd", g, g, w)
    seen = np.einsum("pi,qj,nklijc->pqnklc", b_transposed, b_transposed, _squares_of(x, y.shape, size, top, left))
    points = np.einsum("pqnklc,pqcd->pqnkld", seen, windows, optimize=True)
    squares = np.einsum("pi,qj,pqnkld->nkiljd", a, a, points)
    n, down, _, across, _, filters = squares.shape
    y[...] = squares.reshape(n, down * size, across * size, filters)[:, : y.shape[1], : y.shape[2]]
    if b is not None:
        y += b
    if relu:
        np.maximum(y, 0, out=y)


def winograd_backward_weights(dy, x, size, top, left, dw, db, scratch):
    """Writes dw[u,v,c,d] = sum over n, i, j of x[n, i + u - top, j + v - left, c] dy[n,i,j,d]; db = sum of dy.

    Args:
        dy: gradient by the sum before relu, (n, oh, ow, d).
        x: (n, h, w, c), not padded.
        size, top, left: as in :func:`winograd_forward`.
        dw: (3, 3, c, d), written.
        db: (d,), written, or None.
        scratch: :func:`weights_scratch` long.
    """
    a, g, b_transposed = matrices(size)
    seen = np.einsum("pi,qj,nklijc->pqnklc", b_transposed, b_transposed, _squares_of(x, dy.shape, size, top, left))
    points = np.einsum("pqnklc,pqnkld->pqcd", seen, _gradient_at_points(dy, a, size), optimize=True)
    dw[...] = np.einsum("pu,qv,pqcd->uvcd", g, g, points)
    if db is not None:
        np.sum(dy, axis=(0, 1, 2), out=db)


def winograd_backward_input(dy, w, size, top, left, dx, scratch):
    """Writes dx: every output pixel adds sum over d of dy[n,i,j,d] w[u,v,c,d] to the pixel its tap (u, v) saw.

    Args:
        dy: gradient by the sum before relu, (n, oh, ow, d).
        w: (3, 3, c, d).
        size, top, left: as in :func:`winograd_forward`.
        dx: gradient by the input without its padding, (n, h, w, c), written; which windows reach everywhere.
        scratch: :func:`product_scratch` long, with channels and filters exchanged.
    """
    a, g, b_transposed = matrices(size)
    windows = np.einsum("pu,qv,uvcd->pqcd", g, g, w)
    points = np.einsum("pqnkld,pqcd->pqnklc", _gradient_at_points(dy, a, size), windows, optimize=True)
    squares = np.einsum("pi,qj,pqnklc->nklijc", b_transposed, b_transposed, points)
    n, down, across = squares.shape[:3]
    height, width = max(dx.shape[1] + top, down * size + 2), max(dx.shape[2] + left, across * size + 2)
    padded = np.zeros((n, height, width, dx.shape[3]), dx.dtype)
    for k in range(down):
        for m in range(across):
            padded[:, k * size : k * size + size + 2, m * size : m * size + size + 2] += squares[:, k, m]
    dx[...] = padded[:, top : top + dx.shape[1], left : left + dx.shape[2]]


def matrices(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns A (points, size), G (points, 3) and B^T (points, size + 2) for output squares of ``size`` pixels a side.

    A and G evaluate polynomials of degree size - 1 and 2 at the points (at infinity: take the highest coefficient).
    Row i of B^T has the coefficients of the polynomial that is zero at all other finite points. Its value at its own
    point, other than 1, is divided out of G, as the windows are transformed the least often.
    """
    points = np.array(POINTS[size])
    a = np.vstack([np.vander(points, size, increasing=True), np.eye(size)[-1]])
    g = np.vstack([np.vander(points, 3, increasing=True), np.eye(3)[-1]])
    b_transposed = np.zeros((size + 2, size + 2))
    for i, point in enumerate(points):
        others = np.delete(points, i)
        b_transposed[i, :-1] = np.polynomial.polynomial.polyfromroots(others)
        g[i] /= np.prod(point - others)
    b_transposed[-1] = np.polynomial.polynomial.polyfromroots(points)
    return a, g, b_transposed


def _squares_of(x, output_shape, size, top, left):
    """Returns the squares of the input that squares of the output see: (n, down, across, size + 2, size + 2, c)."""
    down, across = -(-output_shape[1] // size), -(-output_shape[2] // size)
    side = size + 2
    padded = np.zeros((len(x), down * size + 2, across * size + 2, x.shape[3]), x.dtype)
    inside = x[:, : padded.shape[1] - top, : padded.shape[2] - left]
    padded[:, top : top + inside.shape[1], left : left + inside.shape[2]] = inside
    views = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(1, 2))[:, ::size, ::size]
    return np.moveaxis(views, 3, 5)


def _gradient_at_points(dy, a, size):
    """Returns A dy A^T for each square of the output: (points, points, n, down, across, d)."""
    n, height, width, filters = dy.shape
    down, across = -(-height // size), -(-width // size)
    padded = np.zeros((n, down * size, across * size, filters), dy.dtype)
    padded[:, :height, :width] = dy
    return np.einsum("pi,qj,nkiljd->pqnkld", a, a, padded.reshape(n, down, size, across, size, filters))


# -- which squares, and sizes of scratch, the same for both twins ------------------------------------


def square_size(output_shape: tuple[int, ...], kernel_shape: tuple[int, ...]) -> int | None:
    """Returns the size of the squares that make a correlation the fastest, or None where the plain sum is faster.

    Args:
        output_shape: (n, oh, ow, d).
        kernel_shape: (kh, kw, c, d), of a window whose taps touch and that moves by one pixel.
    """
    if kernel_shape[:2] != (3, 3) or min(kernel_shape[2:]) < FEWEST_CHANNELS:
        return None
    plain = 9 * math.prod(output_shape[1:3])
    size = min(POINTS, key=lambda size: count_squares(size, (1, *output_shape[1:])) * (size + 2) ** 2)
    squares = count_squares(size, output_shape)
    if squares < FEWEST_SQUARES_WORTH_IT or squares * (size + 2) ** 2 > WORTH_IT * output_shape[0] * plain:
        return None
    return size


def count_squares(size: int, output_shape: tuple[int, ...]) -> int:
    """Returns how many squares an output of shape (n, oh, ow, d) is cut into."""
    return output_shape[0] * -(-output_shape[1] // size) * -(-output_shape[2] // size)


def squares_at_once(size: int, numbers: int, squares: int) -> int:
    """Returns how many squares are transformed before they are multiplied.

    Args:
        size: of the squares of output pixels.
        numbers: how many a point has of a square.
        squares: how many there are.
    """
    return min(squares, max(FEWEST_SQUARES, SQUARES_AT_ONCE // ((size + 2) ** 2 * numbers)))


def product_scratch(size: int, squares: int, inputs: int, outputs: int) -> int:
    """Returns how many numbers a product needs as ``scratch``: forward from channels to filters, backward the reverse.

    Args:
        size: of the squares of output pixels.
        squares: how many there are in the batch.
        inputs, outputs: channels and filters; for :func:`winograd_backward_input` filters and channels.
    """
    points, panels = (size + 2) ** 2, -(-outputs // WIDEST_TILE)
    if squares > PASSING_SQUARES and points * inputs * outputs <= WINDOWS_KEPT:
        at_once = squares_at_once(size, inputs, squares)
        panel = inputs * WIDEST_TILE + GAPS
    else:
        at_once = min(squares, PASSING_SQUARES)
        panel = (DEPTH_AT_ONCE + at_once) * WIDEST_TILE + 2 * GAPS
    return points * (panels * panel + at_once * _rounded_up(inputs, WIDEST_VECTOR) + GAP)


def weights_scratch(size: int, squares: int, channels: int, filters: int) -> int:
    """Returns how many numbers :func:`winograd_backward_weights` needs as ``scratch``."""
    points, columns = (size + 2) ** 2, _rounded_up(filters, WIDEST_VECTOR)
    rows = _rounded_up(channels, WIDEST_VECTOR)
    own = min(OWN_NUMBERS // (points * (rows + columns)), squares // PARTS)
    if own >= OWN_SQUARES and points * channels * filters <= SMALL_GRADIENT:
        return PARTS * (points * (channels * columns + GAP) + columns)
    at_once = squares_at_once(size, channels + filters, squares)
    parts = -(-at_once // SQUARES_PER_UNIT)
    return points * (at_once * (rows + columns) + 2 * GAP) + parts * columns


def _rounded_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
