"""Automatic names: ``dense``, ``dense_1``, ``dense_2``, as Keras counts them."""

import collections

from kerasnp.registry import snake_case

_counters: collections.Counter = collections.Counter()


def auto_name(kind: type | str) -> str:
    """Returns the next free default name for an object of a class, or of a kind that has this name."""
    base = kind if isinstance(kind, str) else snake_case(kind.__name__)
    count = _counters[base]
    _counters[base] += 1
    return base if count == 0 else f"{base}_{count}"


def clear_session(free_memory: bool = True) -> None:
    """Starts the automatic names from the beginning again. Memory never needs it: ``free_memory`` has no effect."""
    _counters.clear()
