"""Lifetimes to offsets: arrays that are never needed at the same time share memory."""

import bisect
from collections.abc import Sequence
from typing import NamedTuple

from kerasnp.variables import ALIGNMENT


class Request(NamedTuple):
    """Memory wanted from tick ``first`` to tick ``last``, both included."""

    nbytes: int
    first: int
    last: int


def lay_out(requests: Sequence[Request]) -> tuple[list[int], int]:
    """Gives each request an offset into one arena.

    Requests are placed in the order of their first tick, the largest first, each into the smallest gap that holds it.

    Returns:
        offsets: in bytes, one per request, each a multiple of the alignment.
        total: the size of the arena in bytes.
    """
    offsets = [0] * len(requests)
    gaps = _Gaps()
    order = sorted(range(len(requests)), key=lambda i: (requests[i].first, -requests[i].nbytes))
    ending: list[tuple[int, int]] = []  # (last tick, request) of what is alive, sorted
    for index in order:
        while ending and ending[0][0] < requests[index].first:
            _, dead = ending.pop(0)
            gaps.give_back(offsets[dead], _padded(requests[dead].nbytes))
        offsets[index] = gaps.take(_padded(requests[index].nbytes))
        bisect.insort(ending, (requests[index].last, index))
    return offsets, gaps.top


def _padded(nbytes: int) -> int:
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


class _Gaps:
    """The free parts below ``top``, as (start, size) sorted by start; neighbours are merged."""

    def __init__(self):
        self.free: list[tuple[int, int]] = []
        self.top = 0

    def take(self, size: int) -> int:
        """Returns the offset of ``size`` bytes, out of the smallest gap that is large enough or from the top."""
        best = min((gap for gap in self.free if gap[1] >= size), key=lambda gap: gap[1], default=None)
        if best is not None:
            self.free.remove(best)
            if best[1] > size:
                bisect.insort(self.free, (best[0] + size, best[1] - size))
            return best[0]
        start = self.top
        if self.free and sum(self.free[-1]) == self.top:
            # The last gap touches the top: extend it instead of leaving it behind.
            start = self.free.pop()[0]
        self.top = start + size
        return start

    def give_back(self, start: int, size: int) -> None:
        """Makes a block free again."""
        if not size:
            return
        place = bisect.bisect(self.free, (start, size))
        if place < len(self.free) and start + size == self.free[place][0]:
            size += self.free.pop(place)[1]
        if place and sum(self.free[place - 1]) == start:
            previous = self.free.pop(place - 1)
            start, size = previous[0], previous[1] + size
        bisect.insort(self.free, (start, size))
