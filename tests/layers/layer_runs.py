"""What the tests of layers share: running the two equations of a layer outside a plan."""

import numpy as np


def expect_gradients(layer) -> None:
    """Gives every trainable weight an array for its gradient."""
    for variable in layer.trainable_variables:
        variable.gradient = np.full(variable.shape, np.nan, variable.dtype)


def run(layer, x, dy, *, training=True, kernel_mode=None, dx=True):
    """Runs forward and backward; returns the output and the gradient by the input.

    Args:
        layer: a layer, built here if it is not.
        x: input.
        dy: gradient by the output, or what can be broadcast to it.
        training: what forward is told.
        kernel_mode: see ``kernels.table``.
        dx: whether backward is asked for the gradient by the input; else None is returned.
    """
    x = np.ascontiguousarray(x, layer.dtype)
    layer.ensure_built((None, *x.shape[1:]))
    y = np.full(layer.compute_output_shape(x.shape), np.nan, layer.dtype)
    x_gradient = np.full_like(x, np.nan) if dx else None
    buf = layer.workspace(x, y, True, kernel_mode)
    layer.forward(x, y, buf, training)
    output = y.copy()
    layer.backward(np.broadcast_to(dy, y.shape).astype(layer.dtype), x_gradient, buf)
    return output, x_gradient
