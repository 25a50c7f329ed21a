"""Recurrent layers: ONNX has operators for the three known cells; its sequences are (steps, batch, features)."""

import numpy as np

from kerasnp.exporting.graph import Graph, Value
from kerasnp.exporting.translation import TranslationError, refusal, reshaped, translate, translate_layer
from kerasnp.layers.base import Layer
from kerasnp.layers.bidirectional import Bidirectional
from kerasnp.layers.core import Dense
from kerasnp.layers.gru import GRU
from kerasnp.layers.lstm import LSTM
from kerasnp.layers.simple_rnn import SimpleRNN
from kerasnp.layers.wrapper import TimeDistributed

# Names in ONNX, and the factors alpha and beta of those that have some.
_ACTIVATIONS = {
    "tanh": ("Tanh", 0.0, 0.0),
    "sigmoid": ("Sigmoid", 0.0, 0.0),
    "relu": ("Relu", 0.0, 0.0),
    "hard_sigmoid": ("HardSigmoid", 1 / 6, 0.5),
    "hard_sigmoid_keras2": ("HardSigmoid", 0.2, 0.5),
    "softsign": ("Softsign", 0.0, 0.0),
    "softplus": ("Softplus", 0.0, 0.0),
    "linear": ("Affine", 1.0, 0.0),
}


def _activations(layer: Layer, *used) -> dict:
    names = [activation.name for activation in used]
    if unknown := [name for name in names if name not in _ACTIVATIONS]:
        raise TranslationError(refusal(layer, f"recurrent operators do not have the activation {unknown[0]!r}"))
    found, alpha, beta = zip(*(_ACTIVATIONS[name] for name in names), strict=True)
    return {"activations": list(found), "activation_alpha": list(alpha), "activation_beta": list(beta)}


def _run(layer, graph: Graph, x: Value, operator: str, order: list[int], attributes: dict, aligned: bool = False):
    """Adds a recurrent operator.

    Args:
        layer, graph, x: as :func:`translate` has them.
        operator: its name.
        order: the place in the layer's weights of each of the operator's gates.
        attributes: of the operator.
        aligned: whether outputs stand at the steps of their inputs, also where the layer goes backwards.
    """
    if layer.stateful or layer.return_state:
        raise TranslationError(refusal(layer, "its state goes in or out"))
    cell, units = layer.cell, layer.cell.units

    def gates(weights: np.ndarray) -> np.ndarray:
        """Returns weights (..., gates units) as (1, gates units, ...), in the operator's order."""
        parts = [weights[..., place * units : (place + 1) * units] for place in order]
        return np.concatenate(parts, axis=-1).T[None]

    bias = None
    if cell.bias is not None:
        values = cell.bias.value
        both = values if values.ndim == 2 else np.stack([values, np.zeros_like(values)])
        bias = np.concatenate([gates(part) for part in both], axis=-1)
    steps, last, *_ = graph.node(
        operator,
        graph.transpose(x, (1, 0, 2)),
        gates(cell.kernel.value),
        gates(cell.recurrent_kernel.value),
        bias,
        count=3 if operator == "LSTM" else 2,
        hidden_size=units,
        direction="reverse" if layer.go_backwards else "forward",
        **attributes,
    )
    if not layer.return_sequences:
        return graph.node("Squeeze", last, np.array([0]))
    if layer.go_backwards and not aligned:  # the layer gives its outputs in the order it made them
        steps = graph.node(
            "Slice", steps, np.array([-1]), np.array([np.iinfo(np.int64).min]), np.array([0]), np.array([-1])
        )
    return graph.transpose(graph.node("Squeeze", steps, np.array([1])), (1, 0, 2))


def _recurrent(layer, graph: Graph, x: Value, aligned: bool = False) -> Value:
    cell = layer.cell
    if isinstance(layer, LSTM):
        used = _activations(layer, cell.recurrent_activation, cell.activation, cell.activation)
        return _run(layer, graph, x, "LSTM", [0, 3, 1, 2], used, aligned)
    if isinstance(layer, GRU):
        used = _activations(layer, cell.recurrent_activation, cell.activation)
        used["linear_before_reset"] = int(cell.reset_after)
        return _run(layer, graph, x, "GRU", [0, 1, 2], used, aligned)
    return _run(layer, graph, x, "RNN", [0], _activations(layer, cell.activation), aligned)


@translate.register(LSTM)
@translate.register(GRU)
@translate.register(SimpleRNN)
def _(layer, graph, x, shape):
    return _recurrent(layer, graph, x)


@translate.register
def _(layer: Bidirectional, graph, x, shape):
    parts = (layer.forward_layer, layer.backward_layer)
    if not all(isinstance(part, (LSTM, GRU, SimpleRNN)) for part in parts):
        raise TranslationError(refusal(layer, "the layer within it has no translation"))
    ahead, back = (_recurrent(part, graph, x, aligned=True) for part in parts)
    if layer.merge_mode == "concat":
        return graph.node("Concat", ahead, back, axis=-1)
    if layer.merge_mode == "mul":
        return graph.node("Mul", ahead, back)
    total = graph.node("Add", ahead, back)
    return total if layer.merge_mode == "sum" else graph.node("Mul", total, 0.5)


@translate.register
def _(layer: TimeDistributed, graph, x, shape):
    inner = layer.layer
    if isinstance(inner, Dense):
        return translate_layer(inner, graph, x, shape)  # matrices take any number of axes before the last
    if shape[1] is None:
        raise TranslationError(refusal(layer, "the number of steps is unknown"))
    rows = graph.reshape(x, [-1, *(0 if size is None else size for size in shape[2:])])
    y = translate_layer(inner, graph, rows, (None, *shape[2:]))
    return reshaped(layer, graph, y, layer.compute_output_shape(shape))
