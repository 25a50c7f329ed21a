"""How many threads a kernel uses, and who may limit them."""

import os
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_limits

from kerasnp import config, kernels

pytestmark = pytest.mark.skipif(not kernels.available_variants(), reason="the reference kernels use no threads")


@pytest.fixture
def default_grain():
    before = kernels.threads.set_grain(200_000)
    yield
    kernels.threads.set_grain(before)


def in_a_process(code: str, **environment: str) -> str:
    """Runs code with the threads module at hand; a process of its own may have more threads than processors."""
    code = f"from kerasnp import config, kernels\nkernels.table()\nthreads = kernels.threads\n{code}"
    environment = {**os.environ, "KERASNP_KERNELS": "cython", **environment}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_little_work_stays_on_one_thread(default_grain):
    assert kernels.threads.count_for(1000) == 1


def test_threads_come_with_the_work():
    code = "print(*[threads.count_for(work) for work in (0, 2e5, 4e5, 7e5, 1e12)])"
    assert in_a_process(code, OMP_NUM_THREADS="4") == "1 1 2 3 4"


def test_our_own_limit():
    code = "config.set_num_threads(3); print(threads.count_for(1e12)); config.set_num_threads(None)"
    assert in_a_process(f"{code}; print(threads.count_for(1e12))", OMP_NUM_THREADS="4").split() == ["3", "4"]


def test_the_limits_of_threadpoolctl_hold(default_grain):
    with threadpool_limits(1):
        assert kernels.threads.count_for(1e12) == 1
    assert kernels.threads.count_for(1e12) == (config.num_threads() or kernels.threads.count_for(1e15))


@pytest.mark.parametrize("variant", kernels.available_variants())
def test_a_variant_can_be_forced(variant):
    assert in_a_process("print(kernels.table('float64').name)", KERASNP_VARIANT=variant) == variant


def test_an_unknown_variant_is_an_error():
    code = "import kerasnp.kernels as k\ntry: k.table()\nexcept ImportError as error: print(error)"
    environment = {**os.environ, "KERASNP_VARIANT": "mmx", "KERASNP_KERNELS": "cython"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "KERASNP_VARIANT='mmx' cannot be used here" in done.stdout
