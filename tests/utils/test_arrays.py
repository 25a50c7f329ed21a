"""The forms in which the equations take arrays."""

import numpy as np
import pytest

from kerasnp.utils.arrays import as_floats, rows_of, samples_of


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_that_fit_are_not_copied(dtype):
    x = np.ones((2, 3), dtype)
    assert as_floats(x) is x
    turned = as_floats(x.T)
    assert turned.dtype == dtype
    assert turned.flags.c_contiguous


@pytest.mark.parametrize("x", [np.arange(3), np.array([True]), np.ones(2, np.float16), [1, 2], 3])
def test_other_types_become_floatx(x):
    floats = as_floats(x)
    assert floats.dtype == "float32"
    assert floats.shape == np.shape(x)
    np.testing.assert_array_equal(floats, x)


@pytest.mark.parametrize(
    ("shape", "rows", "samples"),
    [
        ((2, 3, 4), (6, 4), (2, 12)),
        ((5,), (1, 5), (5, 1)),
        ((2, 3), (2, 3), (2, 3)),
        ((0, 3, 4), (0, 4), (0, 12)),
        ((3, 0), (3, 0), (3, 0)),
    ],
)
def test_matrices_are_views(shape, rows, samples):
    array = np.zeros(shape)
    for matrix, expected in ((rows_of(array), rows), (samples_of(array), samples)):
        assert matrix.shape == expected
        matrix.fill(1)
        assert (array == 1).all()
