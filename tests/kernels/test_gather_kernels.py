import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of


@each_form
@each_dtype
@pytest.mark.parametrize("numbers", [0, 1, 3, 500])
def test_rows_in_any_order(form, dtype, numbers):
    source = read_only(np.random.default_rng(0).random((7, numbers)).astype(dtype))
    index = read_only(np.array([6, 0, 3, 3, -4, 99]))
    out = np.full((6, numbers), np.nan, dtype)
    table_of(form, dtype).gather_rows(source, index, out)
    np.testing.assert_array_equal(out, source[[6, 0, 3, 3, 0, 6]])


@each_form
def test_no_rows(form):
    source, out = np.ones((3, 2)), np.empty((0, 2))
    table_of(form, "float64").gather_rows(source, np.empty(0, np.int64), out)


@each_variant
def test_threads_do_not_change_bits(variant):
    source = np.random.default_rng(1).random((100, 300), np.float32)

    def run():
        out = np.empty((50, 300), np.float32)
        table_of(variant, "float32").gather_rows(source, np.arange(99, 49, -1), out)
        return [out]

    check_threads(run)


@each_form
@each_dtype
@pytest.mark.parametrize(("samples", "numbers"), [(1, 3), (7, 1), (40, 20), (7, 0)])
def test_scattered_rows_are_added_up(form, dtype, samples, numbers):
    generator = np.random.default_rng(0)
    index = read_only(generator.integers(samples, size=60))
    dout = read_only(generator.random((60, numbers)).astype(dtype))
    dsource = np.full((samples, numbers), np.nan, dtype)
    table_of(form, dtype).scatter_rows(dout, index, dsource)
    expected = np.eye(samples)[index].T @ dout
    np.testing.assert_allclose(dsource, expected, rtol=1e-5 if dtype == "float32" else 1e-13)


@each_form
def test_scattered_rows_of_no_table_are_left_out(form):
    dsource = np.full((2, 1), np.nan)
    table_of(form, "float64").scatter_rows(np.array([[1.0], [2.0], [4.0]]), np.array([1, -1, 2]), dsource)
    np.testing.assert_array_equal(dsource, [[0], [1]])


@each_form
def test_nothing_to_scatter_gives_zeros(form):
    dsource = np.full((3, 2), np.nan)
    table_of(form, "float64").scatter_rows(np.empty((0, 2)), np.empty(0, np.int64), dsource)
    np.testing.assert_array_equal(dsource, np.zeros((3, 2)))


@each_form
@each_dtype
def test_scattered_rows_are_added_in_their_order(form, dtype):
    generator = np.random.default_rng(0)
    index, dout = generator.integers(3, size=500), generator.standard_normal((500, 5)).astype(dtype)
    expected = np.zeros((3, 5), dtype)
    for row, place in zip(dout, index, strict=True):
        expected[place] += row
    dsource = np.empty((3, 5), dtype)
    table_of(form, dtype).scatter_rows(dout, index, dsource)
    np.testing.assert_array_equal(dsource, expected)


@each_variant
def test_threads_do_not_change_bits_of_sums(variant):
    generator = np.random.default_rng(1)
    dout = generator.standard_normal((500, 300)).astype(np.float32)

    index = generator.integers(100, size=500)

    def run():
        dsource = np.empty((100, 300), np.float32)
        table_of(variant, "float32").scatter_rows(dout, index, dsource)
        return [dsource]

    check_threads(run)
