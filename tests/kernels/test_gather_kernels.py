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
