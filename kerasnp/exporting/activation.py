"""Activations in operators, and the layers that are one."""

import math

import numpy as np

from kerasnp import activations
from kerasnp.activations.base import ActivationFunction, Elementwise
from kerasnp.exporting.graph import Graph, Value
from kerasnp.exporting.translation import TranslationError, refusal, translate
from kerasnp.layers.activation import ActivationLayer, Softmax
from kerasnp.layers.base import Layer
from kerasnp.layers.prelu import PReLU


def _clipped_relu(g, x, a, b, c):
    below = g.node("Mul", g.node("Sub", x, c), a) if a else 0.0
    above = x if math.isinf(b) else g.node("Min", x, b)
    return g.node("Where", g.node("Greater", x, c), above, below)


def _elu(g, x, a, b, c):
    if c == 1:
        return g.node("Mul", g.node("Elu", x, alpha=a), b) if b != 1 else g.node("Elu", x, alpha=a)
    below = g.node("Mul", g.node("Sub", g.node("Exp", g.node("Div", g.node("Min", x, 0.0), c)), 1.0), a)
    return g.node("Mul", g.node("Where", g.node("Greater", x, 0.0), x, below), b)


def _hard(g, x, slope):
    return g.node("HardSigmoid", x, alpha=slope, beta=0.5)


def _shrunk(g, x, a):
    return g.node("Sub", x, g.node("Clip", x, -a, a))


def _squareplus(g, x, a):
    return g.node("Mul", g.node("Add", x, g.node("Sqrt", g.node("Add", g.node("Mul", x, x), a))), 0.5)


def _sparse_plus(g, x):
    squared = g.node("Clip", g.node("Add", x, 1.0), 0.0, 2.0)
    below = g.node("Mul", g.node("Mul", squared, squared), 0.25)
    return g.node("Where", g.node("GreaterOrEqual", x, 1.0), x, below)


def _gelu(g, x):
    phi = g.node("Mul", g.node("Add", g.node("Erf", g.node("Mul", x, math.sqrt(0.5))), 1.0), 0.5)
    return g.node("Mul", x, phi)


def _gelu_tanh(g, x, a, b):
    inner = g.node("Mul", g.node("Mul", x, a), g.node("Add", g.node("Mul", g.node("Mul", x, x), b), 1.0))
    return g.node("Mul", x, g.node("Sigmoid", inner))


def _hard_shrink(g, x, a):
    return g.node("Where", g.node("LessOrEqual", g.node("Abs", x), a), 0.0, x)


# By the names in kerasnp.kernels.activation.FORMULAS.
_FORMULAS = {
    "relu": lambda g, x, a, b, c: g.node("Relu", x),
    "leaky_relu": lambda g, x, a, b, c: g.node("LeakyRelu", x, alpha=a),
    "clipped_relu": _clipped_relu,
    "elu": _elu,
    "exponential": lambda g, x, a, b, c: g.node("Exp", x),
    "sigmoid": lambda g, x, a, b, c: g.node("Sigmoid", x),
    "log_sigmoid": lambda g, x, a, b, c: g.node("Neg", g.node("Softplus", g.node("Neg", x))),
    "tanh": lambda g, x, a, b, c: g.node("Tanh", x),
    "softplus": lambda g, x, a, b, c: g.node("Softplus", x),
    "softsign": lambda g, x, a, b, c: g.node("Softsign", x),
    "hard_sigmoid": lambda g, x, a, b, c: _hard(g, x, 1 / 6),
    "sparse_sigmoid": lambda g, x, a, b, c: _hard(g, x, 0.5),
    "sparse_plus": lambda g, x, a, b, c: _sparse_plus(g, x),
    "squareplus": lambda g, x, a, b, c: _squareplus(g, x, a),
    "hard_shrink": lambda g, x, a, b, c: _hard_shrink(g, x, a),
    "soft_shrink": lambda g, x, a, b, c: _shrunk(g, x, a),
    "tanh_shrink": lambda g, x, a, b, c: g.node("Sub", x, g.node("Tanh", x)),
    "hard_tanh": lambda g, x, a, b, c: g.node("Clip", x, -1.0, 1.0),
    "threshold": lambda g, x, a, b, c: g.node("Where", g.node("LessOrEqual", x, a), b, x),
    "silu": lambda g, x, a, b, c: g.node("Mul", x, g.node("Sigmoid", x)),
    "hard_silu": lambda g, x, a, b, c: g.node("Mul", x, _hard(g, x, 1 / 6)),
    "mish": lambda g, x, a, b, c: g.node("Mul", x, g.node("Tanh", g.node("Softplus", x))),
    "gelu": lambda g, x, a, b, c: _gelu(g, x),
    "gelu_tanh": lambda g, x, a, b, c: _gelu_tanh(g, x, a, b),
}


def activate(layer: Layer, graph: Graph, x: Value, activation: ActivationFunction) -> Value:
    """Returns an activation of ``x``; those of rows run along the last axis.

    Raises:
        TranslationError: it is a user's function, or ``sparsemax``.
    """
    if activation is activations.linear:
        return x
    if isinstance(activation, Elementwise):
        formula, *parameters = activation.formula
        a, b, c = (float(number) for number in (*parameters, 0, 0, 0)[:3])
        return _FORMULAS[formula](graph, x, a, b, c)
    if activation is activations.softmax:
        return graph.node("Softmax", x, axis=-1)
    if activation is activations.log_softmax:
        return graph.node("LogSoftmax", x, axis=-1)
    if activation is activations.hard_sigmoid_keras2:
        return _hard(graph, x, 0.2)
    if activation is activations.glu:
        values, gates = graph.node("Split", x, count=2, axis=-1, num_outputs=2)
        return graph.node("Mul", values, graph.node("Sigmoid", gates))
    raise TranslationError(refusal(layer, f"there is no translation of its activation {activation.name!r}"))


@translate.register
def _(layer: ActivationLayer, graph, x, shape):
    return activate(layer, graph, x, layer.activation)


@translate.register
def _(layer: Softmax, graph, x, shape):
    axes = layer.axis if isinstance(layer.axis, list) else [layer.axis]
    if len(axes) == 1:
        return graph.node("Softmax", x, axis=axes[0])
    axes = np.array(axes)
    exponentials = graph.node("Exp", graph.node("Sub", x, graph.node("ReduceMax", x, axes, keepdims=1)))
    return graph.node("Div", exponentials, graph.node("ReduceSum", exponentials, axes, keepdims=1))


@translate.register
def _(layer: PReLU, graph, x, shape):
    return graph.node("PRelu", x, layer.alpha.value)
