"""Cells whose gates and recurrent product are one kernel: LSTM and GRU with their usual activations.

The product with the inputs of all steps comes first, one for all gates. Then the kernel runs along the sequence; see
:mod:`kerasnp.kernels.recurrent`. The gradients by the weights are one product each, over all steps.
"""

import numpy as np

from kerasnp import activations
from kerasnp.kernels import dense, recurrent
from kerasnp.layers.base import Buffer, Workspace
from kerasnp.layers.cells import fill_first
from kerasnp.layers.gated_cell import GatedCell
from kerasnp.utils.arrays import rows_of


class FusedCell(GatedCell):
    """A cell with a kernel of its own, used where :attr:`fused` says that it can be."""

    @property
    def fused(self) -> bool:
        """Whether the kernel computes what the arguments ask for."""
        usual = self.activation is activations.tanh and self.recurrent_activation is activations.sigmoid
        own_dropout = self.recurrent_dropout or (self.dropout and self.implementation == 1)
        return usual and not own_dropout

    def fused_buffers(self, steps: tuple[int, int, int]) -> dict[str, Buffer]:
        """Returns what the kernel needs besides states and gates; ``steps`` is (steps, batch, units)."""
        return {}

    def fused_forward(self, mask: np.ndarray | None, buf: Workspace) -> None:
        """Makes the states from ``buf.z``, which holds x W + b."""
        raise NotImplementedError

    def fused_backward(self, doutputs: np.ndarray, mask: np.ndarray | None, buf: Workspace) -> np.ndarray:
        """Makes ``buf.z`` the gradient by x W + b, and returns the gradient by h U and its bias."""
        raise NotImplementedError

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        if not self.fused:
            return super().buffers(input_shape)
        steps, batch, features = input_shape
        units, columns = self.units, self.gates * self.units
        forward = (dense.forward_scratch(features, columns), recurrent.forward_scratch(units, self.gates))
        backward = (
            dense.backward_scratch(features, columns),
            dense.backward_scratch(units, columns),
            recurrent.backward_scratch(units, self.gates),
        )
        return {
            **{name: Buffer((steps + 1, batch, units), "kept") for name in self.state_names},
            "z": Buffer((steps, batch, columns), "kept"),
            "dstates": Buffer((len(self.state_names), batch, units), "backward"),
            "scratch": Buffer((max(forward),), "forward"),
            "dscratch": Buffer((max(backward),), "backward"),
            **self.fused_buffers((steps, batch, units)),
            **self.dropout_buffers(input_shape),
        }

    def sequence_forward(self, inputs, initial, mask, buf, training):
        if not self.fused:
            return super().sequence_forward(inputs, initial, mask, buf, training)
        self.draw_dropout(buf, training)
        x = rows_of(self.dropped_inputs(inputs, 0, buf, "dropped"))
        bias = self.input_bias(self.bias_value)
        buf.kernels.dense_forward(x, self.kernel.value, bias, False, rows_of(buf.z), buf.scratch)
        states = [getattr(buf, name) for name in self.state_names]
        fill_first(states, initial)
        self.fused_forward(mask, buf)
        return buf.h[1:], [state[-1] for state in states]

    def sequence_backward(self, doutputs, mask, dinputs, buf):
        if not self.fused:
            super().sequence_backward(doutputs, mask, dinputs, buf)
            return
        dproduct = self.fused_backward(doutputs, mask, buf)
        dz, bias = rows_of(buf.z), self.bias_gradient
        for gradient, rows, dw, db in (
            (dz, self.dropped_inputs(buf.x, 0, buf, "ddropped"), self.kernel.gradient, self.input_bias(bias)),
            (rows_of(dproduct), buf.h[:-1], self.recurrent_kernel.gradient, self.recurrent_bias(bias)),
        ):
            if dw is not None or db is not None:
                buf.kernels.dense_backward_weights(gradient, rows_of(rows), dw, db, buf.dscratch)
        if dinputs is not None:
            buf.kernels.dense_backward_input(dz, self.kernel.value, rows_of(dinputs), buf.dscratch)
            self.drop_gradient(dinputs, 0, buf)
