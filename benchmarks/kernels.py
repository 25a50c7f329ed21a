"""The kernels alone, beside PyTorch's: speed, share of what the machine can do, ratio.

    python benchmarks/kernels.py --peers ../peers/bin/python

Every kernel is timed on one side and then on the other, for several rounds, and the least time of all counts:
neighbours on the machine only ever add. README.md says what the limits are.
"""

import argparse
import itertools
import sys
from pathlib import Path
from typing import NamedTuple

import chart
import kernel_works
import measure
import peak
import report
from kernel_works import Kernel
from worker import Worker

from kerasnp import config

PEER = "PyTorch"


class Result(NamedTuple):
    """What is known of one direction of a kernel; rates in operations or bytes a second, None where there is none."""

    kernel: Kernel
    direction: str
    seconds: float
    rate: float
    share: float | None  # of what the machine can do
    peer: float | None

    @property
    def ratio(self) -> float | None:
        return self.peer and self.rate / self.peer


class Measured:
    """The best that was seen so far, of each side and of the machine."""

    def __init__(self):
        self.seconds: dict[str, dict[tuple[Kernel, str], float]] = {"kerasnp": {}, PEER: {}}
        self.limits: dict[int | None, float | None] = {}  # of arithmetic, and of memory by the size of arrays

    def add(self, side: str, kernel: Kernel, answer: dict[str, float]) -> None:
        for direction, seconds in answer.items():
            known = self.seconds[side]
            known[kernel, direction] = min(seconds, known.get((kernel, direction), seconds))

    def add_limit(self, size: int | None, threads: int) -> None:
        limit = peak.memory(size, threads) if size else peak.arithmetic(config.kernel_variant(), threads)
        self.limits[size] = limit and max(limit, self.limits.get(size) or 0)

    def results(self) -> list[Result]:
        return [self._result(kernel, direction) for kernel, direction in self.seconds["kerasnp"]]

    def _result(self, kernel: Kernel, direction: str) -> Result:
        amount, limit = kernel.amounts()[direction], self.limits[kernel.size]
        ours, theirs = (self.seconds[side].get((kernel, direction)) for side in ("kerasnp", PEER))
        rate = amount / ours
        return Result(kernel, direction, ours, rate, limit and rate / limit, theirs and amount / theirs)


def measure_rounds(sides: dict[str, Worker], chosen: list[Kernel], rounds: int, threads: int) -> Measured:
    """Times the kernels, one side after the other, and what the machine can do; Ctrl-C ends it early."""
    measured = Measured()
    try:
        for number in range(1, rounds + 1):
            for kernel in chosen:
                measured.add_limit(kernel.size, threads)
                for name, side in sides.items():
                    measured.add(name, kernel, side.ask(kernel.kind, kernel.shape))
            print(f"round {number} of {rounds} done", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; this is what there is", file=sys.stderr)
    for side in sides.values():
        side.close()
    return measured


def print_results(results: list[Result]) -> None:
    rows = [
        [
            f"{result.kernel.label} {result.direction}",
            result.kernel.unit,
            result.seconds * 1e6,
            result.rate / 1e9,
            result.share and f"{result.share:.0%}",
            result.peer and result.peer / 1e9,
            result.ratio and f"{report.number(result.ratio)} x",
        ]
        for result in results
    ]
    report.print_table(["kernel", "unit", "us", "kerasnp", "of the limit", PEER, "ratio"], rows, labels=2)


def draw(path: Path, results: list[Result], caption: str) -> None:
    """Draws one group of bars a kernel, one bar a direction."""
    groups = []
    for kernel, members in itertools.groupby(results, lambda result: result.kernel):
        directions = list(members)
        rates = ", ".join(f"{result.rate / 1e9:,.0f}" for result in directions)
        ratios = {result.direction: result.ratio for result in directions if result.ratio}
        groups.append(chart.Group(kernel.label, f"{rates} {kernel.unit}", ratios))
    chart.save(path, "How many times faster than PyTorch", groups, caption)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    report.add_options(parser, kernel_works.KINDS)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="interpreter that has PyTorch")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    measure.limit_cores(arguments.threads)
    machine = measure.machine(arguments.threads)
    versions = measure.our_version() | measure.installed(arguments.peers, ("torch",))
    sides = {"kerasnp": Worker([sys.executable, "our_kernels.py", str(arguments.threads)], arguments.threads)}
    if "torch" in versions:
        sides[PEER] = Worker([arguments.peers, "torch_kernels.py", str(arguments.threads)], arguments.threads)
    chosen = [kernel for kernel in kernel_works.KERNELS if kernel.kind in arguments.only]
    measured = measure_rounds(sides, chosen, arguments.rounds, arguments.threads)
    results = measured.results()

    caption = report.describe(machine, versions)
    if limit := measured.limits.get(None):
        caption += f"limit of {config.kernel_variant()} arithmetic: {limit / 1e9:.0f} GFLOP/s\n"
    print(caption)
    print_results(results)
    if arguments.json:
        lines = [
            result._asdict() | {"kernel": result.kernel.label, "unit": result.kernel.unit, "ratio": result.ratio}
            for result in results
        ]
        report.save_json(arguments.json, {"machine": machine, "versions": versions, "kernels": lines})
    if arguments.figure:
        draw(arguments.figure, results, caption)


if __name__ == "__main__":
    main()
