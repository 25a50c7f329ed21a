"""JSON of a size that does no harm, with every name once."""

import json
import re

from kerasnp.saving.errors import FileFormatError

LARGEST = 16 << 20  # bytes
_DEEPEST = 100
_MOST_CONTAINERS = 200_000
_MOST_ITEMS = 2_000_000
_LONGEST_NAME = 1000  # characters of a name in an object
_MOST_DIGITS = 1000  # of an integer; Python's time grows with their square
_SIGNS = re.compile(r'\\.|["\[{\]}]', re.DOTALL)  # brackets, and what tells those in strings from the others


def parse(text: str | bytes, place: str):
    """Returns what a JSON text says.

    Args:
        text: UTF-8 where it is bytes.
        place: what it is, for messages.

    Raises:
        FileFormatError: no JSON, a name twice in one object, or so large or deep that it is no config.
    """
    if len(text) > LARGEST:
        raise FileFormatError(f"{place} is refused: {len(text)} bytes of JSON, more than {LARGEST}.")
    try:
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        _check_structure(text, place)
        return json.loads(text, object_pairs_hook=_unique, parse_int=_integer)
    except FileFormatError:
        raise
    except _RepeatedNameError as error:
        raise FileFormatError(f"{place} has the name {error} twice in one object.") from error
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{place} is no JSON: {error}") from error


def _check_structure(text: str, place: str) -> None:
    """Counts what would take memory or stack before anything is made of it; texts in quotes do not count."""
    containers, items, depth, deepest = 0, text.count(","), 0, 0
    if text.count("[") + text.count("{") > _DEEPEST:
        in_string = False
        for match in _SIGNS.finditer(text):
            sign = match[0]
            if sign == '"':
                in_string = not in_string
            elif in_string:
                continue
            elif sign in "[{":
                containers, depth = containers + 1, depth + 1
                deepest = max(deepest, depth)
            elif sign in "]}":
                depth -= 1
    if deepest > _DEEPEST or containers > _MOST_CONTAINERS or items > _MOST_ITEMS:
        raise FileFormatError(
            f"{place} is refused: {deepest} levels deep, {containers} lists and objects, {items} items; a config has "
            f"at most {_DEEPEST}, {_MOST_CONTAINERS} and {_MOST_ITEMS}."
        )


class _RepeatedNameError(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    longest = max(map(len, found), default=0)
    if longest > _LONGEST_NAME:
        raise ValueError(f"a name of {longest} characters in an object")
    if len(found) < len(pairs):
        names: set[str] = set()
        twice = next(name for name, _ in pairs if name in names or names.add(name))
        raise _RepeatedNameError(f"{twice!r:.100}")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)
