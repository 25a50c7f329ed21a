"""Cost against size: time and memory of training as batch, width, depth, image and data grow.

    python benchmarks/scaling.py --peers ../peers/bin/python --json scaling.json --figure scaling.png

Every size has a process of its own, to tell its memory. Below each table stands the power of the size with which the
costs grow; where nothing is quadratic that should not be, none is above that of the arithmetic.
"""

import argparse
import json
import sys
from pathlib import Path

import measure
import numpy as np
import report
from scaling_works import SWEEPS, Size

COSTS = {"build": "build ms", "fit": "fit ms", "predict": "predict ms", "memory": "MB"}
LARGEST = 3  # sizes that tell the growth: below them fixed costs count


def measure_sweep(axis: str, sizes: list[Size], rivals: dict[str, tuple[str, str]], threads: int) -> list[dict]:
    """Measures one size after the other, each on all rivals: the interpreter and the script of each by its name."""
    points = []
    for size in sizes:
        point = {axis: getattr(size, axis), "GFLOP": size.operations() / 1e9}
        for name, (interpreter, script) in rivals.items():
            found = measure.run_json([interpreter, script, json.dumps(size), str(threads)], threads)
            point |= {f"{name} {label}": found[cost] for cost, label in COSTS.items() if cost in found}
        points.append(point)
        print(f"{axis} {point[axis]} done", file=sys.stderr)
    return points


def growth(points: list[dict], axis: str, cost: str) -> float | None:
    """Returns p where the cost grows as ``size ** p``: the slope of a line through logarithms of the largest sizes."""
    known = [(point[axis], point[cost]) for point in points[-LARGEST:] if point.get(cost, 0) > 0]
    if len(known) < 2:
        return None
    sizes, costs = np.log(known).T
    return float(np.polyfit(sizes, costs, 1)[0])


def print_sweep(points: list[dict], axis: str) -> None:
    """Prints the table of a sweep, and as its last row the growth."""
    header = list(dict.fromkeys(key for point in points for key in point))
    rows = [[report.number(point.get(key)) for key in header] for point in points]
    rows.append([f"{axis}^p, p =", *(report.number(growth(points, axis, key)) for key in header[1:])])
    report.print_table(header, rows, labels=0)
    print(flush=True)


def draw(sweeps: dict[str, list[dict]], names: list[str], title: str, path: Path) -> None:
    """Draws time above and memory below, one column a sweep; the dashed line grows as the arithmetic does."""
    figure, axes = report.new_figure(2, len(sweeps), (2.6 * len(sweeps), 5.5), sharex="col", squeeze=False)
    for column, (sweep, points) in zip(axes.T, sweeps.items(), strict=True):
        sizes, work = [[point[key] for point in points] for key in (SWEEPS[sweep][0], "GFLOP")]
        for panel, cost in zip(column, ("fit ms", "MB"), strict=True):
            for name in names:
                # Less than a page more than before is no number for a logarithm.
                panel.loglog(
                    sizes, [max(point.get(f"{name} {cost}", np.nan), 0.1) for point in points], "o-", label=name
                )
            panel.grid(alpha=0.3)
        last = points[-1].get(f"{names[0]} fit ms", np.nan)
        column[0].loglog(
            sizes, [last * part / work[-1] for part in work], "k--", linewidth=1, label="as the arithmetic"
        )
        column[0].set_title(sweep, fontsize=10)
        column[1].set_xlabel(SWEEPS[sweep][0])
    axes[0, 0].set_ylabel("milliseconds an epoch")
    axes[1, 0].set_ylabel("megabytes")
    axes[0, 0].legend(fontsize=8)
    figure.suptitle(title, fontsize=9)
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    report.add_options(parser, list(SWEEPS))
    parser.add_argument("--peers", metavar="PYTHON", help="interpreter that has PyTorch, to put it beside")
    arguments = parser.parse_args()

    measure.limit_cores(arguments.threads)
    machine, versions = measure.machine(arguments.threads), measure.our_version()
    rivals = {"kerasnp": (sys.executable, "scaling_kerasnp.py")}
    if arguments.peers:
        versions |= measure.installed(arguments.peers, ("torch",))
        rivals["PyTorch"] = (arguments.peers, "scaling_torch.py")
    print(report.describe(machine, versions))
    sweeps = {}
    for name in arguments.only:
        axis, sizes = SWEEPS[name]
        sweeps[name] = measure_sweep(axis, sizes, rivals, arguments.threads)
        print(f"**{name}**\n")
        print_sweep(sweeps[name], axis)
    if arguments.json:
        report.save_json(arguments.json, {"machine": machine, "versions": versions, "sweeps": sweeps})
    if arguments.figure:
        draw(sweeps, list(rivals), report.describe(machine, versions), arguments.figure)


if __name__ == "__main__":
    main()
