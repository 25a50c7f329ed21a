"""Checks of the shape-like arguments that layers take."""

from collections.abc import Iterable


def integers(value, count: int, name: str, *, least: int = 1) -> tuple[int, ...]:
    """Returns ``value`` as ``count`` integers: for two of them ``3`` and ``(3, 3)`` both give ``(3, 3)``.

    Raises:
        ValueError: neither one integer nor ``count`` of them, or one of them is below ``least``.
    """
    items = tuple(value) if isinstance(value, Iterable) else (value,) * count
    try:
        whole = tuple(int(item) for item in items)
        valid = whole == items and len(whole) == count and min(whole) >= least
    except (TypeError, ValueError):
        valid = False
    if not valid:
        several = f"{count} integers" if count > 1 else "1 integer"
        raise ValueError(
            f"The `{name}` argument must be an integer or a tuple of {several}, at least {least}; received {value!r}."
        )
    return whole


def pair(value, name: str, *, least: int = 1) -> tuple[int, int]:
    """Returns ``value`` as two integers; see :func:`integers`."""
    return integers(value, 2, name, least=least)


def positive_integer(value, name: str, owner: str) -> int:
    """Returns ``value`` as an int.

    Raises:
        ValueError: it is not a whole number above zero; the message names ``owner``.
    """
    try:
        whole = int(value)
    except (TypeError, ValueError):
        whole = 0
    if isinstance(value, bool) or whole != value or whole < 1:
        raise ValueError(f"{owner}: `{name}` must be a positive integer; received {value!r}.")
    return whole
