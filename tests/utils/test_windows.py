"""Where windows lie along an axis, against counting them."""

import itertools

import numpy as np
import pytest

from kerasnp.utils.windows import copy_padded, padding_around, padding_before, standardize_padding, window_count

EACH = list(itertools.product(range(1, 8), range(1, 6), range(1, 5)))


def test_valid_windows_are_those_inside():
    for size, window, stride in EACH:
        starts = [start for start in range(0, size, stride) if start + window <= size]
        assert max(window_count(size, window, stride, "valid"), 0) == len(starts)
        assert padding_before(size, window, stride, "valid") == 0


def test_same_windows_cover_the_axis():
    for size, window, stride in EACH:
        count = window_count(size, window, stride, "same")
        before = padding_before(size, window, stride, "same")
        after = (count - 1) * stride + window - size - before
        assert count == -(-size // stride)
        assert before >= 0
        if window >= stride:
            assert after - before in (0, 1)


def test_given_padding():
    for size, window, stride in EACH:
        padded = [start for start in range(-2, size + 2, stride) if start + window <= size + 2]
        assert max(window_count(size, window, stride, 2), 0) == len(padded)
        assert padding_before(size, window, stride, 2) == 2


@pytest.mark.parametrize("padding", ["valid", "same", 2])
def test_padding_around_makes_all_windows_whole(padding):
    for size, window, stride in EACH:
        count = window_count(size, window, stride, padding)
        before, after = padding_around(size, window, stride, padding)
        assert before == padding_before(size, window, stride, padding)
        assert after >= 0
        if count > 0:
            assert (count - 1) * stride + window <= before + size + after


def test_copy_padded():
    images = np.arange(1.0, 13).reshape(1, 2, 3, 2)
    padded = np.full((1, 5, 4, 2), np.nan)
    copy_padded(images, (1, 1), padded)
    np.testing.assert_array_equal(padded, np.pad(images, ((0, 0), (1, 2), (1, 0), (0, 0))))


def test_copy_padded_of_volumes_and_of_nothing():
    volumes = np.arange(1.0, 49).reshape(2, 2, 3, 4)
    padded = np.full((2, 3, 3, 7), np.nan)
    copy_padded(volumes, (1, 0, 2), padded)
    np.testing.assert_array_equal(padded, np.pad(volumes, ((0, 0), (1, 0), (0, 0), (2, 1))))
    copy_padded(volumes[:, :0], (0, 0, 2), padded)
    assert not padded.any()


def test_unknown_size():
    assert window_count(None, 3, 1, "same") is None


def test_padding_names():
    assert standardize_padding("SAME", "Conv2D") == "same"
    for wrong in ("full", 1, None):
        with pytest.raises(ValueError, match='Conv2D: `padding` must be "valid" or "same"; received'):
            standardize_padding(wrong, "Conv2D")
