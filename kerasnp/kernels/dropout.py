"""Dropout: random bits from a counter, and their use: reference kernels.

The bits of element i are a fixed function of the seed and i, so they depend neither on the number of threads nor on
which kernels run. They repeat after 2**32 elements.
"""

import numpy as np

from kerasnp.random import splitmix64

__all__ = ["dropout_backward", "dropout_forward"]

BITS = 24  # of each random number


def _draw_bits(seed: int, count: int) -> np.ndarray:
    """Returns ``count`` random numbers below ``2**BITS``.

    Element i begins as i times 2**32 over the golden ratio, so that neighbours differ in many bits, and is scrambled by
    the steps that end MurmurHash3 (Appleby 2011), with the two halves of the scrambled seed as a key added on the way.
    """
    low, high = np.array([splitmix64(seed)], "<u8").view("<u4")
    z = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + low
    z = (z ^ (z >> np.uint32(16))) * np.uint32(0x85EBCA6B) ^ high
    z = (z ^ (z >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return z >> np.uint32(32 - BITS)


def _scale(rate: float) -> float:
    return 1 / (1 - rate) if rate < 1 else 0.0


def dropout_forward(x, rate, seed, y, mask):
    """``y_i = x_i / (1 - rate)`` if element i is kept, which has probability ``1 - rate``, else 0.

    Element i is kept if its random bits, read as an integer, are at least ``rate * 2**BITS``.

    Args:
        x: input (count,).
        rate: probability that an element is dropped, from 0 to 1.
        seed: 64-bit integer.
        y: output (count,); may be x.
        mask: uint8 (count,), 1 where kept.
    """
    mask[...] = _draw_bits(seed, x.size) >= np.uint32(round(rate * 2.0**BITS))
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
