"""Lifetimes to offsets: arrays that are never needed at the same time share memory."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from kerasnp.variables import ALIGNMENT, aligned_empty

BRIEF = 4  # ticks: a gradient lives for two or three, scratch for one


class Request(NamedTuple):
    """Memory wanted from tick ``first`` to tick ``last``, both included."""

    nbytes: int
    first: int
    last: int

    @property
    def ticks(self) -> int:
        return self.last - self.first + 1


class Placed:
    """An array to be placed: it collects the ticks at which it is used, then gets its memory."""

    def __init__(self, shape: Sequence[int], dtype: str, tick: int):
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype)
        self.first = self.last = tick

    def used_at(self, tick: int) -> None:
        self.first = min(self.first, tick)
        self.last = max(self.last, tick)

    def request(self) -> Request:
        return Request(math.prod(self.shape) * self.dtype.itemsize, self.first, self.last)

    def bind(self, arena: np.ndarray, offset: int) -> np.ndarray:
        nbytes = math.prod(self.shape) * self.dtype.itemsize
        return arena[offset : offset + nbytes].view(self.dtype).reshape(self.shape)


class Arena:
    """A block of bytes that plans share; it grows to the largest need."""

    def __init__(self):
        self.memory = aligned_empty(0, np.uint8)

    def reserve(self, nbytes: int) -> np.ndarray:
        """Returns a block of at least ``nbytes``. Plans bound to an earlier, smaller block keep that one alive."""
        if nbytes > self.memory.size:
            self.memory = aligned_empty(nbytes, np.uint8)
        return self.memory


def lay_out(requests: Sequence[Request]) -> tuple[list[int], int]:
    """Gives each request an offset into one arena.

    With time to the right and offsets upwards a request is a brick, as wide as it lives and as high as it is large.
    The widest are laid first, and the highest among those. What forward keeps for backward makes a pyramid, as the
    first layers keep theirs longest: each brick goes on top. Gradients and scratch live for a few ticks only: those
    bricks go into the lowest gap above the pyramid.

    Returns:
        offsets: in bytes, one per request, each a multiple of the alignment.
        total: the size of the arena in bytes.
    """
    offsets = [0] * len(requests)
    tops = np.zeros(1 + max((request.last for request in requests), default=0), np.int64)  # of the pyramid, by tick
    placed = defaultdict(list)  # by tick: (start, stop) of the others
    for index in sorted(range(len(requests)), key=lambda i: (-requests[i].ticks, -requests[i].nbytes)):
        request = requests[index]
        size = _padded(request.nbytes)
        below = tops[request.first : request.last + 1]
        offset = int(below.max())
        if request.ticks > BRIEF:
            below[:] = offset + size
        else:
            ticks = range(request.first, request.last + 1)
            offset = _lowest_gap(size, offset, {block for tick in ticks for block in placed[tick]})
            for tick in ticks:
                placed[tick].append((offset, offset + size))
        offsets[index] = offset
    ends = (offset + _padded(request.nbytes) for offset, request in zip(offsets, requests, strict=True))
    return offsets, max(ends, default=0)


def _lowest_gap(size: int, lowest: int, blocks: Iterable[tuple[int, int]]) -> int:
    """Returns the lowest offset, from ``lowest`` on, of ``size`` bytes between the blocks (start, stop)."""
    for start, stop in sorted(blocks):
        if start - lowest >= size:
            break
        lowest = max(lowest, stop)
    return lowest


def _padded(nbytes: int) -> int:
    return -(-nbytes // ALIGNMENT) * ALIGNMENT
