"""GRU: gated recurrent units."""

import numpy as np

from kerasnp import activations
from kerasnp.layers.base import Buffer, Workspace, register
from kerasnp.layers.fused_cell import FusedCell
from kerasnp.layers.gated_rnn import GatedRNN, options_of

UPDATE, RESET, CANDIDATE = range(3)  # the gates, in the order of the weights' columns


@register()
class GRUCell(FusedCell):
    """One step of a :class:`GRU`.

    With s the ``recurrent_activation`` and f the ``activation``, with ``reset_after``:

        u = s(x W_u + b_u + h U_u + d_u),  r = s(x W_r + b_r + h U_r + d_r)
        g = f(x W_g + b_g + r v),  v = h U_g + d_g
        h' = u h + (1 - u) g

    and without it ``g = f(x W_g + b_g + (r h) U_g)`` and no d. Backward, from dh': ``du = dh' (h - g)``,
    ``dg = dh' (1 - u)``, ``dh = dh' u``; each d times the slope of its activation is the dz of its gate. With
    ``reset_after``: ``dr = dz_g v``, ``dv = dz_g r``, and dh grows by ``dz_u U_u^T + dz_r U_r^T + dv U_g^T``. Without:
    with ``dm = dz_g U_g^T``, ``dr = dm h``, and dh grows by ``dm r + dz_u U_u^T + dz_r U_r^T``. The rest as in
    :mod:`kerasnp.layers.gated_cell`.

    Args:
        units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed: see :class:`GatedCell`.
        recurrent_activation: of the gates u and r.
        reset_after: whether r is multiplied with h U, or with h.
        **kwargs: see :class:`Layer`, and ``implementation``.

    Weights, in order: ``kernel`` (features, 3 units), ``recurrent_kernel`` (units, 3 units), ``bias`` (2, 3 units), b
    and d, or (3 units,) without ``reset_after``; the columns are those of u, r and g.
    """

    gates = 3

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        reset_after=True,
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
        self.reset_after = bool(reset_after)

    def bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def input_bias(self, array: np.ndarray | None) -> np.ndarray | None:
        return array[0] if self.reset_after and array is not None else array

    def recurrent_bias(self, array: np.ndarray | None) -> np.ndarray | None:
        return array[1] if self.reset_after and array is not None else None

    def step_buffers(self, steps: tuple[int, int, int]) -> dict[str, Buffer]:
        # "inner" is v, or without reset_after r h; "dinner" the gradient by it.
        return {
            "a": Buffer((3, *steps), "kept"),
            "inner": Buffer(steps, "kept"),
            "dinner": Buffer(steps, "backward"),
        }

    def step(self, t: int, buf: Workspace) -> None:
        z, a, inner, h, new = buf.z[:, t], buf.a[:, t], buf.inner[t], buf.h[t], buf.h[t + 1]
        for gate in (UPDATE, RESET):
            self.add_recurrent(gate, h, z[gate], buf)
            self.recurrent_activation.forward(z[gate], a[gate], buf.kernels)
        if self.reset_after:
            inner.fill(0)
            self.add_recurrent(CANDIDATE, h, inner, buf)
            np.multiply(a[RESET], inner, out=buf.product)
            z[CANDIDATE] += buf.product
        else:
            np.multiply(a[RESET], h, out=inner)
            self.add_recurrent(CANDIDATE, inner, z[CANDIDATE], buf)
        self.activation.forward(z[CANDIDATE], a[CANDIDATE], buf.kernels)
        # u h + (1 - u) g = g + u (h - g)
        np.subtract(h, a[CANDIDATE], out=new)
        new *= a[UPDATE]
        new += a[CANDIDATE]

    def step_backward(self, t: int, dstates: list[np.ndarray], buf: Workspace) -> None:
        [dh] = dstates
        z, a, dz, h = buf.z[:, t], buf.a[:, t], buf.dz[:, t], buf.h[t]
        inner, dinner = buf.inner[t], buf.dinner[t]
        np.subtract(h, a[CANDIDATE], out=dz[UPDATE])
        dz[UPDATE] *= dh
        np.multiply(dh, a[UPDATE], out=dz[RESET])
        np.subtract(dh, dz[RESET], out=dz[CANDIDATE])
        np.copyto(dh, dz[RESET])
        self.activation.backward(dz[CANDIDATE], z[CANDIDATE], a[CANDIDATE], dz[CANDIDATE], buf.kernels)
        if self.reset_after:
            np.multiply(dz[CANDIDATE], inner, out=dz[RESET])
            np.multiply(dz[CANDIDATE], a[RESET], out=dinner)
            self.add_recurrent_backward(CANDIDATE, dinner, dh, buf)
        else:
            dinner.fill(0)
            self.add_recurrent_backward(CANDIDATE, dz[CANDIDATE], dinner, buf)
            np.multiply(dinner, h, out=dz[RESET])
            dinner *= a[RESET]
            dh += dinner
        for gate in (UPDATE, RESET):
            self.recurrent_activation.backward(dz[gate], z[gate], a[gate], dz[gate], buf.kernels)
            self.add_recurrent_backward(gate, dz[gate], dh, buf)

    def recurrent_terms(self, gate: int, buf: Workspace) -> tuple[np.ndarray, np.ndarray]:
        if gate != CANDIDATE:
            return super().recurrent_terms(gate, buf)
        return (buf.h[:-1], buf.dinner) if self.reset_after else (buf.inner, buf.dz[gate])

    @property
    def fused(self) -> bool:
        return self.reset_after and super().fused

    def fused_buffers(self, steps: tuple[int, int, int]) -> dict[str, Buffer]:
        length, batch, units = steps
        return {
            "inner": Buffer(steps, "kept"),
            "product": Buffer((batch, 3 * units), "forward"),
            "dproduct": Buffer((length, batch, 3 * units), "backward"),
        }

    def fused_forward(self, mask: np.ndarray | None, buf: Workspace) -> None:
        recurrent, bias = self.recurrent_kernel.value, self.recurrent_bias(self.bias_value)
        buf.kernels.gru_forward(recurrent, bias, mask, buf.z, buf.inner, buf.h, buf.product, buf.scratch)

    def fused_backward(self, doutputs: np.ndarray, mask: np.ndarray | None, buf: Workspace) -> np.ndarray:
        recurrent = self.recurrent_kernel.value
        buf.kernels.gru_backward(
            doutputs, recurrent, mask, buf.h, buf.inner, buf.z, buf.dproduct, buf.dstates, buf.dscratch
        )
        return buf.dproduct

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "reset_after": self.reset_after,
        }


@register()
class GRU(GatedRNN):
    """Runs gated recurrent units along a sequence (Cho et al. 2014, arXiv 1406.1078).

    The output is h; :class:`GRUCell` has the formulas. With the activations tanh and sigmoid, ``reset_after`` and no
    ``recurrent_dropout`` it runs in kernels of its own, many times faster.

    Args:
        units: size of the output.
        activation, recurrent_activation, reset_after: see :class:`GRUCell`.
        use_bias, kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed: see :class:`GatedCell`.
        return_sequences, return_state, go_backwards, stateful, unroll: see :class:`RNN`.
        use_cudnn: accepted for Keras's sake, without effect.
        activity_regularizer, **kwargs: see :class:`Layer`, and ``implementation``, see :class:`GatedCell`.

    Input shape: (batch, steps, features). Output: (batch, units), or (batch, steps, units). Weights: those of
    :class:`GRUCell`.
    """

    cell_class = GRUCell
    cell_name = "gru_cell"

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        super().__init__(**options_of(locals()))

    @property
    def recurrent_activation(self):
        """The cell's ``recurrent_activation``."""
        return self.cell.recurrent_activation

    @property
    def reset_after(self) -> bool:
        """The cell's ``reset_after``."""
        return self.cell.reset_after
