"""pad_sequences; the expected arrays are Keras's."""

import numpy as np
import pytest

from kerasnp.preprocessing.sequence import pad_sequences as older
from kerasnp.utils import pad_sequences

RAGGED = [[1], [2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6]]),
        ({"maxlen": 2, "truncating": "post", "value": 9}, [[9, 1], [2, 3], [4, 5]]),
        ({"maxlen": 4, "padding": "post", "value": -1}, [[1, -1, -1, -1], [2, 3, -1, -1], [4, 5, 6, -1]]),
    ],
)
def test_values(settings, expected):
    padded = pad_sequences(RAGGED, **settings)
    assert padded.dtype == np.int32
    assert padded.tolist() == expected


def test_entries_with_axes_and_floats():
    padded = pad_sequences([np.ones((2, 3)), np.ones((1, 3)), []], dtype="float32", value=0.5)
    assert padded.shape == (3, 2, 3)
    assert padded.dtype == np.float32
    assert padded[:, :, 0].tolist() == [[1, 1], [0.5, 1], [0.5, 0.5]]


def test_strings():
    padded = pad_sequences([["a"], ["b", "cd"]], dtype=object, value="pad", padding="post")
    assert padded.tolist() == [["a", "pad"], ["b", "cd"]]
    with pytest.raises(ValueError, match="dtype=object"):
        pad_sequences([["a"]], value="pad")


def test_nothing():
    assert pad_sequences([]).shape == (0, 0)
    assert pad_sequences([[], []], maxlen=2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("sequences", "settings", "message"),
    [
        (3, {}, "must be iterable"),
        ([[1], 2], {}, "Found non-iterable: 2"),
        (RAGGED, {"padding": "front"}, 'Padding type "front" not understood'),
        (RAGGED, {"truncating": "back"}, 'Truncating type "back" not understood'),
        ([np.ones((2, 3)), np.ones((1, 2))], {}, "position 1 is different from expected shape"),
    ],
)
def test_mistakes(sequences, settings, message):
    with pytest.raises(ValueError, match=message):
        pad_sequences(sequences, **settings)


def test_the_older_name():
    assert older is pad_sequences
