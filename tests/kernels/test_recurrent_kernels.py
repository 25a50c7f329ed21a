"""LSTM and GRU along sequences: every form against a plain step in double precision, and against finite differences."""

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

from kerasnp import testing
from kerasnp.kernels import recurrent

TOLERANCE = {"float32": 2e-5, "float64": 1e-12}
# Steps, rows of the batch, units: none at all, one, and sizes around those of tiles and panels.
SIZES = [(0, 2, 3), (2, 0, 3), (1, 1, 1), (3, 2, 5), (4, 7, 16), (3, 13, 33), (2, 6, 130), (5, 25, 20)]
each_size = pytest.mark.parametrize("size", SIZES)
each_mask = pytest.mark.parametrize("masked", [False, True])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_step(z, u, b, h, c):
    i, f, g, o = np.split(z + h @ u, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(z, u, b, h):
    zs, zr, zg = np.split(z, 3, axis=1)
    hs, hr, hg = np.split(h @ u + b, 3, axis=1)
    s, r = sigmoid(zs + hs), sigmoid(zr + hr)
    return (s * h + (1 - s) * np.tanh(zg + r * hg),)


STEPS = {"lstm": (lstm_step, 4, 2), "gru": (gru_step, 3, 1)}
each_kind = pytest.mark.parametrize("kind", STEPS)


def expected_states(kind, z, u, b, mask, first):
    """Returns the states of all steps, (T + 1, N, U) each."""
    step, _, _ = STEPS[kind]
    states = [[state] for state in first]
    for t in range(len(z)):
        new = step(z[t], u, b, *(state[-1] for state in states))
        for state, value in zip(states, new, strict=True):
            state.append(value if mask is None else np.where(mask[t][:, None] != 0, value, state[-1]))
    return [np.array(state) for state in states]


def inputs(kind, size, masked, seed=0):
    """Returns z, u, b, the mask and the first states, in double precision."""
    steps, batch, units = size
    _, gates, states = STEPS[kind]
    generator = np.random.default_rng(seed)
    shapes = (steps, batch, gates * units), (units, gates * units), (gates * units,)
    z, u, b = (generator.standard_normal(shape) for shape in shapes)
    mask = generator.integers(2, size=(steps, batch)).astype(np.uint8) if masked else None
    first = [generator.standard_normal((batch, units)) for _ in range(states)]
    return z * 2, u / np.sqrt(units), b if kind == "gru" else 0.0, mask, first


def run(kind, form, dtype, size, z, u, b, mask, first, dh=None):
    """Returns the states, and with ``dh`` the gradients by z and by h u."""
    steps, batch, units = size
    table, gates = table_of(form, dtype), STEPS[kind][1]
    z, u = z.astype(dtype), read_only(u.astype(dtype))
    mask = None if mask is None else read_only(mask)
    states = [np.full((steps + 1, batch, units), np.nan, dtype) for _ in first]
    for state, value in zip(states, first, strict=True):
        state[0] = value
    scratch = np.full(recurrent.forward_scratch(units, gates), np.nan, dtype)
    if kind == "lstm":
        table.lstm_forward(u, mask, z, *states, scratch)
    else:
        b = read_only(b.astype(dtype)) if b is not None else None
        inner, product = np.full_like(states[0][1:], np.nan), np.full((batch, 3 * units), np.nan, dtype)
        table.gru_forward(u, b, mask, z, inner, *states, product, scratch)
    if dh is None:
        return states
    dh, states = read_only(dh.astype(dtype)), read_only(*states, states[0])
    dstates = np.full((len(first), batch, units), np.nan, dtype)
    scratch = np.full(recurrent.backward_scratch(units, gates), np.nan, dtype)
    if kind == "lstm":
        table.lstm_backward(dh, u, mask, states[1], z, dstates, scratch)
        return [*states[:2], z, z]
    dproduct = np.full_like(z, np.nan)
    table.gru_backward(dh, u, mask, states[0], inner, z, dproduct, dstates, scratch)
    return [states[0], z, dproduct]


@each_kind
@each_form
@each_dtype
@each_size
@each_mask
def test_states(kind, form, dtype, size, masked):
    given = inputs(kind, size, masked)
    received = run(kind, form, dtype, size, *given)
    for mine, right in zip(received, expected_states(kind, *given), strict=True):
        np.testing.assert_allclose(mine, right.reshape(mine.shape), TOLERANCE[dtype], TOLERANCE[dtype])


@each_form
def test_no_recurrent_bias(form):
    z, u, _, mask, first = inputs("gru", (3, 4, 5), False)
    received = run("gru", form, "float64", (3, 4, 5), z, u, None, mask, first)
    [expected] = expected_states("gru", z, u, np.zeros(15), mask, first)
    np.testing.assert_allclose(received[0], expected, 1e-12, 1e-12)


@each_kind
@each_mask
@pytest.mark.parametrize("outputs", ["all", "last"])
def test_gradients_by_finite_differences(kind, masked, outputs):
    size = steps, batch, units = (3, 2, 3)
    z, u, b, mask, first = inputs(kind, size, masked)
    dh = np.random.default_rng(5).standard_normal((steps if outputs == "all" else 1, batch, units))

    def loss(z, u):
        h = expected_states(kind, z, u, b, mask, first)[0]
        return float((h[1:] * dh).sum() if outputs == "all" else (h[-1] * dh[0]).sum())

    h, *_, dz, dproduct = run(kind, "reference", "float64", size, z, u, b, mask, first, dh)
    np.testing.assert_allclose(dz, testing.numerical_gradient(lambda z: loss(z, u), z), 1e-7, 1e-9)
    du = np.einsum("tnu,tng->ug", h[:-1], dproduct)
    np.testing.assert_allclose(du, testing.numerical_gradient(lambda u: loss(z, u), u), 1e-7, 1e-9)


@each_kind
@each_variant
@each_dtype
@each_size
@each_mask
@pytest.mark.parametrize("outputs", ["all", "last"])
def test_gradients_of_compiled_kernels(kind, variant, dtype, size, masked, outputs):
    given = inputs(kind, size, masked)
    steps, batch, units = size
    dh = np.random.default_rng(5).standard_normal((steps if outputs == "all" else 1, batch, units))
    if not steps and outputs == "last":
        return  # there is no last step
    expected = run(kind, "reference", "float64", size, *given, dh)
    for mine, right in zip(run(kind, variant, dtype, size, *given, dh), expected, strict=True):
        np.testing.assert_allclose(mine, right, 10 * TOLERANCE[dtype], 10 * TOLERANCE[dtype])


@each_kind
@each_form
@each_dtype
def test_large_numbers_saturate(kind, form, dtype):
    z, u, b, mask, first = inputs(kind, (3, 2, 4), False)
    states = run(kind, form, dtype, (3, 2, 4), np.where(z < 0, -1e4, 1e4), u, b, mask, first)
    assert np.isfinite(states).all()
    assert np.isnan(run(kind, form, dtype, (3, 2, 4), np.full_like(z, np.nan), u, b, mask, first)[0][1:]).all()


@each_kind
@each_variant
def test_threads_do_not_change_bits(kind, variant):
    size = (6, 50, 40)
    given = inputs(kind, size, True)
    dh = np.random.default_rng(5).standard_normal(size)
    check_threads(lambda: run(kind, variant, "float32", size, *given, dh))
