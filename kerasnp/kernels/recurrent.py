"""Recurrent cells along whole sequences, from the products x W + b of all steps: reference kernels.

Shapes: steps T, batch N, units U. The gates of a step stand beside each other, each U columns wide. Sequences have
their steps first, so a step is one contiguous matrix. The states h, and c, have T + 1 steps: entry t + 1 is what step t
makes of entry t, and entry 0 is there before.

A mask (T, N), or None, is zero where a step is left out: it keeps its row of the states, and has no gradient.

The formulas of a step are those of layers/lstm.py and layers/gru.py with tanh and sigmoid as activations, whose slopes
follow from their values: 1 - tanh^2, and s (1 - s).
"""

import numpy as np

from kerasnp.kernels.conv2d import panel_scratch

__all__ = ["gru_backward", "gru_forward", "lstm_backward", "lstm_forward"]


def forward_scratch(units: int, gates: int) -> int:
    """Returns how many numbers the forward kernels need as ``scratch``."""
    return panel_scratch(units, gates * units)


def backward_scratch(units: int, gates: int) -> int:
    """Returns how many numbers the backward kernels need as ``scratch``."""
    return panel_scratch(gates * units, units)


def lstm_forward(u, mask, z, h, c, scratch):
    """Runs an LSTM: with ``i, f, g, o = z[t] + h[t] u``, each through its activation, c = f c + i g, h = o tanh(c).

    Args:
        u: recurrent weights (U, 4U), the gates in the order i, f, g, o.
        mask: (T, N), uint8, or None.
        z: (T, N, 4U): holds x W + b, becomes the gates' values.
        h, c: (T + 1, N, U), entry 0 given, the others written.
        scratch: :func:`forward_scratch` long.
    """
    for t in range(len(z)):
        i, f, g, o = np.split(z[t], 4, axis=1)
        z[t] += h[t] @ u
        for gate in (i, f, o):
            gate[...] = _sigmoid(gate)
        g[...] = np.tanh(g)
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])
        _hold(mask, t, h, c)


def lstm_backward(dh, u, mask, c, z, dstates, scratch):
    """The gradients by what the gates' activations got, from those by h.

    Args:
        dh: gradient by h[1:], (T, N, U), or (1, N, U) if it is zero but for the last step.
        u, mask, c: as forward had them.
        z: (T, N, 4U): holds the gates' values, becomes the gradient by x W + b, which is that by h u too.
        dstates: (2, N, U), scratch.
        scratch: :func:`backward_scratch` long.
    """
    dh_next, dc = dstates
    dstates.fill(0)
    for t in reversed(range(len(z))):
        i, f, g, o = np.split(z[t], 4, axis=1)
        _add_output_gradient(dh, t, len(z), dh_next)
        dh_kept, dc_kept = _held(mask, t, dh_next), _held(mask, t, dc)
        tanh = np.tanh(c[t + 1])
        dc += dh_next * o * (1 - tanh * tanh)
        gradients = [
            dc * g * i * (1 - i),
            dc * c[t] * f * (1 - f),
            dc * i * (1 - g * g),
            dh_next * tanh * o * (1 - o),
        ]
        dc[...] = dc * f + dc_kept
        z[t] = np.concatenate(gradients, axis=1)
        dh_next[...] = z[t] @ u.T + dh_kept


def gru_forward(u, b, mask, z, inner, h, product, scratch):
    """Runs a GRU: ``r, s = sigmoid``, of gates s (update) and r (reset), and ``h = s h + (1 - s) tanh(z_g + r v)``.

    Here v, and what is added to z of the first two gates, are the three parts of ``h[t] u + b``.

    Args:
        u: recurrent weights (U, 3U), the gates in the order s, r, g.
        b: recurrent bias (3U,), or None.
        mask: (T, N), uint8, or None.
        z: (T, N, 3U): holds x W and its bias, becomes the gates' values.
        inner: (T, N, U), written: v.
        h: (T + 1, N, U), entry 0 given, the others written.
        product: (N, 3U), scratch.
        scratch: :func:`forward_scratch` long.
    """
    for t in range(len(z)):
        s, r, g = np.split(z[t], 3, axis=1)
        np.matmul(h[t], u, out=product)
        if b is not None:
            product += b
        hs, hr, v = np.split(product, 3, axis=1)
        s[...] = _sigmoid(s + hs)
        r[...] = _sigmoid(r + hr)
        inner[t] = v
        g[...] = np.tanh(g + r * v)
        h[t + 1] = g + s * (h[t] - g)
        _hold(mask, t, h)


def gru_backward(dh, u, mask, h, inner, z, dproduct, dstates, scratch):
    """The gradients by what the gates' activations got, from those by h.

    Args:
        dh: gradient by h[1:], (T, N, U), or (1, N, U) if it is zero but for the last step.
        u, mask, h, inner: as forward had them.
        z: (T, N, 3U): holds the gates' values, becomes the gradient by x W and its bias.
        dproduct: (T, N, 3U), written: the gradient by h u + b.
        dstates: (1, N, U), scratch.
        scratch: :func:`backward_scratch` long.
    """
    [dh_next] = dstates
    dstates.fill(0)
    for t in reversed(range(len(z))):
        s, r, g = np.split(z[t], 3, axis=1)
        _add_output_gradient(dh, t, len(z), dh_next)
        kept = _held(mask, t, dh_next)
        dg = dh_next * (1 - s) * (1 - g * g)
        ds = dh_next * (h[t] - g) * s * (1 - s)
        dr = dg * inner[t] * r * (1 - r)
        dproduct[t] = np.concatenate([ds, dr, dg * r], axis=1)
        kept = kept + dh_next * s
        z[t] = np.concatenate([ds, dr, dg], axis=1)
        dh_next[...] = dproduct[t] @ u.T + kept


def _sigmoid(x):
    # The exponential of a large number would overflow.
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def _hold(mask, t, *states):
    """Where a step is left out the states stay as they were."""
    if mask is not None:
        for state in states:
            np.copyto(state[t + 1], state[t], where=(mask[t] == 0)[:, None])


def _add_output_gradient(dh, t, steps, total):
    if len(dh) == steps:
        total += dh[t]
    elif t == steps - 1:
        total += dh[0]


def _held(mask, t, gradient):
    """Returns the part of the gradient by a state that goes past step ``t``, and takes it away."""
    if mask is None:
        return 0
    held = gradient * (mask[t] == 0)[:, None]
    gradient *= (mask[t] != 0)[:, None]
    return held
