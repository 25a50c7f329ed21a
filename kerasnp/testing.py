"""Tests for authors of layers: finite-difference gradients, and the contract that every layer keeps.

def test_my_layer():
    testing.check_layer(functools.partial(MyLayer, units=3), (4, 5))
"""

import copy
import json
import pickle
from typing import NamedTuple

import numpy as np

from kerasnp import kernels
from kerasnp.layers.base import Layer, layers

# Relative differences that rounding alone explains, by number type.
_ROUNDING = {"float32": 1e-4, "float64": 1e-10}


def numerical_gradient(function, x: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Returns the derivative of ``function``, a scalar function of an array, at ``x`` by fourth-order differences.

    df/dx_i = (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12h, h added to x_i alone; the error is of order h^4.

    Args:
        function: called with arrays of the shape of ``x``; returns a float.
        x: any shape; computed in float64.
        step: h.
    """
    x = np.array(x, np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept, total = x[index], 0.0
        for offset, weight in ((-2, 1.0), (-1, -8.0), (1, 8.0), (2, -1.0)):
            x[index] = kept + offset * step
            total += weight * function(x)
        x[index] = kept
        gradient[index] = total / (12.0 * step)
    return gradient


def check_gradients(layer, input_shape, *, seed=0, training=True, inputs=None, rtol=1e-6, atol=1e-8) -> None:
    """Compares ``backward`` of a layer with finite differences of ``forward``, by the input and by each weight.

    The loss is the sum of the outputs times fixed random numbers. Trainable weights and statistics are moved away from
    their initial values (a forgotten factor 1 would not show) and put back afterwards.

    Args:
        layer: a layer made with ``dtype="float64"``, built or not.
        input_shape: shape of the input, batch axis first; small, since every element costs four forward passes.
        seed: seed of input, weights and random numbers.
        training: what ``forward`` is told.
        inputs: the input, where random numbers will not do; keep it away from kinks such as 0 for ReLU.
        rtol, atol: allowed difference, as for ``numpy.testing.assert_allclose``.

    Raises:
        AssertionError: a gradient is wrong; the message names the layer and the weight.
        ValueError: the layer does not compute in float64.
    """
    if layer.dtype != "float64":
        raise ValueError(f"Gradients are checked in float64; layer {layer.name!r} computes in {layer.dtype}.")
    generator = np.random.default_rng(seed)
    x = _inputs(layer, input_shape, inputs, generator)
    layer.ensure_built((None, *x.shape[1:]))
    before = [(variable, variable.numpy()) for variable in layer.variables]
    try:
        _move_weights(layer, generator)
        dy = generator.standard_normal(layer.compute_output_shape(x.shape))

        def loss(value: np.ndarray, variable=None) -> float:
            if variable is not None:
                variable.assign(value)
            return float(np.vdot(_run(layer, value if variable is None else x, training=training).y, dy))

        run = _run(layer, x, dy, training=training)
        label = f"{type(layer).__name__} {layer.name!r}"
        if x.dtype.kind == "f":
            expected = numerical_gradient(loss, x)
            np.testing.assert_allclose(run.dx, expected, rtol, atol, err_msg=f"{label}: gradient by the input")
        for variable, gradient in zip(layer.trainable_variables, run.gradients, strict=True):
            value = variable.numpy()
            expected = numerical_gradient(lambda moved, variable=variable: loss(moved, variable), value)
            variable.assign(value)
            np.testing.assert_allclose(gradient, expected, rtol, atol, err_msg=f"{label}: gradient by {variable.path}")
    finally:
        for variable, value in before:
            variable.assign(value)


def check_layer(factory, input_shape, *, inputs=None, seed=0, gradients=True, rtol=1e-6, atol=1e-8) -> None:
    """Checks all that a plan, a file and a user rely on in a layer.

    Shapes known beforehand; results that depend on input and weights alone, not on what the arrays held before; inputs
    left as they were; backward right by finite differences, also where parts of it are not wanted; config, pickle and
    deepcopy that give the same layer again; float32 and float64, reference and compiled kernels that agree.

    Args:
        factory: returns a new layer; called with keyword arguments of ``Layer``, such as ``dtype``.
        input_shape: shape of the input, batch axis first, batch at least 2.
        inputs: the input, where random numbers will not do.
        seed: seed of everything random.
        gradients: False for a layer that cannot be trained through.
        rtol, atol: allowed difference from finite differences.

    Raises:
        AssertionError: the contract is broken; the message names the layer and the point.
    """
    double, single = factory(dtype="float64"), factory(dtype="float32")
    for layer in (double, single):
        generator = np.random.default_rng(seed)
        x = _inputs(layer, input_shape, inputs, generator)
        _check_shapes(layer, x)
        _move_weights(layer, generator)
        _check_forward(layer, x)
        _check_copies(layer, x)
        if gradients:
            dy = generator.standard_normal(layer.compute_output_shape(x.shape)).astype(layer.dtype)
            _check_backward(layer, x, dy)
            _check_backward(layer, x[:1], dy[:1])
            _check_kernels(layer, x, dy)
    if gradients:
        for training in (True, False):
            check_gradients(double, input_shape, seed=seed, training=training, inputs=inputs, rtol=rtol, atol=atol)
    single.set_weights(double.get_weights())
    expected = _run(double, x.astype(double.input_dtype)).y
    _agree(_run(single, x).y, expected, _ROUNDING["float32"], single, "float32 and float64 outputs differ")


# -- one pass --------------------------------------------------------------------------------------


class _Run(NamedTuple):
    """What a pass gave: output, gradient by the input, by each trainable weight, and states afterwards."""

    y: np.ndarray
    dx: np.ndarray | None = None
    gradients: tuple = ()
    states: tuple = ()


def _run(layer, x, dy=None, *, training=False, kernel_mode=None, garbage=float("nan"), dx=True, wanted=None) -> _Run:
    """Runs forward, and backward if ``dy`` is given, as hostile to the layer as a plan may be; restores its states."""
    states = [(variable, variable.numpy()) for variable in layer.variables if not variable.trainable]
    trained = layer.trainable_variables
    gradients = [variable.gradient for variable in trained]
    x = x.copy()
    y = np.empty(layer.compute_output_shape(x.shape), layer.dtype)
    if layer.passes_through(training):
        return _Run(x.reshape(y.shape), None if dy is None else dy.reshape(x.shape), tuple(gradients))
    buf = layer.workspace(x, y, dy is not None or training, kernel_mode)
    buffers = layer.buffers(x.shape)
    _scramble([y, *(getattr(buf, name) for name in buffers)], garbage)
    try:
        x.flags.writeable = False
        layer.forward(x, y, buf, training)
        x.flags.writeable = True
        after = tuple(variable.numpy() for variable, _ in states)
        result = _Run(y.copy(), states=after)
        if dy is None:
            return result
        unused = [array for name, array in (("x", x), ("y", y)) if name not in layer.backward_uses]
        _scramble(unused + [getattr(buf, name) for name in buffers if not buffers[name].reaches_backward], garbage)
        for variable in trained:
            mine = wanted is None or variable in wanted
            variable.gradient = np.full(variable.shape, garbage, variable.dtype) if mine else None
        x_gradient = np.full(x.shape, garbage, layer.dtype) if dx else None
        x.flags.writeable = y.flags.writeable = False
        layer.backward(dy.copy(), x_gradient, buf)
        return result._replace(dx=x_gradient, gradients=tuple(variable.gradient for variable in trained))
    finally:
        for variable, value in states:
            variable.assign(value)
        for variable, gradient in zip(trained, gradients, strict=True):
            variable.gradient = gradient


def _scramble(arrays, garbage: float) -> None:
    for array in arrays:
        if array is not None:
            array.fill(garbage if array.dtype.kind == "f" else 1)


def _inputs(layer, shape, inputs, generator: np.random.Generator) -> np.ndarray:
    """Returns ``inputs``, or random values, no two close, none close to zero (steps stay clear of kinks); or 0 to 2."""
    if inputs is None and np.dtype(layer.input_dtype).kind == "i":
        inputs = generator.permutation(int(np.prod(shape))) % 3
    elif inputs is None:
        size = int(np.prod(shape))
        inputs = 3.0 * (generator.permutation(size) + 0.5) / (size + size % 2) - 1.5
    return np.ascontiguousarray(np.reshape(inputs, shape), layer.input_dtype)


def _move_weights(layer, generator: np.random.Generator) -> None:
    for variable in layer.variables:
        if np.dtype(variable.dtype).kind == "f":
            least = -0.5 if variable.trainable else 0.1  # a variance stays positive
            variable.assign_add(generator.uniform(least, 0.5, variable.shape).astype(variable.dtype))


# -- points of the contract ------------------------------------------------------------------------


def _check_shapes(layer, x: np.ndarray) -> None:
    known, unknown = layer.compute_output_shape(x.shape), layer.compute_output_shape((None, *x.shape[1:]))
    _require(known[0] == len(x) and None not in known, layer, f"compute_output_shape({x.shape}) gave {known}")
    _require(
        tuple(unknown) == (None, *known[1:]), layer, f"an unknown batch size gave the shape {unknown}, not {known}"
    )
    y = layer(x)
    _require(layer.built, layer, "not built after a call")
    _require(y.shape == tuple(known), layer, f"expected output shape {known}, received {y.shape}")
    _require(y.dtype == layer.dtype, layer, f"expected output of {layer.dtype}, received {y.dtype}")
    names = [variable.path for variable in layer.variables]
    _require(len(set(names)) == len(names), layer, f"two weights have one path: {names}")


def _check_forward(layer, x: np.ndarray) -> None:
    weights = layer.get_weights()
    for training in (False, True):
        first = _run(layer, x, training=training)
        second = _run(layer, x, training=training, garbage=7.0)
        _same(first, second, layer, f"training={training}: the result depends on what the arrays held before")
    _same(layer(x, training=False), _run(layer, x).y, layer, "layer(x) and forward differ")
    _same(weights, layer.get_weights(), layer, "a call with training=False changed weights")
    _require(_run(layer, x[:1]).y.shape[0] == 1, layer, "a batch of 1 failed")


def _check_backward(layer, x: np.ndarray, dy: np.ndarray) -> None:
    trained = layer.trainable_variables
    for training in (True, False):
        whole = _run(layer, x, dy, training=training)
        again = _run(layer, x, dy, training=training, garbage=7.0)
        _same(whole, again, layer, f"training={training}: a gradient depends on what the arrays held before")
        without = _run(layer, x, dy, training=training, dx=False)
        _same(whole.gradients, without.gradients, layer, "dx=None changed the weight gradients")
        frozen = _run(layer, x, dy, training=training, wanted=())
        _same(whole.dx, frozen.dx, layer, "frozen weights changed dx")
        for number, variable in enumerate(trained):
            alone = _run(layer, x, dy, training=training, wanted=(variable,)).gradients[number]
            _same(
                whole.gradients[number],
                alone,
                layer,
                f"the gradient of {variable.path} depends on the others' being wanted",
            )


def _check_kernels(layer, x: np.ndarray, dy: np.ndarray) -> None:
    if not kernels.available_variants():
        return
    for training in (True, False):
        reference = _run(layer, x, dy, training=training, kernel_mode="reference")
        compiled = _run(layer, x, dy, training=training, kernel_mode="cython")
        for what, expected, received in zip(_Run._fields, reference, compiled, strict=True):
            pairs = [(received, expected)] if what in ("y", "dx") else zip(received, expected, strict=True)
            for left, right in pairs:
                message = f"compiled and reference kernels differ in {what}"
                # A gradient that is zero but for rounding is as large as the rounding of what it was summed from.
                least = 0.0 if what == "y" else float(np.max(np.abs(dy), initial=0.0))
                _agree(left, right, _ROUNDING[layer.dtype], layer, message, least)


def _check_copies(layer, x: np.ndarray) -> None:
    config = layer.get_config()
    stored = json.loads(json.dumps(config))
    restored = type(layer).from_config(copy.deepcopy(stored))
    _require(json.loads(json.dumps(restored.get_config())) == stored, layer, f"from_config changed the config {config}")
    by_name = layers.deserialize(layers.serialize(layer), {type(layer).__name__: type(layer)})
    expected = _run(layer, x).y
    for other in (restored, by_name, pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer)):
        other.ensure_built((None, *x.shape[1:]))
        other.set_weights(layer.get_weights())
        _same(expected, _run(other, x).y, layer, "a copy gives another output")
        shared = any(np.shares_memory(a.value, b.value) for a, b in zip(layer.weights, other.weights, strict=True))
        _require(not shared, layer, "a copy shares weights")


def _require(condition: bool, layer: Layer, message: str) -> None:
    if not condition:
        raise AssertionError(f"{type(layer).__name__} {layer.name!r}: {message}")


def _same(first, second, layer: Layer, message: str) -> None:
    """Raises unless both are equal bit for bit; tuples and lists are compared item by item."""
    if isinstance(first, (tuple, list)):
        for left, right in zip(first, second, strict=True):
            _same(left, right, layer, message)
    elif first is not None:
        np.testing.assert_array_equal(second, first, err_msg=f"{type(layer).__name__} {layer.name!r}: {message}")


def _agree(received, expected, relative: float, layer: Layer, message: str, least: float = 0.0) -> None:
    """Raises unless both agree within ``relative`` of their largest number, or of ``least``."""
    scale = float(np.max(np.abs(expected), initial=least))
    np.testing.assert_allclose(
        received, expected, relative, relative * scale, err_msg=f"{type(layer).__name__} {layer.name!r}: {message}"
    )
