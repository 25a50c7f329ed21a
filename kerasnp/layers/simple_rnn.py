"""SimpleRNN: the output of a step is part of the input of the next."""

import numpy as np

from kerasnp.layers.base import Buffer, Workspace, register
from kerasnp.layers.gated_cell import GatedCell
from kerasnp.layers.gated_rnn import GatedRNN, options_of


@register()
class SimpleRNNCell(GatedCell):
    """One step of a :class:`SimpleRNN`: ``h' = f(x W + h U + b)``.

    Backward: ``dz = dh' f'(z)`` with ``z = x W + h U + b``, and ``dh = dz U^T``; the rest as in
    :mod:`kerasnp.layers.gated_cell`.

    Args:
        units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed: see :class:`GatedCell`.
        **kwargs: see :class:`Layer`.

    Weights, in order: ``kernel`` (features, units), ``recurrent_kernel`` (units, units), ``bias`` (units,).
    """

    def step(self, t: int, buf: Workspace) -> None:
        z = buf.z[0, t]
        self.add_recurrent(0, buf.h[t], z, buf)
        self.activation.forward(z, buf.a[t], buf.kernels)
        np.copyto(buf.h[t + 1], buf.a[t])

    def step_backward(self, t: int, dstates: list[np.ndarray], buf: Workspace) -> None:
        [dh] = dstates
        dz = buf.dz[0, t]
        self.activation.backward(dh, buf.z[0, t], buf.a[t], dz, buf.kernels)
        dh.fill(0)
        self.add_recurrent_backward(0, dz, dh, buf)

    def step_buffers(self, steps: tuple[int, int, int]) -> dict[str, Buffer]:
        return {"a": Buffer(steps, "kept")}


@register()
class SimpleRNN(GatedRNN):
    """Runs ``h[t+1] = f(x[t] W + h[t] U + b)`` along a sequence; the output is h (Elman 1990, Cognitive Science 14).

    Args:
        units: size of the output.
        activation: f.
        use_bias, kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed: see :class:`GatedCell`.
        return_sequences, return_state, go_backwards, stateful, unroll: see :class:`RNN`.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, features). Output: (batch, units), or (batch, steps, units). Weights: those of
    :class:`SimpleRNNCell`.
    """

    cell_class = SimpleRNNCell
    cell_name = "simple_rnn_cell"
    hidden = ("seed",)  # as in Keras

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
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(**options_of(locals()))
