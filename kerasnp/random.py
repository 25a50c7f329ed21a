"""Seeds and generators: every random number of the library comes from here.

A :class:`SeedGenerator` is a seed and a counter. Its n-th number is a fixed function of both, so a stream can be stored
as two integers and taken up again, and no result depends on how many threads use the numbers.
"""

import contextlib
import contextvars
import random as python_random
from collections.abc import Iterator

import numpy as np

from kerasnp import registry
from kerasnp.variables import Variable

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
