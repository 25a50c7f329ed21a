"""What the cells of SimpleRNN, LSTM and GRU share: their settings and weights, and the way along a sequence.

Each has gates: vectors of ``units`` numbers that are linear in the input x and in the output h of the step before. The
weights of all gates stand beside each other, ``kernel`` (features, gates units) and ``recurrent_kernel`` (units, gates
units), but here they are taken apart, gate by gate, so that each gate's numbers are one contiguous matrix:

    z[gate] = x W[gate] + b[gate]       for all steps at once, before the first one
    z[gate] += h U[gate]                step by step

What becomes of the gates is the cell's own affair: ``step`` and ``step_backward``. From the gradients dz of all steps
follow, again for all steps at once, ``dW = x^T dz``, ``dU = h^T dz``, ``db`` as the sum of dz, and ``dx = dz W^T``.

With ``dropout`` the inputs, with ``recurrent_dropout`` the h are multiplied by numbers that are drawn once for a
sequence (Gal and Ghahramani 2016, arXiv 1512.05287): 0, or 1 / (1 - rate). They are the same for all gates, or with
``implementation=1`` each gate has its own.
"""

from typing import ClassVar

import numpy as np

from kerasnp import activations, constraints, initializers, regularizers
from kerasnp.kernels import dense
from kerasnp.layers.base import Buffer, Shape, Workspace
from kerasnp.layers.cell_dropout import CellDropout
from kerasnp.layers.cells import SequenceCell, fill_first, hold
from kerasnp.random import SeedGenerator
from kerasnp.utils.arrays import rows_of
from kerasnp.utils.shapes import positive_integer
from kerasnp.variables import Variable

# Arguments that stand for one object each, with the module whose get and serialize they go through.
SETTINGS = {
    "activation": activations,
    "kernel_initializer": initializers,
    "recurrent_initializer": initializers,
    "bias_initializer": initializers,
    "kernel_regularizer": regularizers,
    "recurrent_regularizer": regularizers,
    "bias_regularizer": regularizers,
    "kernel_constraint": constraints,
    "recurrent_constraint": constraints,
    "bias_constraint": constraints,
}


class GatedCell(CellDropout, SequenceCell):
    """A cell with gates.

    Args:
        units: size of the states and of the output.
        activation: of the output.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: initial values of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on them.
        kernel_constraint, recurrent_constraint, bias_constraint: projections of them after each step of training.
        dropout, recurrent_dropout: probabilities, from 0 to 1, of dropping a number of the input, and of h.
        seed: an integer makes the layer drop the same numbers in each run.
        implementation: 1 gives each gate its own dropout, and so does a ``recurrent_dropout``.
        **kwargs: see :class:`Layer`.
    """

    gates: ClassVar[int] = 1
    state_names: ClassVar[tuple[str, ...]] = ("h",)

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        implementation=2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = positive_integer(units, "units", f"{type(self).__name__} layer {self.name!r}")
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        if self.dropout or self.recurrent_dropout:
            self.seed_generator = SeedGenerator(seed)
        self.implementation = 1 if self.recurrent_dropout else implementation
        self.kernel: Variable | None = None
        self.recurrent_kernel: Variable | None = None
        self.bias: Variable | None = None

    @property
    def state_size(self):
        """The size of the state, or a list of sizes."""
        return self.units if len(self.state_names) == 1 else [self.units] * len(self.state_names)

    @property
    def output_size(self) -> int:
        return self.units

    def build(self, input_shape: Shape) -> None:
        if input_shape[-1] is None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} needs to know the number of features; received inputs of shape "
                f"{tuple(input_shape)} a step."
            )
        for name, shape in (
            ("kernel", (input_shape[-1], self.gates * self.units)),
            ("recurrent_kernel", (self.units, self.gates * self.units)),
            ("bias", self.bias_shape()),
        ):
            kind = "recurrent" if name == "recurrent_kernel" else name
            if name != "bias" or self.use_bias:
                weight = self.add_weight(
                    shape,
                    self.first_bias if name == "bias" else getattr(self, f"{kind}_initializer"),
                    regularizer=getattr(self, f"{kind}_regularizer"),
                    constraint=getattr(self, f"{kind}_constraint"),
                    name=name,
                )
                setattr(self, name, weight)

    def bias_shape(self) -> tuple[int, ...]:
        """Returns the shape of the bias."""
        return (self.gates * self.units,)

    def first_bias(self, shape, dtype=None) -> np.ndarray:
        """Returns what the bias starts with."""
        return self.bias_initializer(shape, dtype=dtype)

    def gate_part(self, array: np.ndarray | None, gate: int) -> np.ndarray | None:
        """Returns a view of the columns of one gate; None of None."""
        return None if array is None else array[..., gate * self.units : (gate + 1) * self.units]

    def input_bias(self, array: np.ndarray | None) -> np.ndarray | None:
        """Returns what of the bias, or of its gradient, is added to x W."""
        return array

    def recurrent_bias(self, array: np.ndarray | None) -> np.ndarray | None:
        """Returns what of the bias, or of its gradient, is added to h U."""
        return None

    @property
    def bias_value(self) -> np.ndarray | None:
        return None if self.bias is None else self.bias.value

    @property
    def bias_gradient(self) -> np.ndarray | None:
        return None if self.bias is None else self.bias.gradient

    # -- what a cell adds --------------------------------------------------------------------------

    def step_buffers(self, steps: tuple[int, int, int]) -> dict[str, Buffer]:
        """Returns the buffers of ``step`` and ``step_backward``; ``steps`` is (steps, batch, units)."""
        return {}

    def step(self, t: int, buf: Workspace) -> None:
        """Computes the states ``t + 1`` from the states ``t`` and from ``buf.z[:, t]``, which has x W + b."""
        raise NotImplementedError

    def step_backward(self, t: int, dstates: list[np.ndarray], buf: Workspace) -> None:
        """Writes ``buf.dz[:, t]``, and turns the gradients by the states ``t + 1`` into those by the states ``t``."""
        raise NotImplementedError

    def recurrent_terms(self, gate: int, buf: Workspace) -> tuple[np.ndarray, np.ndarray]:
        """Returns what U of a gate was multiplied with in all steps, and the gradients by these products."""
        return buf.h[:-1], buf.dz[gate]

    # -- along a sequence --------------------------------------------------------------------------

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        steps, batch, features = input_shape
        gates, units = self.gates, self.units
        each, sizes = (steps, batch, units), ((features, units), (units, units))
        buffers = {name: Buffer((steps + 1, batch, units), "kept") for name in self.state_names}
        buffers |= self.step_buffers(each)
        buffers |= {
            "z": Buffer((gates, *each), "kept"),
            "dz": Buffer((gates, *each), "backward"),
            "kernel_parts": Buffer((gates, features, units), "kept"),
            "recurrent_parts": Buffer((gates, units, units), "kept"),
            "dkernel": Buffer((features, units), "backward"),
            "drecurrent": Buffer((units, units), "backward"),
            "dbias": Buffer((units,), "backward"),
            "product": Buffer((batch, units), "forward"),
            "dproduct": Buffer((batch, units), "backward"),
            "dinput_part": Buffer((steps, batch, features), "backward"),
            "dstates": Buffer((2, len(self.state_names), batch, units), "backward"),
            "scratch": Buffer((max(dense.forward_scratch(*size) for size in sizes),), "forward"),
            "dscratch": Buffer((max(dense.backward_scratch(*size) for size in sizes),), "backward"),
        }
        return buffers | self.dropout_buffers(input_shape)

    def sequence_forward(self, inputs, initial, mask, buf, training):
        self.draw_dropout(buf, training)
        for whole, parts in ((self.kernel, buf.kernel_parts), (self.recurrent_kernel, buf.recurrent_parts)):
            np.copyto(parts, whole.value.reshape(len(whole.value), self.gates, self.units).swapaxes(0, 1))
        bias = self.input_bias(self.bias_value)
        for gate in range(self.gates):
            x = self.dropped_inputs(inputs, gate, buf, "dropped")
            buf.kernels.dense_forward(
                rows_of(x), buf.kernel_parts[gate], self.gate_part(bias, gate), False, rows_of(buf.z[gate]), buf.scratch
            )
        states = [getattr(buf, name) for name in self.state_names]
        fill_first(states, initial)
        for t in range(len(inputs)):
            self.step(t, buf)
            if mask is not None:
                hold(states, t, mask[t])
        return buf.h[1:], [state[-1] for state in states]

    def sequence_backward(self, doutputs, mask, dinputs, buf):
        dstates, dheld = list(buf.dstates[0]), list(buf.dstates[1])
        buf.dstates[0] = 0
        last = len(buf.x) - 1
        for t in range(last, -1, -1):
            if len(doutputs) > last:
                dstates[0] += doutputs[t]
            elif t == last:
                dstates[0] += doutputs[0]
            if mask is not None:
                counts = mask[t][:, None]
                for gradient, held in zip(dstates, dheld, strict=True):
                    np.multiply(gradient, counts == 0, out=held)
                    gradient *= counts
            self.step_backward(t, dstates, buf)
            if mask is not None:
                for gradient, held in zip(dstates, dheld, strict=True):
                    gradient += held
        for gate in range(self.gates):
            self._weight_gradients(gate, buf)
            if dinputs is not None:
                part = dinputs if gate == 0 else buf.dinput_part
                buf.kernels.dense_backward_input(
                    rows_of(buf.dz[gate]), buf.kernel_parts[gate], rows_of(part), buf.dscratch
                )
                self.drop_gradient(part, gate, buf)
                if gate:
                    dinputs += part

    def _weight_gradients(self, gate: int, buf: Workspace) -> None:
        x = self.dropped_inputs(buf.x, gate, buf, "ddropped")
        h, dproduct = self.recurrent_terms(gate, buf)
        for rows, dz, weight, dw, dbias in (
            (x, buf.dz[gate], self.kernel, buf.dkernel, self.input_bias(self.bias_gradient)),
            (None, dproduct, self.recurrent_kernel, buf.drecurrent, self.recurrent_bias(self.bias_gradient)),
        ):
            if weight.gradient is None and dbias is None:
                continue
            rows = self.dropped_states(h, gate, buf) if rows is None else rows
            wanted = [None if weight.gradient is None else dw, None if dbias is None else buf.dbias]
            buf.kernels.dense_backward_weights(rows_of(dz), rows_of(rows), *wanted, buf.dscratch)
            if weight.gradient is not None:
                np.copyto(self.gate_part(weight.gradient, gate), dw)
            if dbias is not None:
                np.copyto(self.gate_part(dbias, gate), buf.dbias)

    def add_recurrent(self, gate: int, h: np.ndarray, z: np.ndarray, buf: Workspace) -> None:
        """``z += h U[gate] + b``, with h dropped; for one step (batch, units)."""
        bias = self.gate_part(self.recurrent_bias(self.bias_value), gate)
        if buf.drops_states:
            h = np.multiply(h, buf.state_factors[gate], out=buf.dropped_h)
        buf.kernels.dense_forward(h, buf.recurrent_parts[gate], bias, False, buf.product, buf.scratch)
        z += buf.product

    def add_recurrent_backward(self, gate: int, dz: np.ndarray, dh: np.ndarray, buf: Workspace) -> None:
        """``dh += dz U[gate]^T``, dropped likewise."""
        buf.kernels.dense_backward_input(dz, buf.recurrent_parts[gate], buf.dproduct, buf.dscratch)
        if buf.drops_states:
            buf.dproduct *= buf.state_factors[gate]
        dh += buf.dproduct

    # -- configuration -----------------------------------------------------------------------------

    def get_config(self) -> dict:
        settings = {name: module.serialize(getattr(self, name)) for name, module in SETTINGS.items()}
        names = ("units", "use_bias", "dropout", "recurrent_dropout", "seed")
        return {**super().get_config(), **settings, **{name: getattr(self, name) for name in names}}
