"""Dropout kernels, both kinds: the same bits, kept with the right probability, from any seed."""

import itertools

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

from kerasnp.random import splitmix64

SEEDS = [0, 1, 12345678901234567890, 2**64 - 1]


def drop(form, dtype, x, rate, seed):
    x = read_only(np.array(x, dtype))
    y, mask = np.full_like(x, np.nan), np.full(x.shape, 9, np.uint8)
    table_of(form, dtype).dropout_forward(x, rate, seed, y, mask)
    return y, mask


@each_form
@each_dtype
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_bits_are_those_of_the_generator(form, dtype, seed, count):
    y, mask = drop(form, dtype, np.ones(count), 0.4, seed)
    key, word = splitmix64(seed), 2**32 - 1
    expected = []
    for i in range(count):
        z = i * 0x9E3779B9 + key & word
        z = (z ^ z >> 16) * 0x85EBCA6B & word ^ key >> 32
        z = (z ^ z >> 13) * 0xC2B2AE35 & word
        expected.append(z >> 8 >= round(0.4 * 2**24))
    np.testing.assert_array_equal(mask, expected)
    np.testing.assert_allclose(y, np.array(expected) / 0.6, rtol=1e-6)


@each_form
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_rate(form, rate):
    count = 100_000
    y, mask = drop(form, "float64", np.ones(count), rate, seed=7)
    assert set(np.unique(mask)) <= {0, 1}
    assert abs(mask.mean() - (1 - rate)) <= 5 * np.sqrt(rate * (1 - rate) / count)
    np.testing.assert_allclose(y, mask / (1 - rate) if rate < 1 else 0)


@each_form
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_neighbours_and_seeds_are_independent(form, rate):
    count = 200_000
    draws = np.array([drop(form, "float32", np.ones(count), rate, seed)[1] for seed in range(4)], float)
    distances = [1, 2, 3, 16, 28, 64, 100, 512, 4096, 65536]
    pairs = [(row[distance:], row[:-distance]) for row in draws for distance in distances]
    for left, right in [*pairs, *itertools.pairwise(draws), (draws[0], draws[3])]:
        assert abs(np.corrcoef(left, right)[0, 1]) < 5 / np.sqrt(len(left))


@each_form
def test_patterns_of_eight_are_equally_frequent(form):
    mask = drop(form, "float32", np.ones(400_000), 0.5, seed=2)[1]
    frequencies = np.bincount(np.packbits(mask), minlength=256)
    expected = mask.size / 8 / 256
    chi_square = ((frequencies - expected) ** 2 / expected).sum()
    assert abs(chi_square - 255) < 5 * np.sqrt(2 * 255)


@each_form
def test_dropped_numbers_become_zero_whatever_they_were(form):
    y, mask = drop(form, "float32", [np.nan, np.inf, -np.inf] * 20, 0.5, seed=3)
    assert (y[mask == 0] == 0).all()
    assert not np.isfinite(y[mask == 1]).any()


@each_form
@each_dtype
def test_backward(form, dtype):
    dy = np.arange(1, 8).astype(dtype)
    mask = np.array([1, 0, 0, 1, 1, 0, 1], np.uint8)
    read_only(dy, mask)
    dx = np.full_like(dy, np.nan)
    table = table_of(form, dtype)
    table.dropout_backward(dy, mask, 0.75, dx)
    np.testing.assert_allclose(dx, [4, 0, 0, 16, 20, 0, 28])
    table.dropout_backward(dy, mask, 1.0, dx)
    np.testing.assert_array_equal(dx, np.zeros(7))


@each_form
def test_output_may_be_the_input(form):
    x = np.arange(101.0)
    y, _ = drop(form, "float64", x, 0.3, seed=5)
    table_of(form, "float64").dropout_forward(x, 0.3, 5, x, np.empty(101, np.uint8))
    np.testing.assert_array_equal(x, y)


@each_variant
def test_threads_do_not_change_bits(variant):
    check_threads(lambda: drop(variant, "float32", np.ones(100_001), 0.5, seed=11))
