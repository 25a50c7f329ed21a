"""What the machine can do at most: multiply-adds in registers, and passes over memory.

python benchmarks/peak.py
"""

import ctypes
import functools
import itertools
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import measure
import numpy as np
import report

from kerasnp import config

FLAGS = {"avx2": ["-mavx2", "-mfma"], "avx512": ["-mavx512f"]}
ROUNDS = 1_000_000
BUDGET = 0.1  # seconds spent on each measurement


def all_at_once(threads: int, call) -> float:
    """Returns the least seconds until every thread, on a core of its own, has run ``call(number)`` once."""
    if threads == 1:
        return measure.seconds_per_call(lambda: call(0), BUDGET, pick=min)
    cores = itertools.cycle(measure.cores())
    with ThreadPoolExecutor(threads, initializer=lambda: measure.keep_on([next(cores)])) as pool:
        return measure.seconds_per_call(lambda: list(pool.map(call, range(threads))), BUDGET, pick=min)


@functools.cache
def compiled(variant: str) -> ctypes.CDLL | None:
    """Returns peak.c, built for a variant's vector instructions; None without a C compiler."""
    source = Path(__file__).with_name("peak.c")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "peak.so")
        compiler = os.environ.get("CC", "cc").split()
        command = [*compiler, "-O2", "-shared", "-fPIC", *FLAGS.get(variant, []), str(source), "-o", str(library)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        loop = ctypes.CDLL(str(library))
    loop.multiply_adds.argtypes = [ctypes.c_long, ctypes.c_float, ctypes.c_float]
    loop.multiply_adds.restype = ctypes.c_float
    return loop


def arithmetic(variant: str, threads: int) -> float | None:
    """Returns the operations a second in float32, a multiply-add being two; None without a C compiler."""
    loop = compiled(variant)
    if loop is None:
        return None
    # ctypes gives the GIL away during the call.
    seconds = all_at_once(threads, lambda _: loop.multiply_adds(ROUNDS, 0.5, 0.5))
    return threads * ROUNDS * loop.operations_a_round() / seconds


def memory(size: int, threads: int) -> float:
    """Returns the bytes a second, read and written, of the faster of a copy and a sum in place.

    Args:
        size: bytes of each of the two arrays: small ones stay in the caches.
        threads: one of them works alone if that is faster.
    """
    source = np.ones(size // 4, np.float32)
    target = np.empty_like(source)
    rates = []
    for count in {1, threads}:
        a, b = np.array_split(source, count), np.array_split(target, count)
        rates.append(2 * size / all_at_once(count, lambda i, a=a, b=b: np.copyto(b[i], a[i])))
        # A copy makes most processors read the target as well.
        rates.append(3 * size / all_at_once(count, lambda i, a=a, b=b: np.add(a[i], b[i], out=b[i])))
    return max(rates)


if __name__ == "__main__":
    counts = range(1, len(measure.cores()) + 1)
    header = [f"{count} thread{'s' * (count > 1)}" for count in counts]
    rows = []
    for variant in config.kernel_variants() or ["baseline"]:
        rates = [arithmetic(variant, count) for count in counts]
        rows.append([variant, *(rate and rate / 1e9 for rate in rates)])
    report.print_table(["GFLOP/s", *header], rows)
    print()
    rows = [
        [f"{size / 2**20:g} MB", *(memory(size, count) / 1e9 for count in counts)]
        for size in (2**exponent for exponent in range(16, 29, 2))
    ]
    report.print_table(["GB/s", *header], rows)
