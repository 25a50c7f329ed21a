"""The threads behind the parallel loops: by themselves in C, and as Python sees them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kerasnp import kernels

HERE = Path(__file__).parent
HEADERS = Path(kernels.__file__).parent

needs_pool = pytest.mark.skipif(
    not kernels.available_variants() or not kernels.threads.HAS_POOL,
    reason="parallel loops do not run on the pool here",
)


def run(code: str) -> str:
    """Runs code in a process with more threads than processors."""
    environment = {**os.environ, "KERASNP_KERNELS": "cython", "OMP_NUM_THREADS": "4"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_every_part_of_a_job_is_done_once(tmp_path):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    program = tmp_path / "check"
    command = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Werror", f"-I{HEADERS}", HERE / "pool_check.c"]
    subprocess.run([*command, "-pthread", "-o", program], check=True)
    assert subprocess.run([program], capture_output=True, text=True, check=False).stdout == "0 failures\n"


MANY = """
import os, threading
import numpy as np
from kerasnp import kernels

table = kernels.table()
kernels.threads.set_grain(1)


def count():
    return len(os.listdir("/proc/self/task"))


x, w = np.random.default_rng(0).random((2, 160, 160), dtype=np.float32)
wanted = np.empty_like(x)
scratch = np.empty(1 << 18, np.float32)
before = count()
table.dense_forward(x, w, None, False, wanted, scratch)
"""


@needs_pool
@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_loops_run_on_the_pool_alone():
    """Three threads join the caller, once; loops that went to OpenMP would start others."""
    code = "for _ in range(20): table.dense_forward(x, w, None, False, wanted, scratch)\nprint(count() - before)"
    assert run(MANY + code) == "3"


@needs_pool
def test_calls_from_many_threads():
    code = """
def call(right):
    y, own = np.empty_like(x), np.empty_like(scratch)
    for _ in range(200):
        y[...] = np.nan
        table.dense_forward(x, w, None, False, y, own)
        right.append(np.array_equal(y, wanted))

right = []
threads = [threading.Thread(target=call, args=(right,)) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(right), all(right))
"""
    assert run(MANY + code) == "800 True"


@needs_pool
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_process_makes_threads_of_its_own():
    code = """
child = os.fork()
y = np.full_like(x, np.nan)
table.dense_forward(x, w, None, False, y, scratch)
if child == 0:
    os._exit(0 if np.array_equal(y, wanted) and count() == 4 else 1)
print(os.waitpid(child, 0)[1], np.array_equal(y, wanted))
"""
    assert run(MANY + code) == "0 True"
