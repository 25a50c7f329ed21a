"""The optimizer updates: compiled against reference, any number of threads, values that are not finite."""

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

from kerasnp.kernels import update, update_rare

# Name, scalars after the gradients, which of the slots that follow are given.
RULES = [
    ("sgd", (0.1, 0.01, 0.9, False), (False,)),
    ("sgd", (0.1, 0.01, 0.9, False), (True,)),
    ("sgd", (0.1, 0.0, 0.9, True), (True,)),
    ("adagrad", (0.1, 0.01, 1e-7), (True,)),
    ("rmsprop", (0.1, 0.01, 0.9, 0.5, 1e-3), (True, False, False)),
    ("rmsprop", (0.1, 0.01, 0.9, 0.5, 1e-3), (True, True, False)),
    ("rmsprop", (0.1, 0.0, 0.9, 0.5, 1e-3), (True, False, True)),
    ("rmsprop", (0.1, 0.01, 0.9, 0.5, 1e-3), (True, True, True)),
    ("adadelta", (0.1, 0.01, 0.9, 1e-6), (True, True)),
    ("adam", (0.1, 0.01, 0.9, 0.99, 1e-7), (True, True, False)),
    ("adam", (0.1, 0.0, 0.9, 0.99, 1e-7), (True, True, True)),
    ("nadam", (0.1, 0.05, 1.5, 0.01, 0.9, 0.99, 1e-7), (True, True)),
    ("adamax", (0.1, 0.01, 0.9, 0.99, 1e-7), (True, True)),
    ("ftrl", (0.1, 0.01, 0.5, 0.3, 0.2, 0.05), (True, True)),
    ("ftrl", (1.0, 0.0, 0.7, 0.0, 0.0, 0.0), (True, True)),
    ("lion", (0.1, 0.01, 0.9, 0.99), (True,)),
    ("schedule_free", (0.1, 0.01, 1.5, 0.9, 0.99, 1e-7, 0.25), (True, True)),
]
SIZES = [0, 1, 7, 16, 4096, 4099, 10_000]

each_rule = pytest.mark.parametrize(("name", "scalars", "present"), RULES)


def rule_vectors(present, size, dtype):
    """Returns gradients (read-only), the slots (positive, so that each may be a second moment) and the weights."""
    rng = np.random.default_rng(size)
    gradients = read_only(rng.standard_normal(size).astype(dtype))
    # Centered RMSprop subtracts the square of its last slot from its first.
    slots = [rng.uniform(1, 2, size).astype(dtype) / (1 + 2 * k) if given else None for k, given in enumerate(present)]
    return gradients, slots, rng.standard_normal(size).astype(dtype)


def run_rule(table, name, scalars, present, size, dtype, steps=2):
    gradients, slots, values = rule_vectors(present, size, dtype)
    for _ in range(steps):
        assert getattr(table, name)(gradients, *scalars, *slots, values) is None
    return [slot for slot in slots if slot is not None] + [values]


def tolerance(dtype):
    return {"rtol": 1e-5, "atol": 1e-6} if dtype == "float32" else {"rtol": 1e-12, "atol": 1e-13}


@pytest.mark.parametrize("size", SIZES)
@each_variant
@each_dtype
@each_rule
def test_rules_agree_with_the_reference(variant, name, scalars, present, size, dtype):
    found = run_rule(table_of(variant, dtype), name, scalars, present, size, dtype)
    expected = run_rule(update if hasattr(update, name) else update_rare, name, scalars, present, size, dtype)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, **tolerance(dtype))


@each_form
@each_dtype
@each_rule
def test_rules_leave_padding_at_zero(form, name, scalars, present, dtype):
    nothing = np.zeros(5, dtype)
    slots = [nothing.copy() if given else None for given in present]
    values = nothing.copy()
    getattr(table_of(form, dtype), name)(nothing, *scalars, *slots, values)
    for vector in [*filter(lambda slot: slot is not None, slots), values]:
        np.testing.assert_array_equal(vector, nothing)


@each_variant
@each_rule
def test_threads_do_not_change_bits(variant, name, scalars, present):
    table = table_of(variant, "float32")
    check_threads(lambda: run_rule(table, name, scalars, present, 50_001, "float32", steps=1))


@pytest.mark.parametrize("size", SIZES)
@each_variant
@each_dtype
def test_helpers_agree_with_the_reference(variant, size, dtype):
    rng = np.random.default_rng(size)
    start, other = (rng.standard_normal(size).astype(dtype) for _ in range(2))
    results = []
    for table in (table_of(variant, dtype), update):
        average, decayed, scaled, clipped = (start.copy() for _ in range(4))
        table.moving_average(other, 0.9, average)
        table.decay(0.1, decayed)
        table.scale(-3.0, scaled)
        table.clip(0.5, clipped)
        results.append([average, decayed, scaled, clipped])
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, **tolerance(dtype))


@pytest.mark.parametrize("size", SIZES)
@each_variant
@each_dtype
def test_lambs_two_halves_agree_with_the_reference(variant, size, dtype):
    results = []
    for table in (table_of(variant, dtype), update_rare):
        gradients, slots, values = rule_vectors((True, True), size, dtype)
        direction = gradients.copy()
        table.lamb_direction(1.5, 1.2, 0.01, 0.9, 0.99, 1e-7, *slots, values, direction)
        table.add_scaled(-0.3, read_only(direction), values)
        results.append([direction, *slots, values])
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, **tolerance(dtype))


@each_variant
def test_threads_do_not_change_bits_of_lamb(variant):
    def run():
        gradients, slots, values = rule_vectors((True, True), 50_001, "float32")
        direction = gradients.copy()
        table_of(variant, "float32").lamb_direction(1.5, 1.2, 0.01, 0.9, 0.99, 1e-7, *slots, values, direction)
        table_of(variant, "float32").add_scaled(-0.3, direction, values)
        return [direction, *slots, values]

    check_threads(run)


@each_form
@each_dtype
def test_ftrl_without_any_gradient(form, dtype):
    zeros, values = np.zeros(3, dtype), np.ones(3, dtype)
    table_of(form, dtype).ftrl(zeros, 0.1, 0.0, 0.5, 0.1, 0.0, 0.0, zeros.copy(), zeros.copy(), values)
    np.testing.assert_array_equal(values, 0)  # 0 / 0


@pytest.mark.parametrize("parts", [1, 3, 64])
@pytest.mark.parametrize("size", SIZES)
@each_form
@each_dtype
def test_squared_norm(form, size, parts, dtype):
    vector = read_only(np.random.default_rng(size).standard_normal(size).astype(dtype))
    total = np.full(1, np.nan)
    table_of(form, dtype).squared_norm(vector, total, np.full(parts, np.nan))
    np.testing.assert_allclose(total[0], np.sum(vector.astype(np.float64) ** 2), rtol=1e-13)


@each_variant
def test_threads_do_not_change_bits_of_the_norm(variant):
    vector = np.random.default_rng(0).standard_normal(100_003).astype(np.float32)

    def run():
        total = np.zeros(1)
        table_of(variant, "float32").squared_norm(vector, total, np.zeros(64))
        return (total,)

    check_threads(run)


@each_form
def test_squared_norm_of_large_float32_numbers_does_not_overflow(form):
    total = np.zeros(1)
    table_of(form, "float32").squared_norm(np.full(100, 1e30, np.float32), total, np.zeros(4))
    np.testing.assert_allclose(total[0], 1e62, rtol=1e-6)


@each_form
@each_dtype
def test_not_a_number_stays(form, dtype):
    table = table_of(form, dtype)
    vector = np.array([np.nan, np.inf, -np.inf, 1.0], dtype)
    table.clip(2.0, vector)
    np.testing.assert_array_equal(vector, np.array([np.nan, 2.0, -2.0, 1.0], dtype))
    total = np.zeros(1)
    table.squared_norm(vector, total, np.zeros(3))
    assert np.isnan(total[0])
    for name, scalars, present in RULES:
        slots = [np.ones(4, dtype) if given else None for given in present]
        values = np.ones(4, dtype)
        getattr(table, name)(np.array([np.nan, 1, 1, 1], dtype), *scalars, *slots, values)
        np.testing.assert_array_equal(np.isnan(values), [True, False, False, False])
