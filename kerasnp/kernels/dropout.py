"""Dropout: random bits from a counter, and their use: reference kernels.

The bits of element i are a fixed function of the seed and i, so they depend neither on the number of threads nor on
which kernels run. One 64-bit number serves two elements: its low half the even one, its high half the odd one.
"""

import numpy as np

__all__ = ["dropout_backward", "dropout_forward"]


def _draw_bits(seed: int, count: int) -> np.ndarray:
    """Returns ``count`` random numbers below 2**32.

    The k-th pair is splitmix64's k-th output for the seed (Steele, Lea and Flood 2014, "Fast splittable pseudorandom
    number generators").
    """
    z = np.arange(1, (count + 1) // 2 + 1, dtype=np.uint64)
    z = np.uint64(seed) + z * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.stack([z & np.uint64(0xFFFFFFFF), z >> np.uint64(32)], axis=1).ravel()[:count]


def _scale(rate: float) -> float:
    return 1 / (1 - rate) if rate < 1 else 0.0


def dropout_forward(x, rate, seed, y, mask):
    """``y_i = x_i / (1 - rate)`` if element i is kept, which has probability ``1 - rate``, else 0.

    Element i is kept if its 32 random bits, read as an integer, are at least ``rate * 2**32``.

    Args:
        x: input (count,).
        rate: probability that an element is dropped, from 0 to 1.
        seed: 64-bit integer.
        y: output (count,); may be x.
        mask: uint8 (count,), 1 where kept.
    """
    mask[...] = _draw_bits(seed, x.size) >= np.uint64(round(rate * 2.0**32))
    y[...] = np.where(mask, x * x.dtype.type(_scale(rate)), 0)


def dropout_backward(dy, mask, rate, dx):
    """``dx_i = dy_i / (1 - rate)`` if element i was kept, else 0.

    Args:
        dy: gradient by the output (count,).
        mask: what forward wrote.
        rate: as forward had it.
        dx: output (count,); may be dy.
    """
    dx[...] = np.where(mask, dy * dy.dtype.type(_scale(rate)), 0)
