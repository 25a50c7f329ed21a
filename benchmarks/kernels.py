"""The kernels alone, beside PyTorch's: speed, share of the measured peak, ratio.

    python benchmarks/kernels.py --peers ../peers/bin/python

The peak of arithmetic, and that of passes over memory, is the highest rate that any kernel here reached, be it ours,
PyTorch's or NumPy's. Times are the least of many: neighbours on the machine only ever add.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import measure
import numpy as np
import report
import works
from threadpoolctl import threadpool_limits

import kerasnp
from kerasnp import kernels
from kerasnp.kernels import batch_norm, conv2d, dense

GENERATOR = np.random.default_rng(0)


class Case(NamedTuple):
    """A call to time and what it does: operations if ``unit`` is GFLOP/s, bytes read and written if it is GB/s."""

    name: str
    amount: float
    unit: str
    call: Callable


def rand(*shape: int) -> np.ndarray:
    return GENERATOR.random(shape, dtype=np.float32)


def convolutions(table) -> Iterator[Case]:
    for shape in works.CONVOLUTIONS:
        n, height, width, channels, filters = shape
        x, w, b = rand(n, height, width, channels), rand(3, 3, channels, filters), rand(filters)
        y = rand(n, height - 2, width - 2, filters)
        dx, dw, db = np.empty_like(x), np.empty_like(w), np.empty_like(b)
        size = max(conv2d.forward_scratch(w.shape, 1), conv2d.backward_scratch(w.shape, 1))
        scratch, geometry = np.empty(size, np.float32), (1, 1, 1, 1)
        name, operations = works.shape_name("conv", shape), 2 * y.size * 9 * channels
        forward = partial(table.conv2d_forward, x, w, b, *geometry, False, np.empty_like(y), scratch)
        yield Case(f"{name} forward", operations, "GFLOP/s", forward)
        backward = partial(table.conv2d_backward_input, y, w, *geometry, dx, scratch)
        yield Case(f"{name} dx", operations, "GFLOP/s", backward)
        backward = partial(table.conv2d_backward_weights, y, x, *geometry, dw, db, scratch)
        yield Case(f"{name} dw", operations, "GFLOP/s", backward)


def dense_layers(table) -> Iterator[Case]:
    for shape in works.PRODUCTS:
        rows, inputs, units = shape
        x, w, b, y = rand(rows, inputs), rand(inputs, units), rand(units), rand(rows, units)
        dx, dw, db = np.empty_like(x), np.empty_like(w), np.empty_like(b)
        size = max(dense.forward_scratch(inputs, units), dense.backward_scratch(inputs, units))
        scratch = np.empty(size, np.float32)
        name, operations = works.shape_name("dense", shape), 2 * rows * inputs * units
        forward = partial(table.dense_forward, x, w, b, False, np.empty_like(y), scratch)
        yield Case(f"{name} forward", operations, "GFLOP/s", forward)
        yield Case(f"{name} dx", operations, "GFLOP/s", partial(table.dense_backward_input, y, w, dx, scratch))
        yield Case(f"{name} dw", operations, "GFLOP/s", partial(table.dense_backward_weights, y, x, dw, db, scratch))


def pooling(table) -> Iterator[Case]:
    n, height, width, channels = works.IMAGES
    x, y = rand(*works.IMAGES), rand(n, height // 2, width // 2, channels)
    dx, argmax = np.empty_like(x), np.zeros(y.shape, np.uint16)
    window, both = (2, 2, 2, 2, 0, 0), x.nbytes + y.nbytes
    forward = partial(table.max_pool2d_forward, x, *window, y, argmax)
    yield Case("max pool forward", both + argmax.nbytes, "GB/s", forward)
    backward = partial(table.max_pool2d_backward, y, argmax, *window, dx)
    yield Case("max pool backward", both + argmax.nbytes, "GB/s", backward)
    yield Case("average pool forward", both, "GB/s", partial(table.average_pool2d_forward, x, *window, y))
    yield Case("average pool backward", both, "GB/s", partial(table.average_pool2d_backward, y, *window, dx))


def normalization(table) -> Iterator[Case]:
    channels = works.IMAGES[-1]
    x = rand(*works.IMAGES).reshape(-1, channels)
    dy, y = rand(*x.shape), np.empty_like(x)
    mean, variance, gamma, beta = rand(channels), rand(channels), rand(channels), rand(channels)
    scratch = np.empty(batch_norm.scratch_shape(*x.shape), np.float32)

    def forward():
        table.batch_norm_moments(x, mean, variance, scratch)
        table.batch_norm_normalize(x, mean, variance, gamma, beta, 1e-3, y, scratch)

    def backward():
        table.batch_norm_backward_weights(dy, x, mean, variance, 1e-3, gamma, beta, scratch)
        table.batch_norm_backward_input(dy, x, mean, variance, gamma, gamma, beta, 1e-3, y, scratch)

    yield Case("batch norm forward", 3 * x.nbytes, "GB/s", forward)
    yield Case("batch norm backward", 5 * x.nbytes, "GB/s", backward)


def vectors(table) -> Iterator[Case]:
    x, dy, y = rand(*works.LOGITS), rand(*works.LOGITS), np.empty(works.LOGITS, np.float32)
    yield Case("softmax forward", 2 * x.nbytes, "GB/s", partial(table.softmax_forward, x, y))
    yield Case("softmax backward", 3 * x.nbytes, "GB/s", partial(table.softmax_backward, dy, y, x))
    x, y, mask = rand(works.DROPPED), np.empty(works.DROPPED, np.float32), np.empty(works.DROPPED, np.uint8)
    moved = 2 * x.nbytes + mask.nbytes
    yield Case("dropout forward", moved, "GB/s", partial(table.dropout_forward, x, 0.5, 1, y, mask))
    yield Case("dropout backward", moved, "GB/s", partial(table.dropout_backward, y, mask, 0.5, x))
    g, m, v, w = (rand(works.WEIGHTS) for _ in range(4))
    adam = partial(table.adam, g, 1e-3, 0.0, 0.9, 0.999, 1e-7, m, v, None, w)
    yield Case("Adam", 7 * g.nbytes, "GB/s", adam)


def limits(table) -> Iterator[Case]:
    a, b, y = rand(2048, 2048), rand(2048, 2048), np.empty((2048, 2048), np.float32)
    scratch = np.empty(dense.forward_scratch(2048, 2048), np.float32)
    yield Case("large product", 2 * 2048**3, "GFLOP/s", partial(np.matmul, a, b, out=y))
    yield Case("large product", 2 * 2048**3, "GFLOP/s", partial(table.dense_forward, a, b, None, False, y, scratch))
    source, target = np.ones(50_000_000, np.float32), np.empty(50_000_000, np.float32)
    yield Case("large copy", 2 * source.nbytes, "GB/s", partial(np.copyto, target, source))


GROUPS = (limits, convolutions, dense_layers, pooling, normalization, vectors)


def keep_least(found: dict[str, float], name: str, seconds: float) -> None:
    found[name] = min(seconds, found.get(name, seconds))


def measure_ours(table, cases: dict[str, Case], found: dict[str, float]) -> None:
    """Times every kernel once more; fills in what is measured and the least seconds by name."""
    for group in GROUPS:
        for case in group(table):
            cases[case.name] = case._replace(call=None)  # its arrays are not needed any longer
            keep_least(found, case.name, measure.seconds_per_call(case.call, works.KERNEL_BUDGET, pick=min))


def summarize(cases: dict[str, Case], ours: dict[str, float], peer: dict[str, float]) -> list[dict]:
    """Returns, for each kernel: name, unit, rates of kerasnp and PyTorch, share of the peak, ratio."""
    peaks: dict[str, float] = {}
    for name, case in cases.items():
        rate = case.amount / min(ours[name], peer.get(name, math.inf))
        peaks[case.unit] = max(rate, peaks.get(case.unit, 0))
    return [
        {
            "name": name,
            "unit": case.unit,
            "microseconds": ours[name] * 1e6,
            "kerasnp": case.amount / ours[name] / 1e9,
            "share of peak": case.amount / ours[name] / peaks[case.unit],
            "PyTorch": case.amount / peer[name] / 1e9 if name in peer else None,
            "ratio": peer[name] / ours[name] if name in peer else None,
        }
        for name, case in cases.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="interpreter that has PyTorch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the numbers")
    arguments = parser.parse_args()

    measure.limit_cores(arguments.threads)
    kerasnp.config.set_num_threads(arguments.threads)
    table = kernels.table("float32")
    versions = {"kerasnp": f"{kerasnp.__version__} ({table.name} kernels)", "numpy": np.__version__}
    versions |= measure.installed(arguments.peers, ("torch",))
    cases: dict[str, Case] = {}
    ours: dict[str, float] = {}
    peer: dict[str, float] = {}
    for number in range(1, arguments.rounds + 1):
        with threadpool_limits(arguments.threads):
            measure_ours(table, cases, ours)
        if "torch" in versions:
            command = [arguments.peers, "torch_kernels.py", str(arguments.threads)]
            for name, seconds in measure.run_json(command, arguments.threads).items():
                keep_least(peer, name, seconds)
        print(f"round {number} of {arguments.rounds} done", file=sys.stderr)

    machine, kernel_rows = measure.machine(arguments.threads), summarize(cases, ours, peer)
    print(report.describe(machine, versions))
    header = ["kernel", "unit", "us", "kerasnp", "of the peak", "PyTorch", "ratio"]
    rows = [list(row.values()) for row in kernel_rows]
    for row in rows:
        row[4] = f"{row[4]:.0%}"
    report.print_table(header, rows, labels=2)
    if arguments.json:
        report.save_json(arguments.json, {"machine": machine, "versions": versions, "kernels": kernel_rows})


if __name__ == "__main__":
    main()
