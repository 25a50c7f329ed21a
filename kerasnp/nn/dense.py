"""A matrix product and a bias, as functions: the forward equation beside the backward equations.

For one row x of k inputs and d outputs

    y[j] = b[j] + sum over i of x[i] w[i, j]

and a batch is a matrix of such rows: Y = X W + b. Let L be the loss and dy its gradient by y. Each number of y is
linear in each number of x, w and b, so the derivatives can be read off,

    dy[j]/dx[i] = w[i, j],   dy[j]/dw[i, l] = x[i] if l = j else 0,   dy[j]/db[l] = 1 if l = j else 0,

and the chain rule sums over everything that the number in question goes into. An input goes into all d outputs of its
row; a weight and a bias go into one output of every row:

    dx[i]    = sum over j of dy[j] w[i, j]          dX = dY W^T
    dw[i, j] = sum over rows of x[i] dy[j]          dW = X^T dY
    db[j]    = sum over rows of dy[j]               db = 1^T dY
"""

import numpy as np

from kerasnp import config, kernels
from kerasnp.kernels import dense


def dense_forward(x, w, b=None) -> np.ndarray:
    """Returns ``y = x w + b``.

    Args:
        x: (..., k); float32 and float64 stay as they are, other types become ``config.floatx()``.
        w: (k, d).
        b: (d,), or None for no bias.

    Returns:
        y: (..., d).

    Raises:
        ValueError: shapes that do not fit.
    """
    x, rows, w = _checked(x, w)
    if b is not None:
        b = np.ascontiguousarray(b, x.dtype)
        if b.shape != w.shape[1:]:
            raise ValueError(f"b must have the shape {w.shape[1:]} for w of shape {w.shape}; received {b.shape}.")
    y = np.empty((*x.shape[:-1], w.shape[1]), x.dtype)
    panels = np.empty(dense.forward_scratch(*w.shape), x.dtype)
    kernels.table(x.dtype).dense_forward(rows, w, b, False, y.reshape(len(rows), w.shape[1]), panels)
    return y


def dense_backward(dy, x, w) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the gradients of the loss by x, w and b: ``dy w^T``, ``x^T dy`` and the sum of dy over the rows.

    Args:
        dy: gradient by the output, (..., d).
        x: (..., k), what forward had.
        w: (k, d), what forward had.

    Returns:
        dx: (..., k).
        dw: (k, d).
        db: (d,).

    Raises:
        ValueError: shapes that do not fit.
    """
    x, rows, w = _checked(x, w)
    dy = np.ascontiguousarray(dy, x.dtype)
    if dy.shape != (*x.shape[:-1], w.shape[1]):
        raise ValueError(f"dy must have the shape of the output, {(*x.shape[:-1], w.shape[1])}; received {dy.shape}.")
    dy = dy.reshape(len(rows), w.shape[1])
    dx, dw, db = np.empty_like(x), np.empty_like(w), np.empty(w.shape[1], x.dtype)
    panels = np.empty(dense.backward_scratch(*w.shape), x.dtype)
    table = kernels.table(x.dtype)
    table.dense_backward_weights(rows, dy, dw, db, panels)
    table.dense_backward_input(dy, w, dx.reshape(rows.shape), panels)
    return dx, dw, db


def _checked(x, w) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns x, a view of it as a matrix, and w, all of x's number type."""
    x = np.asarray(x)
    x = np.ascontiguousarray(x, x.dtype if x.dtype.name in config.FLOAT_TYPES else config.floatx())
    w = np.ascontiguousarray(w, x.dtype)
    if w.ndim != 2 or x.ndim < 2 or x.shape[-1] != w.shape[0]:
        raise ValueError(f"x (..., k) and w (k, d) must agree in k; received the shapes {x.shape} and {w.shape}.")
    return x, x.reshape(-1, w.shape[0]), w
