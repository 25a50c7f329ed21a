"""Writes docs/support.md: which public names of Keras are in kerasnp.

python docs/make_support.py
"""

import itertools
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from public_names import FROZEN, MISSING, find, names, reason  # noqa: E402

PAGE = HERE / "support.md"
WIDTH = 120


def sections():
    """Yields each namespace with its names that are there, and by reason those that are left out."""
    for namespace, entries in itertools.groupby(names(), key=lambda entry: entry[0]):
        there, left_out = [], {}
        for _, name, _, _ in entries:
            if find(namespace, name) is not MISSING:
                there.append(name)
            else:
                left_out.setdefault(reason(namespace, name), []).append(name)
        yield namespace, there, left_out


def text() -> str:
    """Returns the page."""
    parts = list(sections())
    rows = [(space, len(there), sum(map(len, out.values()))) for space, there, out in parts]
    lines = [
        "# What of Keras is in kerasnp",
        "",
        f"The public names of Keras {FROZEN['keras']}, as `docs/make_support.py` finds them in the code. A name that",
        "is left out raises an error with the reason that stands here.",
        "",
        "| Namespace | There | Left out |",
        "|---|---:|---:|",
        *(f"| `{space}` | {there} | {out} |" for space, there, out in rows),
        "| **all** | " + " | ".join(f"**{sum(row[column] for row in rows)}**" for column in (1, 2)) + " |",
    ]
    for space, there, out in parts:
        lines += ["", f"## `{space}`"]
        if there:
            lines += ["", *_names("There: ", there)]
        if out:
            lines += ["", "Left out:", ""]
            for why, group in out.items():
                lines += _names("- ", group, f": {why}.", "  ")
    return "\n".join(lines) + "\n"


def _names(before: str, group: list[str], after: str = ".", indent: str = "") -> list[str]:
    words = (before + ", ".join(f"`{name}`" for name in group) + after).split(" ")
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append(indent + word)
        else:
            lines[-1] += " " + word
    return lines


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
