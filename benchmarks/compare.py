"""kerasnp beside PyTorch and Keras on the same cores: one table, and JSON and a bar chart of it.

    python benchmarks/compare.py --peers ../peers/bin/python --json results.json --figure results.svg

Every work runs in a process of its own for every rival, one rival after the other, for several rounds; the table shows
the medians of the rounds. README.md says how the numbers are made.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import chart
import measure
import report
import works


class Rival(NamedTuple):
    """A library in one of its settings."""

    name: str
    library: str  # the settings of one share a bar of the chart
    modules: tuple[str, ...]  # what the interpreter must have; the first is what users import
    script: str
    options: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


OURSELVES = Rival("kerasnp", "kerasnp", ("kerasnp",), "run_kerasnp.py")
PEERS = (
    Rival("PyTorch", "PyTorch", ("torch",), "run_torch.py"),
    Rival("PyTorch NHWC", "PyTorch", ("torch",), "run_torch.py", options=("channels_last",)),
    Rival(
        "Keras TF",
        "Keras on TensorFlow",
        ("keras", "tensorflow"),
        "run_keras.py",
        environment=(("KERAS_BACKEND", "tensorflow"),),
    ),
    Rival("Keras JAX", "Keras on JAX", ("keras", "jax"), "run_keras.py", environment=(("KERAS_BACKEND", "jax"),)),
)
IMPORT = (
    "import json, time; start = time.perf_counter(); import {}; "
    "print(json.dumps({{'time': time.perf_counter() - start}}))"
)

Rounds = dict[str, dict[str, list[float]]]  # by label of the row and name of the rival: one number a round


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


def measure_missing(
    rounds: Rounds, rivals: dict[Rival, str], chosen: list[str], count: int, threads: int, save
) -> None:
    """Measures what is missing of ``count`` rounds of the chosen works, and calls ``save()`` after each work."""
    start = time.perf_counter()
    for number in range(1, count + 1):
        for work in chosen:
            rows = [row for row in works.ROWS if row.work == work]
            for rival, interpreter in rivals.items():
                known = [rounds.setdefault(row.label, {}).setdefault(rival.name, []) for row in rows]
                if applies(rival, work) and any(len(values) < number for values in known):
                    found = measure_work(rival, work, interpreter, threads)
                    for row, values in zip(rows, known, strict=True):
                        values += [found[row.quantity]] if row.quantity in found else []
            save()
            print(f"round {number} of {count}: {work} done at {time.perf_counter() - start:.0f} s", file=sys.stderr)


def medians(rounds: Rounds, row: works.Row) -> dict[str, float]:
    """Returns the median of the rounds for each rival that has any."""
    return {name: statistics.median(values) for name, values in rounds.get(row.label, {}).items() if values}


def advantages(row: works.Row, middle: dict[str, float]) -> dict[str, float]:
    """Returns how many times better kerasnp is than each of the others; nothing if it was not measured itself."""
    others = dict(middle)
    ours = others.pop(OURSELVES.name, None)
    return {name: row.advantage(ours, value) for name, value in others.items()} if ours else {}


def print_results(rounds: Rounds, names: list[str]) -> None:
    """Prints the medians of the rounds and the ratio to the best peer, the least of all."""
    lines = []
    for row in works.ROWS:
        if middle := medians(rounds, row):
            ratio = min(advantages(row, middle).values(), default=None)
            last = ratio and f"{report.number(ratio)} x"
            lines.append([row.label, row.unit, *(middle.get(name) for name in names), last])
    report.print_table(["work", "unit", *names, "to the best peer"], lines, labels=2)


def draw(path: Path, rounds: Rounds, caption: str) -> None:
    """Draws how many times better kerasnp is than each library in the better of its settings."""
    groups = []
    for row in works.ROWS:
        middle = medians(rounds, row)
        factors = advantages(row, middle)
        least: dict[str, float] = {}
        for peer in PEERS:
            if peer.name in factors:
                least[peer.library] = min(factors[peer.name], least.get(peer.library, factors[peer.name]))
        if least:
            note = f"{report.number(middle[OURSELVES.name])} {row.unit}"
            groups.append(chart.Group(row.label, note, least))
    chart.save(path, "How many times better kerasnp is than", groups, caption)


def resumed(path: Path, about: dict) -> Rounds:
    """Returns the rounds that a file has; they must come from the same machine and versions."""
    content = json.loads(path.read_text())
    for what, value in about.items():
        if content[what] != value:
            raise SystemExit(f"{path} has other {what}: {content[what]}, not {value}")
    return content["rounds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    report.add_options(parser, works.WORKS)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="interpreter that has the peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--resume", action="store_true", help="keep the rounds that the file of --json has already")
    arguments = parser.parse_args()
    if arguments.resume and not arguments.json:
        parser.error("--resume needs --json FILE")

    measure.limit_cores(arguments.threads)
    found = measure.installed(arguments.peers, ("torch", "keras", "tensorflow", "jax"))
    peers = [peer for peer in PEERS if all(module in found for module in peer.modules)]
    for peer in PEERS:
        if peer not in peers:
            print(f"{peer.name} is left out: {arguments.peers} lacks {' or '.join(peer.modules)}", file=sys.stderr)
    rivals = {OURSELVES: sys.executable} | dict.fromkeys(peers, arguments.peers)
    about = {"machine": measure.machine(arguments.threads), "versions": measure.our_version() | found}
    rounds = resumed(arguments.json, about) if arguments.resume and arguments.json.exists() else {}

    def save() -> None:
        if arguments.json:
            report.save_json(arguments.json, about | {"rounds": rounds})

    try:
        measure_missing(rounds, rivals, arguments.only, arguments.rounds, arguments.threads, save)
    except KeyboardInterrupt:
        print("stopped; this is what there is", file=sys.stderr)
        save()
    caption = report.describe(**about)
    print(caption)
    print_results(rounds, [rival.name for rival in rivals])
    if arguments.figure:
        draw(arguments.figure, rounds, caption)


if __name__ == "__main__":
    main()
