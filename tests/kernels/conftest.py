"""Kernel tests give even the smallest work to several threads, so that parity and bits are tested with them too."""

import pytest

from kerasnp import kernels


@pytest.fixture(autouse=True, scope="package")
def _fine_grain():
    if not kernels.available_variants():
        yield
        return
    threads = kernels.threads
    before = threads.set_grain(1)
    yield
    threads.set_grain(before)
