"""to_categorical and normalize."""

import numpy as np
import pytest

from kerasnp.utils import normalize, to_categorical


def test_one_hot_rows_as_keras():
    rows = to_categorical([0, 2, 1], 4)
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(rows, [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0]])


@pytest.mark.parametrize(
    ("shape", "expected"), [((), (5,)), ((3,), (3, 5)), ((3, 1), (3, 5)), ((1,), (1, 5)), ((2, 3), (2, 3, 5))]
)
def test_shape(shape, expected):
    assert to_categorical(np.full(shape, 4)).shape == expected


def test_labels_of_any_type():
    for labels in (np.array([1, 0], np.uint8), [1.0, 0.0], [True, False]):
        np.testing.assert_array_equal(to_categorical(labels), [[0, 1], [1, 0]])


def test_empty_needs_the_number_of_classes():
    assert to_categorical([], 3).shape == (0, 3)
    with pytest.raises(ValueError, match="pass `num_classes`"):
        to_categorical([])


@pytest.mark.parametrize(
    ("labels", "message"),
    [([0, 3], "0 to 2; received values from 0 to 3"), ([-1, 0], "from -1"), ([0.5], "fractions"), ([np.nan], "NaN")],
)
def test_what_is_no_class_is_an_error(labels, message):
    with pytest.raises(ValueError, match=message):
        to_categorical(labels, 3)


def test_normalize_scales_to_length_one():
    x = np.array([[3, 4, 0], [0, 0, 0]], np.float32)
    np.testing.assert_allclose(normalize(x), [[0.6, 0.8, 0], [0, 0, 0]], rtol=1e-6)
    np.testing.assert_allclose(normalize(x, axis=0), [[1, 1, 0], [0, 0, 0]])
    np.testing.assert_allclose(normalize(x, order=1), [[3 / 7, 4 / 7, 0], [0, 0, 0]], rtol=1e-6)
    np.testing.assert_allclose(normalize([3, 4]), [[0.6, 0.8]])  # one vector becomes a matrix, as in Keras
    assert normalize(x).dtype == np.float32
    assert normalize([[3, 4]]).dtype == np.float64
