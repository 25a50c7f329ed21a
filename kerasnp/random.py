"""Seeds and generators: every random number of the library comes from here.

A :class:`SeedGenerator` is a seed and a counter. Its n-th number is a fixed function of both, so a stream can be stored
as two integers and taken up again, and no result depends on how many threads use the numbers.
"""

import contextlib
import contextvars
import random as python_random
from collections.abc import Iterator

import numpy as np

from kerasnp import absent, config, registry
from kerasnp.variables import Variable

__all__ = [
    "SeedGenerator",
    "categorical",
    "dropout",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

_MASK = (1 << 64) - 1


def splitmix64(number: int) -> int:
    """Scrambles a 64-bit integer (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators")."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


@registry.namespace("keras.random", "seed generator").register()
class SeedGenerator:
    """A stream of seeds that depends on ``seed`` alone.

    Args:
        seed: a non-negative integer, or None to draw one from the global stream (see :func:`set_random_seed`).
        name: name of the state variable.
    """

    def __init__(self, seed: int | None = None, name: str | None = None):
        if seed is None:
            seed = make_default_seed()
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ValueError(f"seed must be a non-negative integer or None; received {seed!r}.")
        self._initial_seed = int(seed)
        self.name = name or "seed_generator"
        self.state = Variable(np.array([int(seed) & _MASK, 0], np.uint64), trainable=False, name="seed_generator_state")

    def next_seed(self) -> int:
        """Returns the next 64-bit seed and advances the counter."""
        seed, count = self.state.value
        self.state.value[1] += np.uint64(1)
        return splitmix64(splitmix64(int(seed)) ^ int(count))

    def next_generator(self) -> np.random.Generator:
        """Returns a NumPy generator of its own, made from the next seed."""
        return np.random.Generator(np.random.PCG64(self.next_seed()))

    def get_config(self) -> dict:
        """Returns ``{"seed": ...}``."""
        return {"seed": self._initial_seed}

    @classmethod
    def from_config(cls, config: dict) -> "SeedGenerator":
        """Makes a generator at the start of its stream."""
        return cls(**config)


_global = SeedGenerator(python_random.SystemRandom().getrandbits(63))
_scoped: contextvars.ContextVar[SeedGenerator | None] = contextvars.ContextVar("stream", default=None)


@contextlib.contextmanager
def stream(seeds: SeedGenerator) -> Iterator[None]:
    """Has this thread draw from ``seeds``, where it would from the global stream, as long as the context is open."""
    token = _scoped.set(seeds)
    try:
        yield
    finally:
        _scoped.reset(token)


def set_random_seed(seed: int) -> None:
    """Seeds Python's ``random``, NumPy's global generator and this library.

    Everything random that follows (initial weights, shuffling, dropout) repeats bit for bit.

    Args:
        seed: an integer from 0 to 2**32 - 1.
    """
    global _global
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"The seed must be an integer from 0 to 2**32 - 1; received {seed!r}.")
    python_random.seed(int(seed))
    np.random.seed(int(seed))
    _global = SeedGenerator(int(seed))


def make_default_seed() -> int:
    """Draws a seed from the global stream, for objects made with ``seed=None``."""
    return (_scoped.get() or _global).next_seed() >> 32


def next_generator() -> np.random.Generator:
    """Returns a NumPy generator seeded from the global stream."""
    return (_scoped.get() or _global).next_generator()


# -- arrays of random numbers ------------------------------------------------------------------------


def generator_of(seed) -> np.random.Generator:
    """Returns the generator for a ``seed`` argument: an integer, a :class:`SeedGenerator`, or None for the global."""
    if seed is None:
        return next_generator()
    return (seed if isinstance(seed, SeedGenerator) else SeedGenerator(seed)).next_generator()


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None) -> np.ndarray:
    """Returns normal numbers; the same ``seed`` gives the same ones, a :class:`SeedGenerator` new ones at each call."""
    return generator_of(seed).normal(mean, stddev, shape).astype(dtype or config.floatx())


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None) -> np.ndarray:
    """Returns normal numbers no farther than two standard deviations from the mean; others are drawn again."""
    return (mean + stddev * draw_truncated_normal(generator_of(seed), shape)).astype(dtype or config.floatx())


def draw_truncated_normal(generator: np.random.Generator, shape) -> np.ndarray:
    """Returns numbers of a normal distribution cut off at two standard deviations."""
    values = generator.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = generator.standard_normal(np.count_nonzero(outside))
    return values


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None) -> np.ndarray:
    """Returns numbers from ``minval`` up to ``maxval``, whole ones if ``dtype`` is of whole numbers."""
    dtype = np.dtype(dtype or config.floatx())
    if dtype.kind in "iu":
        return generator_of(seed).integers(int(minval), int(maxval), shape, dtype)
    return generator_of(seed).uniform(minval, maxval, shape).astype(dtype)


def randint(shape, minval, maxval, dtype="int32", seed=None) -> np.ndarray:
    """Returns whole numbers from ``minval`` up to but not ``maxval``."""
    return generator_of(seed).integers(minval, maxval, shape).astype(dtype)


def categorical(logits, num_samples, dtype="int32", seed=None) -> np.ndarray:
    """Returns classes drawn by their logits (rows, classes): (rows, num_samples)."""
    logits = np.asarray(logits)
    noise = generator_of(seed).gumbel(size=(len(logits), num_samples, logits.shape[1]))
    return (logits[:, None, :] + noise).argmax(axis=-1).astype(dtype)


def shuffle(x, axis=0, seed=None) -> np.ndarray:
    """Returns a copy in a random order along ``axis``."""
    return generator_of(seed).permutation(np.asarray(x), axis=axis)


def dropout(inputs, rate, noise_shape=None, seed=None) -> np.ndarray:
    """Returns the numbers, each zero with probability ``rate`` and else divided by ``1 - rate``."""
    inputs = np.asarray(inputs)
    if rate <= 0:
        return inputs.copy()
    kept = generator_of(seed).random(inputs.shape if noise_shape is None else noise_shape) >= rate
    return np.where(kept, inputs / inputs.dtype.type(max(1 - rate, config.epsilon())), inputs.dtype.type(0))


__getattr__ = absent.finder(__name__)
