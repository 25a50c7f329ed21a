"""Cost against size: time and memory of a training step as batch, width, depth and image grow.

    python benchmarks/scaling.py --json scaling.json --figure scaling.png

The model is a stack of 3 x 3 convolutions. Every size has a process of its own, to tell its memory. If nothing is
quadratic that should not be, the speed in GFLOP/s levels off and memory grows no faster than the work.
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import measure
import numpy as np
import report

import kerasnp
from kerasnp import kernels, layers


class Size(NamedTuple):
    """What a model and its batch are measured by."""

    batch: int = 32
    width: int = 32  # filters of each convolution
    depth: int = 4  # convolutions
    image: int = 32  # pixels a side

    def operations(self) -> int:
        """Returns the arithmetic operations of a training step: forward, and the two gradients of backward."""
        first, other = 3 * self.width, self.width**2  # the first layer's input needs no gradient
        products = 2 * first + 3 * other * (self.depth - 1)
        return 2 * 9 * self.batch * self.image**2 * products


SWEEPS = {
    "batch": [Size(batch=batch) for batch in (1, 4, 16, 64, 256)],
    "width": [Size(width=width) for width in (4, 8, 16, 32, 64, 128)],
    "depth": [Size(batch=8, width=16, image=16, depth=depth) for depth in (1, 10, 100, 1000)],
    "image": [Size(image=image) for image in (8, 16, 32, 64, 128)],
}


def measure_size(size: Size, threads: int) -> dict[str, float]:
    """Trains a model of this size; runs in a process of its own.

    Returns:
        milliseconds: of a step.
        megabytes: how much the peak of resident memory grew by model, data and steps.
    """
    kerasnp.config.set_num_threads(threads)
    kernels.table()
    before = measure.peak_memory()
    convolutions = [layers.Conv2D(size.width, 3, padding="same", activation="relu") for _ in range(size.depth)]
    top = [layers.GlobalAveragePooling2D(), layers.Dense(10, activation="softmax")]
    model = kerasnp.Sequential([kerasnp.Input((size.image, size.image, 3)), *convolutions, *top])
    model.compile("sgd", "sparse_categorical_crossentropy")
    generator = np.random.default_rng(0)
    x = generator.random((size.batch, size.image, size.image, 3), dtype=np.float32)
    y = generator.integers(0, 10, size.batch)
    seconds = measure.seconds_per_call(lambda: model.train_on_batch(x, y), budget=0.5)
    return {"milliseconds": seconds * 1e3, "megabytes": measure.peak_memory() - before}


def measure_sweep(sizes: list[Size], axis: str, threads: int) -> list[dict[str, float]]:
    """Measures one size after the other."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        costs = pool.map(measure_size, sizes, [threads] * len(sizes))
        return [
            {axis: getattr(size, axis), "GFLOP": size.operations() / 1e9, **cost}
            | {"GFLOP/s": size.operations() / cost["milliseconds"] / 1e6}
            for size, cost in zip(sizes, costs, strict=True)
        ]


def draw(sweeps: dict[str, list[dict[str, float]]], title: str, path: Path) -> None:
    """Draws time above and memory below, one column a sweep; the dashed line grows as the work does."""
    figure, axes = report.new_figure(2, len(sweeps), (3 * len(sweeps), 6), sharex="col")
    for column, (axis, points) in zip(axes.T, sweeps.items(), strict=True):
        sizes = [point[axis] for point in points]
        work = [point["GFLOP"] for point in points]
        for panel, cost in zip(column, ("milliseconds", "megabytes"), strict=True):
            panel.loglog(sizes, [point[cost] for point in points], "o-")
            panel.grid(alpha=0.3)
        column[0].loglog(sizes, [points[-1]["milliseconds"] * part / work[-1] for part in work], "k--", linewidth=1)
        column[1].set_xlabel(axis)
    axes[0, 0].set_ylabel("milliseconds a step")
    axes[1, 0].set_ylabel("megabytes")
    figure.suptitle(title, fontsize=9)
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=SWEEPS, default=list(SWEEPS), metavar="NAME")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the numbers")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="where to draw the curves")
    arguments = parser.parse_args()

    measure.limit_cores(arguments.threads)
    machine = measure.machine(arguments.threads)
    versions = {"kerasnp": f"{kerasnp.__version__} ({kernels.table().name} kernels)"}
    print(report.describe(machine, versions))
    sweeps = {}
    for axis in arguments.only:
        points = sweeps[axis] = measure_sweep(SWEEPS[axis], axis, arguments.threads)
        report.print_table(list(points[0]), [list(point.values()) for point in points], labels=0)
        print()
    if arguments.json:
        report.save_json(arguments.json, {"machine": machine, "versions": versions, "sweeps": sweeps})
    if arguments.figure:
        draw(sweeps, report.describe(machine, versions), arguments.figure)


if __name__ == "__main__":
    main()
