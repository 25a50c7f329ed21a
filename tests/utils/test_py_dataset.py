"""PyDataset, and its batches made ahead in threads."""

import threading

import numpy as np
import pytest

from kerasnp import Sequential, layers
from kerasnp.utils import PyDataset, Sequence
from kerasnp.utils.prefetch import prefetch


class Squares(PyDataset):
    def __init__(self, count=20, fails_at=None, **kwargs):
        super().__init__(**kwargs)
        self.count = count
        self.fails_at = fails_at
        self.made = []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        self.made.append(index)
        if index == self.fails_at:
            raise OSError(f"no batch {index}")
        return np.array([index**2])


def workers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("kerasnp_prefetch")]


PARALLEL = [{}, {"workers": 3}, {"workers": 2, "max_queue_size": 1}, {"use_multiprocessing": True}, {"workers": 0}]


def test_sequence_is_the_old_name():
    assert Sequence is PyDataset


def test_iterates_in_order():
    dataset = Squares(3)
    assert dataset.num_batches == 3
    assert [int(batch[0]) for batch in dataset] == [0, 1, 4]


def test_endless_dataset():
    class Endless(PyDataset):
        num_batches = None

        def __getitem__(self, index):
            return index

    batches = iter(Endless())
    assert [next(batches) for _ in range(3)] == [0, 1, 2]


def test_what_a_subclass_must_define():
    with pytest.raises(NotImplementedError, match="PyDataset must define __len__"):
        _ = PyDataset().num_batches
    with pytest.raises(NotImplementedError, match="PyDataset must define __getitem__"):
        PyDataset()[0]


def test_subclass_need_not_call_the_constructor():
    class Careless(PyDataset):
        def __init__(self):
            pass

        def __getitem__(self, index):
            return index

    assert list(prefetch(Careless(), range(3))) == [0, 1, 2]


def test_unknown_argument_is_an_error():
    with pytest.raises(TypeError, match="wrokers"):
        PyDataset(wrokers=2)


@pytest.mark.parametrize("kwargs", PARALLEL)
def test_prefetch_keeps_the_order(kwargs):
    order = [5, 3, 8, 0, 19, 1, 1]
    assert [int(batch[0]) for batch in prefetch(Squares(**kwargs), order)] == [index**2 for index in order]
    assert not workers()


@pytest.mark.parametrize("kwargs", PARALLEL)
def test_prefetch_of_nothing(kwargs):
    assert list(prefetch(Squares(**kwargs), [])) == []


@pytest.mark.parametrize("kwargs", PARALLEL)
def test_errors_come_at_their_turn(kwargs):
    batches = prefetch(Squares(fails_at=2, **kwargs), range(20))
    assert [int(next(batches)[0]) for _ in range(2)] == [0, 1]
    with pytest.raises(OSError, match="no batch 2"):
        next(batches)
    assert not workers()


def test_no_more_than_the_queue_is_made_ahead():
    dataset = Squares(workers=2, max_queue_size=4)
    batches = prefetch(dataset, range(20))
    next(batches)
    assert max(dataset.made) <= 4
    batches.close()


def test_early_exit_leaves_no_thread():
    dataset = Squares(1000, workers=3)
    for _ in prefetch(dataset, range(1000)):
        break
    assert not workers()
    assert len(dataset.made) < 20


def test_threads_really_work_side_by_side():
    together = threading.Barrier(3, timeout=30)

    class Meeting(Squares):
        def __getitem__(self, index):
            together.wait()
            return index

    assert list(prefetch(Meeting(workers=3), range(3))) == [0, 1, 2]


@pytest.mark.parametrize("kwargs", PARALLEL)
def test_an_interrupt_leaves_no_thread(kwargs):
    batches = prefetch(Squares(1000, **kwargs), range(1000))
    next(batches)
    with pytest.raises(KeyboardInterrupt):
        batches.throw(KeyboardInterrupt)
    assert not workers()


@pytest.mark.parametrize("kwargs", PARALLEL)
def test_an_error_while_a_model_trains(kwargs):
    class Rows(Squares):
        def __getitem__(self, index):
            return np.float32([super().__getitem__(index)]), np.float32([[0]])

    model = Sequential([layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse")
    with pytest.raises(OSError, match="no batch 3"):
        model.fit(Rows(8, fails_at=3, **kwargs), verbose=0, shuffle=False)
    assert not workers()
    assert model.predict(Inputs(2, **kwargs), verbose=0).shape == (2, 1)
    assert not workers()


class Inputs(Squares):
    def __getitem__(self, index):
        return np.float32([super().__getitem__(index)])
