"""The progress bar and the meaning of ``verbose``."""

import math
import shutil
from collections.abc import Iterable
from time import perf_counter

from kerasnp import config
from kerasnp.utils import console

BOLD, GREEN, WHITE = 1, 32, 37  # ANSI codes


def resolve_verbose(verbose) -> int:
    """Returns 0 (silent), 1 (bar) or 2 (one line an epoch).

    ``"auto"`` is the bar on a terminal or in a notebook and one line an epoch elsewhere, as in log files.

    Raises:
        ValueError: anything else.
    """
    if isinstance(verbose, str) and verbose == "auto":
        return 1 if console.is_live() else 2
    if verbose not in (0, 1, 2):
        raise ValueError(f"`verbose` must be 'auto', 0, 1 or 2; received {verbose!r}.")
    return int(verbose)


class Progbar:
    """A progress bar: ``12/40 ━━━━━━━━━━━━━━━━━━━━ 3s 100ms/step - loss: 0.1234``.

    Args:
        target: number of steps, or None if unknown.
        width: cells of the bar.
        verbose: 0 shows nothing, 1 the bar, 2 one line at the end.
        interval: seconds between two refreshes.
        stateful_metrics: names whose values are shown as they come; all others are averaged over the steps.
        stateless_metrics: names whose values are averaged over the steps; all others are shown as they come.
        unit_name: what one step is called.

    Raises:
        ValueError: both ``stateful_metrics`` and ``stateless_metrics`` are given.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError("Pass either `stateful_metrics` or `stateless_metrics`, not both.")
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._sums: dict[str, tuple[float, int]] = {}
        self._seen = 0
        self._start = perf_counter()
        self._first_step_end: float | None = None
        self._last_refresh = -math.inf
        self._shown = 0  # characters of the line that the next refresh overwrites

    def due(self) -> bool:
        """Tells whether an update now would refresh the bar."""
        return self.verbose == 1 and perf_counter() - self._last_refresh >= self.interval

    def update(self, current: int, values: Iterable[tuple[str, float]] | None = None, finalize: bool | None = None):
        """Moves the bar.

        Args:
            current: number of steps done.
            values: pairs of a name and its value at this step.
            finalize: whether this is the last update; None means once ``current`` has reached ``target``.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._add(name, value, 1 if finalize else max(current - self._seen, 1), restart=finalize)
        self._seen = current
        now = perf_counter()
        seconds = self._step_seconds(current, now)
        if self.verbose == 1 and (finalize or now - self._last_refresh >= self.interval):
            self._refresh(self._bar_line(current, now, seconds, finalize), finalize)
            self._last_refresh = now
        elif self.verbose == 2 and finalize and self.target:
            rate = _rate(seconds, self.unit_name)
            elapsed = f"{now - self._start:.0f}s"
            console.print_msg(f"{self._count(current)} - {elapsed} - {rate}{self._values_text()}")

    def add(self, n: int, values: Iterable[tuple[str, float]] | None = None):
        """Moves the bar by ``n`` steps."""
        self.update(self._seen + n, values)

    def close(self) -> None:
        """Ends the line of a bar that was not finished, so that what follows starts on a line of its own."""
        if self._shown:
            console.print_msg("", line_break=True)
            self._shown = 0

    def _add(self, name: str, value, weight: int, restart: bool) -> None:
        if self.stateless_metrics is None:
            averaged = name not in self.stateful_metrics
        else:
            averaged = name in self.stateless_metrics
        if averaged and not restart:
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total + value * weight, count + weight)
        else:
            self._sums[name] = (value, 1)

    def _step_seconds(self, current: int, now: float) -> float:
        """Estimates the seconds a step takes; the first one, which builds and plans, counts only while it is alone."""
        if not current:
            return 0.0
        if current > 1 and self._first_step_end is not None:
            return (now - self._first_step_end) / (current - 1)
        if current == 1:
            self._first_step_end = now
        return (now - self._start) / current

    def _count(self, current: int) -> str:
        if not self.target:
            return f"{current:7d}/Unknown"
        return f"{current:{len(str(self.target))}d}/{self.target}"

    def _bar_line(self, current: int, now: float, seconds: float, finalize: bool) -> list[tuple[str, int]]:
        """Returns the line as pieces of text, each with its colour (0 for none)."""
        pieces = [(self._count(current), BOLD if self.target else 0), (" ", 0)]
        if self.target:
            done = min(int(self.width * current / self.target), self.width)
            pieces += [("━" * done, GREEN), ("━" * (self.width - done), WHITE), (" ", 0)]
        if self.target and not finalize:
            time = _remaining(seconds * (self.target - current))
        else:
            time = f"{now - self._start:.0f}s"
        return [*pieces, (time, BOLD), (f" {_rate(seconds, self.unit_name)}{self._values_text()}", 0)]

    def _values_text(self) -> str:
        text = ""
        for name, (total, count) in self._sums.items():
            value = float(_mean(total)) / count
            text += f" - {name}: {value:.4f}" if abs(value) > 1e-3 else f" - {name}: {value:.4e}"
        return text

    def _refresh(self, pieces: list[tuple[str, int]], finalize: bool) -> None:
        if not config.is_interactive_logging_enabled():
            if finalize:
                console.print_msg("".join(text for text, _ in pieces))
            return
        # A line that wraps cannot be overwritten: while it moves, the bar keeps within the terminal.
        room = shutil.get_terminal_size().columns - 1 if console.is_terminal() and not finalize else math.inf
        coloured = console.is_live()
        line, length = "", 0
        for text, code in pieces:
            text = text[: int(min(len(text), room - length))]
            length += len(text)
            line += f"\x1b[{code}m{text}\x1b[0m" if coloured and code and text else text
        padding = " " * (self._shown - length)
        console.print_msg(f"\r{line}{padding}", line_break=finalize)
        self._shown = 0 if finalize else length


def _mean(value) -> float:
    """Returns a number, also for the metrics that have one value a class."""
    return value if isinstance(value, (int, float)) else value.mean()


def _rate(seconds: float, unit: str) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/{unit}"
    return f"{seconds * 1e3:.0f}ms/{unit}" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/{unit}"


def _remaining(seconds: float) -> str:
    whole = int(seconds)
    if seconds > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if seconds > 60 else f"{whole}s"
