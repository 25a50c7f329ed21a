"""Matrix products of a dense layer: reference kernels.

Shapes: x is (rows, inputs), w (inputs, units), b (units,), y (rows, units).
"""

import numpy as np

from kerasnp.kernels.conv2d import gradient_scratch, panel_scratch

# Parts in which the product of one row is summed.
ROW_PARTS = 8

__all__ = ["dense_backward_input", "dense_backward_weights", "dense_bias", "dense_forward"]


def dense_forward(x, w, b, relu, y, scratch):
    """Writes y = x w + b, or max(x w + b, 0) if ``relu``.

    Args:
        x: (rows, inputs).
        w: (inputs, units).
        b: (units,), or None.
        relu: whether negative results become zero.
        y: (rows, units), written.
        scratch: :func:`forward_scratch` long.
    """
    np.matmul(x, w, out=y)
    if b is not None:
        y += b
    if relu:
        np.maximum(y, 0, out=y)


def dense_bias(x, b, relu, y):
    """Writes y = x + b, or max(x + b, 0) if ``relu``: the end of a layer whose product came from elsewhere.

    Args:
        x: (rows, units).
        b: (units,), or None.
        relu: whether negative results become zero.
        y: (rows, units), written; may be ``x``.
    """
    np.add(x, 0 if b is None else b, out=y)
    if relu:
        np.maximum(y, 0, out=y)


def dense_backward_weights(dy, x, dw, db, scratch):
    """Writes the gradients by the weights: dw = x^T dy, db[j] = sum over rows i of dy[i, j].

    Args:
        dy: gradient by x w + b, (rows, units).
        x: (rows, inputs).
        dw: (inputs, units), written, or None.
        db: (units,), written, or None.
        scratch: :func:`backward_scratch` long.
    """
    if dw is not None:
        np.matmul(x.T, dy, out=dw)
    if db is not None:
        np.sum(dy, axis=0, out=db)


def dense_backward_input(dy, w, dx, scratch):
    """Writes the gradient by the input: dx = dy w^T.

    Args:
        dy: gradient by x w + b, (rows, units).
        w: (inputs, units).
        dx: (rows, inputs), written.
        scratch: :func:`backward_scratch` long.
    """
    np.matmul(dy, w.T, out=dx)


def forward_scratch(inputs: int, units: int) -> int:
    """Returns how many numbers :func:`dense_forward` needs as ``scratch``."""
    return ROW_PARTS * units


def backward_scratch(inputs: int, units: int) -> int:
    """Returns how many numbers the two backward kernels need as ``scratch``, one after the other."""
    return max(panel_scratch(units, inputs), gradient_scratch(inputs, units), gradient_scratch(0, units))
