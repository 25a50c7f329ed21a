"""Times the kernels of kerasnp when asked: python our_kernels.py THREADS; see worker.py.

They are called by their layers, as in a model: so it is a layer that chooses, say, Winograd's method.
"""

import sys
from collections.abc import Callable
from functools import partial

import kernel_works
import measure
import numpy as np
import worker

import kerasnp
from kerasnp import kernels, layers

Calls = dict[str, Callable[[], object]]  # by direction

GENERATOR = np.random.default_rng(0)


def rand(*shape: int) -> np.ndarray:
    return GENERATOR.random(shape, dtype=np.float32)


def bound(layer: layers.Layer, shape: list[int], trained: bool, needs_dx: bool = True) -> Calls:
    """Returns the two equations of a layer, bound to arrays.

    Args:
        layer: not built yet.
        shape: of the input.
        trained: whether backward computes the gradients of the weights.
        needs_dx: whether it computes that of the input.
    """
    x = rand(*shape)
    layer.ensure_built((None, *shape[1:]))
    y = np.empty(layer.compute_output_shape(x.shape), np.float32)
    dy, dx = rand(*y.shape), np.empty_like(x)
    for weight in layer.trainable_weights:
        weight.gradient = np.empty_like(weight.value) if trained else None
    workspace = layer.workspace(x, y, training=True)
    forward = partial(layer.forward, x, y, workspace, True)
    forward()  # backward may read what it leaves behind
    return {"forward": forward, "backward": partial(layer.backward, dy, dx if needs_dx else None, workspace)}


def product(make: Callable[[], layers.Layer], shape: list[int]) -> Calls:
    """Returns the three products of a dense or convolution layer."""
    of_input = bound(make(), shape, trained=False)
    of_weights = bound(make(), shape, trained=True, needs_dx=False)
    return {"forward": of_input["forward"], "dx": of_input["backward"], "dw": of_weights["backward"]}


def adam(size: int) -> Calls:
    gradient, m, v, weights = rand(size), rand(size), rand(size), rand(size)
    return {"step": partial(kernels.table().adam, gradient, 1e-3, 0.0, 0.9, 0.999, 1e-7, m, v, None, weights)}


MAKERS = {
    "conv": lambda *shape: product(lambda: layers.Conv2D(shape[-1], 3), shape[:-1]),
    "depthwise": lambda *shape: product(lambda: layers.DepthwiseConv2D(3, padding="same"), shape),
    "transposed": lambda *shape: product(
        lambda: layers.Conv2DTranspose(shape[-1], 3, strides=2, padding="same"), shape[:-1]
    ),
    "conv3d": lambda *shape: product(lambda: layers.Conv3D(shape[-1], 3), shape[:-1]),
    "dense": lambda *shape: product(lambda: layers.Dense(shape[-1]), shape[:-1]),
    "max-pool": lambda *shape: bound(layers.MaxPooling2D(2), shape, trained=False),
    "average-pool": lambda *shape: bound(layers.AveragePooling2D(2), shape, trained=False),
    "batch-norm": lambda *shape: bound(layers.BatchNormalization(), shape, trained=True),
    "softmax": lambda *shape: bound(layers.Softmax(), shape, trained=False),
    "dropout": lambda size: bound(layers.Dropout(0.5), (1, size), trained=False),
    "adam": adam,
}


def least_seconds(kind: str, shape: list[int]) -> dict[str, float]:
    """Returns the shortest time that each direction of a kernel took."""
    calls = MAKERS[kind](*shape)
    return {name: measure.seconds_per_call(call, kernel_works.BUDGET, pick=min) for name, call in calls.items()}


if __name__ == "__main__":
    kerasnp.config.set_num_threads(int(sys.argv[1]))
    worker.serve(least_seconds)
