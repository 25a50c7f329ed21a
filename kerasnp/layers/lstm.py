"""LSTM: long short-term memory."""

import numpy as np

from kerasnp import activations, initializers
from kerasnp.layers.base import Buffer, Workspace, register
from kerasnp.layers.fused_cell import FusedCell
from kerasnp.layers.gated_rnn import GatedRNN, options_of

INPUT, FORGET, CANDIDATE, OUTPUT = range(4)  # the gates, in the order of the weights' columns


@register()
class LSTMCell(FusedCell):
    """One step of an :class:`LSTM`.

    With z the four gates x W + h U + b, s the ``recurrent_activation`` and f the ``activation``:

        i = s(z_i),  r = s(z_f),  g = f(z_c),  o = s(z_o)
        c' = r c + i g
        h' = o f(c')

    Backward, from dh' and dc': ``do = dh' f(c')``; dc' grows by ``dh' o f'(c')``; ``dr = dc' c``, ``di = dc' g``,
    ``dg = dc' i``, ``dc = dc' r``; each times the slope of its activation is the dz of its gate, and
    ``dh = dz U^T``; the rest as in :mod:`kerasnp.layers.gated_cell`.

    Args:
        units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed: see :class:`GatedCell`.
        recurrent_activation: of the gates i, r and o.
        unit_forget_bias: whether the bias of r starts at 1 (Jozefowicz et al. 2015).
        **kwargs: see :class:`Layer`, and ``implementation``.

    Weights, in order: ``kernel`` (features, 4 units), ``recurrent_kernel`` (units, 4 units), ``bias`` (4 units,); the
    columns are those of i, r, g and o.
    """

    gates = 4
    state_names = ("h", "c")

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **kwargs,
        )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = bool(unit_forget_bias)

    def first_bias(self, shape, dtype=None) -> np.ndarray:
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype=dtype)
        parts = [self.bias_initializer((size * self.units,), dtype=dtype) for size in (1, 2)]
        return np.concatenate([parts[0], initializers.get("ones")((self.units,), dtype=dtype), parts[1]])

    def gate_activations(self) -> list:
        """Returns the activation of each gate."""
        return [self.activation if gate == CANDIDATE else self.recurrent_activation for gate in range(4)]

    def step_buffers(self, steps: tuple[int, int, int]) -> dict[str, Buffer]:
        return {"a": Buffer((4, *steps), "kept"), "activated": Buffer(steps, "kept")}

    def step(self, t: int, buf: Workspace) -> None:
        z, a = buf.z[:, t], buf.a[:, t]
        for gate, activation in enumerate(self.gate_activations()):
            self.add_recurrent(gate, buf.h[t], z[gate], buf)
            activation.forward(z[gate], a[gate], buf.kernels)
        c = buf.c[t + 1]
        np.multiply(a[FORGET], buf.c[t], out=c)
        np.multiply(a[INPUT], a[CANDIDATE], out=buf.product)
        c += buf.product
        self.activation.forward(c, buf.activated[t], buf.kernels)
        np.multiply(a[OUTPUT], buf.activated[t], out=buf.h[t + 1])

    def step_backward(self, t: int, dstates: list[np.ndarray], buf: Workspace) -> None:
        dh, dc = dstates
        z, a, dz = buf.z[:, t], buf.a[:, t], buf.dz[:, t]
        np.multiply(dh, buf.activated[t], out=dz[OUTPUT])
        np.multiply(dh, a[OUTPUT], out=dh)
        self.activation.backward(dh, buf.c[t + 1], buf.activated[t], dh, buf.kernels)
        dc += dh
        np.multiply(dc, a[CANDIDATE], out=dz[INPUT])
        np.multiply(dc, buf.c[t], out=dz[FORGET])
        np.multiply(dc, a[INPUT], out=dz[CANDIDATE])
        dc *= a[FORGET]
        dh.fill(0)
        for gate, activation in enumerate(self.gate_activations()):
            activation.backward(dz[gate], z[gate], a[gate], dz[gate], buf.kernels)
            self.add_recurrent_backward(gate, dz[gate], dh, buf)

    def fused_forward(self, mask: np.ndarray | None, buf: Workspace) -> None:
        buf.kernels.lstm_forward(self.recurrent_kernel.value, mask, buf.z, buf.h, buf.c, buf.scratch)

    def fused_backward(self, doutputs: np.ndarray, mask: np.ndarray | None, buf: Workspace) -> np.ndarray:
        recurrent = self.recurrent_kernel.value
        buf.kernels.lstm_backward(doutputs, recurrent, mask, buf.c, buf.z, buf.dstates, buf.dscratch)
        return buf.z

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "unit_forget_bias": self.unit_forget_bias,
        }


@register()
class LSTM(GatedRNN):
    """Runs long short-term memory along a sequence (Hochreiter and Schmidhuber 1997, Neural Computation 9).

    The output is h; :class:`LSTMCell` has the formulas. With the activations tanh and sigmoid and without
    ``recurrent_dropout`` it runs in kernels of its own, many times faster.

    Args:
        units: size of the output.
        activation, recurrent_activation, unit_forget_bias: see :class:`LSTMCell`.
        use_bias, kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed: see :class:`GatedCell`.
        return_sequences, return_state, go_backwards, stateful, unroll: see :class:`RNN`.
        use_cudnn: accepted for Keras's sake, without effect.
        activity_regularizer, **kwargs: see :class:`Layer`, and ``implementation``, see :class:`GatedCell`.

    Input shape: (batch, steps, features). Output: (batch, units), or (batch, steps, units). Weights: those of
    :class:`LSTMCell`.
    """

    cell_class = LSTMCell
    cell_name = "lstm_cell"

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        use_cudnn="auto",
        **kwargs,
    ):
        super().__init__(**options_of(locals()))

    @property
    def recurrent_activation(self):
        """The cell's ``recurrent_activation``."""
        return self.cell.recurrent_activation

    @property
    def unit_forget_bias(self) -> bool:
        """The cell's ``unit_forget_bias``."""
        return self.cell.unit_forget_bias
