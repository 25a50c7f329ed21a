"""Schedules beyond the values that test_optimizers_follow_keras.py compares."""

import numpy as np
import pytest

from kerasnp.optimizers import schedules
from kerasnp.variables import Variable


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.ExponentialDecay(0.1, 10, 0.9, True, "mine"),
        schedules.PiecewiseConstantDecay([3], [0.1, 0.2]),
        schedules.PolynomialDecay(0.1, 10, cycle=True),
        schedules.InverseTimeDecay(0.1, 10, 0.9),
        schedules.CosineDecay(0.1, 10, warmup_target=0.2, warmup_steps=5),
        schedules.CosineDecayRestarts(0.1, 10, t_mul=3.0),
    ],
)
def test_config_round_trip(schedule):
    tagged = schedules.serialize(schedule)
    assert tagged["module"] == "keras.optimizers.schedules"
    again = schedules.deserialize(tagged)
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()
    assert [again(step) for step in range(30)] == [schedule(step) for step in range(30)]


def test_steps_may_be_ints_numpy_numbers_or_variables():
    schedule = schedules.ExponentialDecay(0.1, 10, 0.9)
    assert schedule(3) == schedule(np.int64(3)) == schedule(np.array(3)) == schedule(Variable(3, "int64"))
    assert type(schedule(3)) is float


def test_restarts_begin_on_the_exact_step():
    schedule = schedules.CosineDecayRestarts(1.0, 10, t_mul=3.0)
    assert [schedule(step) for step in (0, 10, 40, 130)] == [1.0] * 4
    assert max(schedule(step) for step in (9, 39, 129)) < 0.1


@pytest.mark.parametrize(
    "make",
    [
        lambda: schedules.ExponentialDecay(0.1, 0, 0.9),
        lambda: schedules.PolynomialDecay(0.1, 0),
        lambda: schedules.InverseTimeDecay(0.1, -1, 0.9),
        lambda: schedules.CosineDecay(0.1, 0),
        lambda: schedules.CosineDecayRestarts(0.1, 0),
    ],
)
def test_steps_must_be_positive(make):
    with pytest.raises(ValueError, match=r"decay_steps` must be > 0. Received: .*decay_steps="):
        make()


def test_boundaries_and_values_must_fit():
    with pytest.raises(ValueError, match=r"boundaries=\[1, 2\] of length 2, and values=\[0.1, 0.2\] of length 2"):
        schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2])


def test_unknown_schedule():
    with pytest.raises(ValueError, match=r"Unknown learning-rate schedule: 'CosinDecay'\. Did you mean 'CosineDecay'"):
        schedules.deserialize({"class_name": "CosinDecay", "config": {}})


def test_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="must override `__call__"):
        schedules.LearningRateSchedule()(0)
    with pytest.raises(NotImplementedError, match="must override `get_config"):
        schedules.LearningRateSchedule().get_config()
