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

from kerasnp import kernels
from kerasnp.kernels import dense
from kerasnp.nn.arguments import output_gradient
from kerasnp.utils.arrays import as_floats, rows_of


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
    x, w = _checked(x, w)
    if b is not None:
        b = np.ascontiguousarray(b, x.dtype)
        if b.shape != w.shape[1:]:
            raise ValueError(f"b must have the shape {w.shape[1:]} for w of shape {w.shape}; received {b.shape}.")
    y = np.empty((*x.shape[:-1], w.shape[1]), x.dtype)
    scratch = np.empty(dense.forward_scratch(*w.shape), x.dtype)
    kernels.table(x.dtype).dense_forward(rows_of(x), w, b, False, rows_of(y), scratch)
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
    x, w = _checked(x, w)
    dy = rows_of(output_gradient(dy, (*x.shape[:-1], w.shape[1]), x.dtype))
    dx, dw, db = np.empty_like(x), np.empty_like(w), np.empty(w.shape[1], x.dtype)
    scratch = np.empty(dense.backward_scratch(*w.shape), x.dtype)
    table = kernels.table(x.dtype)
    table.dense_backward_weights(dy, rows_of(x), dw, db, scratch)
    table.dense_backward_input(dy, w, rows_of(dx), scratch)
    return dx, dw, db


def _checked(x, w) -> tuple[np.ndarray, np.ndarray]:
    """Returns x and w, of one number type."""
    x = as_floats(x)
    w = np.ascontiguousarray(w, x.dtype)
    if w.ndim != 2 or x.ndim < 2 or x.shape[-1] != w.shape[0]:
        raise ValueError(f"x (..., k) and w (k, d) must agree in k; received the shapes {x.shape} and {w.shape}.")
    return x, w
