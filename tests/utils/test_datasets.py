"""Data sets read a batch at a time: the class, split_dataset and timeseries_dataset_from_array."""

import numpy as np
import pytest

from kerasnp import Sequential, layers
from kerasnp.utils import (
    pack_x_y_sample_weight,
    split_dataset,
    timeseries_dataset_from_array,
    unpack_x_y_sample_weight,
)
from kerasnp.utils.dataset import Dataset


def numbers(count=7, **options):
    return Dataset(lambda index: (index * 10, index), count, **options)


def read(dataset):
    return [tuple(part.tolist() for part in element) for element in dataset]


def test_batches_and_elements():
    dataset = numbers(batch_size=3)
    assert read(dataset) == [([0, 10, 20], [0, 1, 2]), ([30, 40, 50], [3, 4, 5]), ([60], [6])]
    assert read(dataset) == read(dataset)
    assert (len(dataset), dataset.cardinality(), repr(dataset)) == (3, 3, "<Dataset of 3 batches of 3>")
    single = numbers(2)
    assert read(single) == [(0, 0), (10, 1)]
    assert (len(single), repr(single)) == (2, "<Dataset of 2 elements>")
    assert read(single.batch(2)) == [([0, 10], [0, 1])]
    assert read(numbers().batch(3, drop_remainder=True))[-1] == ([30, 40, 50], [3, 4, 5])


def test_shuffled_anew_each_time_but_by_the_seed():
    dataset, again = (numbers(50, batch_size=50, shuffle=True, seed=3) for _ in range(2))
    [(first, _)], [(second, _)] = read(dataset), read(dataset)
    assert first != second
    assert sorted(first) == sorted(second) == list(range(0, 500, 10))
    assert [read(again), read(again)] == [[(first, [n // 10 for n in first])], [(second, [n // 10 for n in second])]]


def test_map_and_prefetch():
    dataset = numbers(4, batch_size=2).map(lambda x, y: (x + 1, y)).map(lambda x, y: x, num_parallel_calls=2)
    assert [batch.tolist() for batch in dataset.prefetch(1)] == [[1, 11], [21, 31]]
    with pytest.raises(ValueError, match="single elements"):
        dataset.batch(2)
    assert [batch.tolist() for batch in Dataset(lambda index: index, 2).map(lambda x: -x)] == [0, -1]


@pytest.mark.parametrize("size", [0, -1, 1.5, True])
def test_batch_sizes(size):
    with pytest.raises(ValueError, match="`batch_size` must be a positive integer or None"):
        numbers(batch_size=size)


def test_a_model_takes_it():
    generator = np.random.default_rng(0)
    x = generator.standard_normal((20, 3)).astype("float32")
    train, test = split_dataset((x, x.sum(1)), left_size=0.8, seed=1)
    train, test = train.batch(4), test.batch(4)
    model = Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(train, epochs=2, validation_data=test, verbose=0)
    assert len(history.history["val_loss"]) == 2
    assert model.evaluate(test, verbose=0) == history.history["val_loss"][-1]
    assert model.predict(test, verbose=0).shape == (4, 1)


# -- split_dataset ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"left_size": 0.8}, (8, 2)),
        ({"right_size": 3}, (7, 3)),
        ({"left_size": 4, "right_size": 3}, (4, 3)),
        ({"left_size": 0.25, "right_size": 0.25}, (2, 2)),
    ],
)
def test_split_sizes(sizes, expected):
    left, right = split_dataset(np.arange(10), **sizes)
    assert (len(left), len(right)) == expected
    assert list(left) == list(range(expected[0]))
    assert list(right) == list(range(10 - expected[1], 10))


def test_split_shuffled():
    left, right = split_dataset([np.arange(10), np.arange(10) * 2], left_size=0.5, shuffle=True, seed=1)
    pairs = [*left, *right]
    assert all(2 * x == y for x, y in pairs)
    assert [x for x, _ in pairs] != list(range(10))
    assert sorted(x for x, _ in pairs) == list(range(10))


def test_split_of_a_dataset_keeps_its_batches():
    left, right = split_dataset(numbers(10, batch_size=4), right_size=3)
    assert read(left) == [([0, 10, 20, 30], [0, 1, 2, 3]), ([40, 50, 60], [4, 5, 6])]
    assert read(right) == [([70, 80, 90], [7, 8, 9])]
    left, _ = split_dataset(numbers(4), left_size=2)
    assert read(left) == [(0, 0), (10, 1)]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({}, "At least one of the `left_size` or `right_size`"),
        ({"left_size": 0}, "`left_size` should be either a positive integer"),
        ({"right_size": 1.0}, "`right_size` should be either a positive integer"),
        ({"left_size": 0.6, "right_size": 0.6}, "is greater than 1"),
        ({"left_size": 6, "right_size": 6}, "smaller than the length of the dataset"),
        ({"left_size": 0.01}, "leave one side empty"),
    ],
)
def test_split_mistakes(sizes, message):
    with pytest.raises(ValueError, match=message):
        split_dataset(np.arange(10), **sizes)


def test_split_of_other_things():
    with pytest.raises(TypeError, match="must be an array"):
        split_dataset("text", left_size=0.5)
    with pytest.raises(TypeError, match="Invalid `left_size`"):
        split_dataset(np.arange(3), left_size="all")
    with pytest.raises(ValueError, match="same length"):
        split_dataset((np.arange(3), np.arange(4)), left_size=0.5)


# -- timeseries_dataset_from_array -----------------------------------------------------------------

STEPS = np.arange(20)


def windows(targets=None, **settings):
    dataset = timeseries_dataset_from_array(STEPS, targets, batch_size=None, **settings)
    return [[part.tolist() for part in item] if isinstance(item, tuple) else item.tolist() for item in dataset]


def test_windows_as_keras_has_them():
    assert windows(sequence_length=3, sequence_stride=6) == [[0, 1, 2], [6, 7, 8], [12, 13, 14]]
    assert windows(sequence_length=3, sampling_rate=4, sequence_stride=5) == [[0, 4, 8], [5, 9, 13], [10, 14, 18]]
    assert windows(sequence_length=2, start_index=4, end_index=8) == [[4, 5], [5, 6], [6, 7]]
    assert windows(STEPS * 2, sequence_length=2, sequence_stride=9) == [[[0, 1], 0], [[9, 10], 18], [[18, 19], 36]]
    assert windows(STEPS[5:], sequence_length=18) == [
        [list(range(18)), 5],
        [list(range(1, 19)), 6],
        [list(range(2, 20)), 7],
    ]


def test_windows_in_batches():
    dataset = timeseries_dataset_from_array(np.ones((20, 2)), np.zeros(20), 5, batch_size=10)
    assert [x.shape for x, _ in dataset] == [(10, 5, 2), (6, 5, 2)]
    assert len(dataset) == 2
    shuffled = timeseries_dataset_from_array(STEPS, STEPS, 3, shuffle=True, seed=2)
    [(x, y)] = shuffled
    assert (x[:, 0] == y).all()
    assert y.tolist() != sorted(y.tolist())


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"start_index": -1}, "start_index"),
        ({"end_index": 20}, "end_index"),
        ({"start_index": 5, "end_index": 5}, "end_index"),
        ({"sampling_rate": 0}, "sampling_rate"),
        ({"sequence_stride": 20}, "sequence_stride"),
    ],
)
def test_window_mistakes(settings, name):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        windows(sequence_length=3, **settings)


# -- batches ---------------------------------------------------------------------------------------


def test_parts_of_a_batch():
    assert pack_x_y_sample_weight(1) == 1
    assert pack_x_y_sample_weight([1]) == ([1],)
    assert pack_x_y_sample_weight(1, 2) == (1, 2)
    assert pack_x_y_sample_weight(1, None, 3) == (1, None, 3)
    assert unpack_x_y_sample_weight(1) == (1, None, None)
    assert unpack_x_y_sample_weight((1,)) == (1, None, None)
    assert unpack_x_y_sample_weight([1, 2]) == (1, 2, None)
    assert unpack_x_y_sample_weight((1, 2, 3)) == (1, 2, 3)
    with pytest.raises(ValueError, match="Data is expected to be in format"):
        unpack_x_y_sample_weight((1, 2, 3, 4))
