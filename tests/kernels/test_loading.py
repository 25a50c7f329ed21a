"""Compiled kernels are loaded only where they belong to the Python files beside them."""

import importlib
import os
import subprocess
import sys

import pytest
from kernel_cases import VARIANTS, each_variant

from kerasnp import kernels
from kerasnp.kernels import dense


def takes_other_arguments(x, w, y):
    pass


@each_variant
def test_kernels_with_other_arguments_are_refused(variant, monkeypatch):
    monkeypatch.setattr(dense, "dense_forward", takes_other_arguments)
    with pytest.raises(ImportError, match=rf"{variant}\._dense were built from other sources than .*dense\.py; build"):
        kernels._compiled(dense, variant)


@each_variant
def test_kernels_that_miss_one_are_refused(variant, monkeypatch):
    monkeypatch.setattr(dense, "__all__", [*dense.__all__, "takes_other_arguments"])
    monkeypatch.setattr(dense, "takes_other_arguments", takes_other_arguments, raising=False)
    with pytest.raises(ImportError, match="built from other sources"):
        kernels._compiled(dense, variant)


@each_variant
def test_kernels_that_call_each_other_otherwise_are_refused(variant, monkeypatch):
    def import_module(name):
        raise TypeError("C function kerasnp.kernels.threads.threads_for has wrong signature")

    monkeypatch.setattr(importlib, "import_module", import_module)
    with pytest.raises(ImportError, match="built from other sources"):
        kernels._compiled(dense, variant)


@each_variant
def test_only_the_variant_in_use_is_loaded(variant):
    code = "import sys\nfrom kerasnp import kernels\nkernels.table()\nprint(*sys.modules)"
    environment = {**os.environ, "KERASNP_KERNELS": "cython", "KERASNP_VARIANT": variant}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split()) & {f"kerasnp.kernels.{name}._dense" for name in VARIANTS}
    assert loaded == {f"kerasnp.kernels.{variant}._dense"}
