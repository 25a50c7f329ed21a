"""kerasnp beside PyTorch and Keras on the same cores: one table, and JSON and a bar chart of it.

    python benchmarks/compare.py --peers ../peers/bin/python --json results.json --figure results.png

Every work runs in a process of its own for every rival, one rival after the other, for several rounds; the table shows
the medians of the rounds. README.md says how the numbers are made.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import measure
import report
import works


class Rival(NamedTuple):
    """A library in one of its settings."""

    name: str
    modules: tuple[str, ...]  # what the interpreter must have; the first is what users import
    script: str
    options: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


OURSELVES = Rival("kerasnp", ("kerasnp",), "run_kerasnp.py")
PEERS = (
    Rival("PyTorch", ("torch",), "run_torch.py"),
    Rival("PyTorch NHWC", ("torch",), "run_torch.py", options=("channels_last",)),
    Rival("Keras TF", ("keras", "tensorflow"), "run_keras.py", environment=(("KERAS_BACKEND", "tensorflow"),)),
    Rival("Keras JAX", ("keras", "jax"), "run_keras.py", environment=(("KERAS_BACKEND", "jax"),)),
)
ABOUT_OURSELVES = (
    "import json; from kerasnp import __version__, kernels; "
    "print(json.dumps({'kerasnp': f'{__version__} ({kernels.table().name} kernels)'}))"
)
IMPORT = (
    "import json, time; start = time.perf_counter(); import {}; "
    "print(json.dumps({{'time': time.perf_counter() - start}}))"
)

Results = dict[works.Row, dict[str, list[float]]]  # of each row and rival: one number a round


def applies(rival: Rival, work: str) -> bool:
    """Tells whether the memory format of images makes a difference to the work."""
    return not (rival.options and work in ("mlp", "import"))


def measure_work(rival: Rival, work: str, interpreter: str, threads: int) -> dict[str, float]:
    """Runs one work on one rival; returns the quantities by name, none if it failed."""
    if work == "import":
        command = [interpreter, "-c", IMPORT.format(rival.modules[0])]
    else:
        command = [interpreter, rival.script, work, str(threads), *rival.options]
    return measure.run_json(command, threads, **dict(rival.environment))


def compare(rivals: dict[Rival, str], chosen: list[str], rounds: int, threads: int) -> Results:
    """Measures the chosen works on the rivals, each with its interpreter, and reports progress."""
    results: Results = {row: {} for row in works.ROWS if row.work in chosen}
    start = time.perf_counter()
    for number in range(1, rounds + 1):
        for work in chosen:
            for rival, interpreter in rivals.items():
                found = measure_work(rival, work, interpreter, threads) if applies(rival, work) else {}
                for row in results:
                    if row.work == work and row.quantity in found:
                        results[row].setdefault(rival.name, []).append(found[row.quantity])
            seconds = time.perf_counter() - start
            print(f"round {number} of {rounds}: {work} done after {seconds:.0f} s", file=sys.stderr)
    return results


def medians(numbers: dict[str, list[float]]) -> dict[str, float]:
    """Returns the median of the rounds for each rival."""
    return {name: statistics.median(values) for name, values in numbers.items()}


def ratio_to_best_peer(row: works.Row, middle: dict[str, float]) -> float | None:
    """Returns how many times better kerasnp is than the best of the others; None if either is missing."""
    others = dict(middle)
    ours = others.pop(OURSELVES.name, None)
    return min((row.advantage(ours, value) for value in others.values()), default=None) if ours else None


def print_results(results: Results, names: list[str]) -> None:
    """Prints the medians of the rounds and the ratio to the best peer."""
    rows = []
    for row, numbers in results.items():
        middle = medians(numbers)
        ratio = ratio_to_best_peer(row, middle)
        last = "" if ratio is None else f"{report.number(ratio)} x"
        rows.append([row.label, row.unit, *(middle.get(name) for name in names), last])
    report.print_table(["work", "unit", *names, "to the best peer"], rows, labels=2)


def draw(results: Results, names: list[str], title: str, path: Path) -> None:
    """Draws how many times better kerasnp is than each peer, one group of bars a row of the table."""
    rows = [row for row, numbers in results.items() if OURSELVES.name in numbers]
    peers = [name for name in names if name != OURSELVES.name]
    figure, axes = report.new_figure(1, 1, (9, 1.5 + 0.75 * len(rows)))
    height = 0.8 / max(len(peers), 1)
    for offset, name in enumerate(peers):
        middles = [medians(results[row]) for row in rows]
        places = [i + height * offset - 0.4 for i, middle in enumerate(middles) if name in middle]
        times = [
            row.advantage(middle[OURSELVES.name], middle[name])
            for row, middle in zip(rows, middles, strict=True)
            if name in middle
        ]
        # On a logarithmic axis bars grow from 1, "as good as kerasnp", to either side.
        bars = axes.barh(places, [value - 1 for value in times], height, left=1, align="edge", label=name)
        axes.bar_label(bars, [f"{report.number(value)} x" for value in times], padding=3, fontsize=8)
    axes.axvline(1, color="black", linewidth=1)
    axes.set(xscale="log", xlabel="kerasnp is better by this factor")
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.grid(axis="x", alpha=0.3)
    axes.legend()
    axes.set_title(title, fontsize=9)
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="interpreter that has the peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=works.WORKS,
        default=list(works.WORKS),
        metavar="NAME",
        help=f"works to run, of {', '.join(works.WORKS)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the numbers of all rounds")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="where to draw the bar chart")
    arguments = parser.parse_args()

    measure.limit_cores(arguments.threads)
    found = measure.installed(arguments.peers, ("torch", "keras", "tensorflow", "jax"))
    peers = [peer for peer in PEERS if all(module in found for module in peer.modules)]
    for peer in PEERS:
        if peer not in peers:
            print(f"{peer.name} is left out: {arguments.peers} lacks {' or '.join(peer.modules)}", file=sys.stderr)
    rivals = {OURSELVES: sys.executable} | dict.fromkeys(peers, arguments.peers)
    machine = measure.machine(arguments.threads)
    versions = measure.run_json([sys.executable, "-c", ABOUT_OURSELVES], arguments.threads) | found

    results = compare(rivals, arguments.only, arguments.rounds, arguments.threads)

    names = [rival.name for rival in rivals]
    print(report.describe(machine, versions))
    print_results(results, names)
    if arguments.json:
        numbers = {row.label: {"unit": row.unit, "rounds": values} for row, values in results.items()}
        report.save_json(arguments.json, {"machine": machine, "versions": versions, "results": numbers})
    if arguments.figure:
        draw(results, names, report.describe(machine, versions), arguments.figure)


if __name__ == "__main__":
    main()
