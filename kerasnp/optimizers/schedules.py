"""Learning-rate schedules: closed formulas of the step number, as Keras 3.

A schedule is given to an optimizer in place of a number and is asked for the learning rate at every step. A schedule of
your own is a subclass of :class:`LearningRateSchedule` with ``__call__`` and, to be saved, ``get_config``.
"""

import bisect
import math

import numpy as np

from kerasnp import registry

schedules = registry.namespace("keras.optimizers.schedules", "learning-rate schedule")
register, serialize, deserialize, get = schedules.register, schedules.serialize, schedules.deserialize, schedules.get


def _number(step) -> float:
    """Returns a step given as an int, a NumPy scalar or a Variable as a float."""
    return float(np.asarray(step))


class LearningRateSchedule:
    """The learning rate as a function of the step number."""

    def __call__(self, step) -> float:
        """Returns the learning rate at ``step``, the number of optimizer steps taken so far."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def get_config(self) -> dict:
        """Returns the arguments that make this schedule again, as plain data."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `get_config()` in order to be serializable."
        )

    @classmethod
    def from_config(cls, config: dict) -> "LearningRateSchedule":
        """Makes a schedule from what :meth:`get_config` returned."""
        return cls(**config)


class _Formula(LearningRateSchedule):
    """A schedule whose config is its attributes, under the names of its arguments."""

    _arguments: tuple[str, ...] = ()

    def get_config(self) -> dict:
        return {name: getattr(self, name) for name in self._arguments}

    def _require_positive(self, argument: str) -> None:
        if not getattr(self, argument) > 0:
            raise ValueError(
                f"{type(self).__name__}: argument `{argument}` must be > 0. "
                f"Received: {argument}={getattr(self, argument)}"
            )


@register()
class ExponentialDecay(_Formula):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: steps after which the rate has been multiplied by ``decay_rate`` once; positive.
        decay_rate: the factor.
        staircase: whether ``step / decay_steps`` is rounded down to a whole number.
        name: a label.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="ExponentialDecay"):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        self._require_positive("decay_steps")

    def __call__(self, step):
        part = _number(step) / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (math.floor(part) if self.staircase else part)


@register()
class PiecewiseConstantDecay(_Formula):
    """``values[k]`` up to and including step ``boundaries[k]``, the last value after the last boundary.

    Args:
        boundaries: increasing step numbers.
        values: the rates; one more than boundaries.
        name: a label.
    """

    _arguments = ("boundaries", "values", "name")

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. "
                f"Received: boundaries={boundaries} of length {len(boundaries)}, "
                f"and values={values} of length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step):
        return float(self.values[bisect.bisect_left(self.boundaries, _number(step))])


@register()
class PolynomialDecay(_Formula):
    """``(initial - end) * (1 - step / decay_steps) ** power + end``, constant after ``decay_steps``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: steps until ``end_learning_rate`` is reached; positive.
        end_learning_rate: the last rate.
        power: 1.0 is a straight line.
        cycle: whether to start again after ``decay_steps``: its first multiple not below ``step`` takes its place.
        name: a label.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name")

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name
        self._require_positive("decay_steps")

    def __call__(self, step):
        step, decay_steps = _number(step), self.decay_steps
        if self.cycle:
            decay_steps *= max(1, math.ceil(step / decay_steps))
        rest = 1 - min(step, decay_steps) / decay_steps
        return (self.initial_learning_rate - self.end_learning_rate) * rest**self.power + self.end_learning_rate


@register()
class InverseTimeDecay(_Formula):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: positive.
        decay_rate: how fast the rate falls.
        staircase: whether ``step / decay_steps`` is rounded down to a whole number.
        name: a label.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="InverseTimeDecay"):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        self._require_positive("decay_steps")

    def __call__(self, step):
        part = _number(step) / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (math.floor(part) if self.staircase else part))


@register()
class CosineDecay(_Formula):
    """A linear warm-up, then half a cosine wave down (Loshchilov and Hutter 2016, arXiv:1608.03983).

    Warm-up: a straight line from ``initial_learning_rate`` to ``warmup_target`` over ``warmup_steps``. Then, with x
    from 0 to 1 over ``decay_steps``, ``top * ((1 - alpha) * (1 + cos(pi x)) / 2 + alpha)``; constant afterwards.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: length of the decay, warm-up not counted; positive.
        alpha: the last rate as a fraction of the top.
        name: a label.
        warmup_target: the top; None leaves the warm-up out and decays from ``initial_learning_rate``.
        warmup_steps: length of the warm-up.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "alpha", "name", "warmup_target", "warmup_steps")

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps
        self._require_positive("decay_steps")

    def __call__(self, step):
        step, top = _number(step), self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return (self.warmup_target - top) * (step / self.warmup_steps) + top
            step, top = step - self.warmup_steps, self.warmup_target
        return top * _half_wave(min(step, self.decay_steps) / self.decay_steps, 1.0, self.alpha)


@register()
class CosineDecayRestarts(_Formula):
    """Cosine decays one after the other, each starting warm (Loshchilov and Hutter 2016, arXiv:1608.03983).

    In period i, with x from 0 to 1 over its ``first_decay_steps * t_mul**i`` steps, the rate is
    ``initial_learning_rate * ((1 - alpha) * m_mul**i * (1 + cos(pi x)) / 2 + alpha)``.

    Args:
        initial_learning_rate: the rate at step 0.
        first_decay_steps: length of the first period; positive.
        t_mul: how much longer each period is than the one before.
        m_mul: how much higher each period starts than the one before.
        alpha: the lowest rate as a fraction of ``initial_learning_rate``.
        name: a label.
    """

    _arguments = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha", "name")

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name="SGDRDecay"):
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name
        self._require_positive("first_decay_steps")
        self._require_positive("t_mul")

    def __call__(self, step):
        left, period, length = _number(step), 0, self.first_decay_steps
        if self.t_mul == 1:
            period, left = divmod(left, length)
        # Periods are counted: at their ends the logarithm of the closed form rounds up or down as it likes.
        while left >= length >= 1 and self.t_mul != 1:
            left -= length
            length *= self.t_mul
            period += 1
        return self.initial_learning_rate * _half_wave(left / length, self.m_mul**period, self.alpha)


def _half_wave(part: float, height: float, alpha: float) -> float:
    """Falls from ``height`` (scaled into what alpha leaves) to ``alpha`` as ``part`` goes from 0 to 1."""
    return (1 - alpha) * height * 0.5 * (1 + math.cos(math.pi * part)) + alpha
