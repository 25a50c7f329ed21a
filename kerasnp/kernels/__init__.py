"""The loops. Each kernel exists twice: ``x.py``, readable NumPy, and ``_x.pyx``, fast Cython, with one signature.

:func:`table` returns the kernels for a number type as attributes of one object; a plan asks for it once. Arguments of
every kernel are inputs, geometry, outputs and scratch, in that order; kernels write into what they are handed, return
None and allocate nothing (the reference kernels may allocate temporaries).
"""

import contextlib
import functools
import importlib
import os
import types
import warnings

import numpy as np

from kerasnp import config

from . import activation, batch_norm, conv2d, crossentropy, dense, dropout, loss, metric, pool2d, softmax, update

MODULES = (activation, batch_norm, conv2d, crossentropy, dense, dropout, loss, metric, pool2d, softmax, update)
_C_TYPES = {"float32": "float", "float64": "double"}


@functools.cache
def available_variants() -> tuple[str, ...]:
    """Returns the sets of vector instructions that are both built and runnable here, fastest first.

    Empty where the package was installed without a compiler. ``KERASNP_VARIANT`` names one to use instead of the first.
    """
    try:
        with _short_waits():
            threads = importlib.import_module("kerasnp.kernels.threads")
    except ImportError:
        return ()
    config.on_thread_limit(threads.set_limit)
    if hasattr(os, "register_at_fork"):
        # A forked child inherits OpenMP's bookkeeping but none of its threads, and would wait for them for ever.
        os.register_at_fork(after_in_child=lambda: config.set_num_threads(1))
    found = [name for name in threads.variants() if _is_built(name)]
    forced = os.environ.get("KERASNP_VARIANT")
    if forced:
        if forced not in found:
            raise ImportError(f"KERASNP_VARIANT={forced!r} cannot be used here; available: {', '.join(found)}.")
        found.sort(key=lambda name: name != forced)
    return tuple(found)


@contextlib.contextmanager
def _short_waits():
    """Lets GNU OpenMP, which reads its settings when it is loaded, wait for work asleep after a few microseconds.

    By default a thread that has nothing to do keeps its processor busy for milliseconds, and on a machine that is
    shared the work it waits for is what gets no processor. A user's own setting goes first.
    """
    if {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & set(os.environ):
        yield
        return
    os.environ["GOMP_SPINCOUNT"] = "1000"
    try:
        yield
    finally:
        del os.environ["GOMP_SPINCOUNT"]


def _is_built(variant: str) -> bool:
    try:
        for module in MODULES:
            _compiled(module, variant)
    except ImportError:
        return False
    return True


def _compiled(module, variant: str):
    package, _, name = module.__name__.rpartition(".")
    return importlib.import_module(f"{package}.{variant}._{name}")


@functools.cache
def _warn_once() -> None:
    warnings.warn(
        "kerasnp was installed without its compiled kernels and runs on the NumPy reference kernels, many times "
        "slower. Install a C compiler and reinstall, or silence this with KERASNP_KERNELS=reference.",
        RuntimeWarning,
        stacklevel=4,
    )


def table(dtype="float32", mode: str | None = None) -> types.SimpleNamespace:
    """Returns the kernels for ``dtype`` as attributes, with ``name`` saying which they are.

    Args:
        dtype: ``"float32"`` or ``"float64"``.
        mode: ``"auto"``, ``"cython"`` or ``"reference"``; None means :func:`kerasnp.config.kernel_mode`.

    Raises:
        ImportError: ``"cython"`` was asked for and is not built.
    """
    mode = mode or config.kernel_mode()
    variant = None
    if mode != "reference":
        variant = next(iter(available_variants()), None)
        if variant is None:
            if mode == "cython":
                raise ImportError("The Cython kernels are not built; reinstall kerasnp where a C compiler is.")
            _warn_once()
    return _table(np.dtype(dtype).name, variant)


@functools.cache
def _table(dtype: str, variant: str | None) -> types.SimpleNamespace:
    kernels = {}
    for module in MODULES:
        for name in module.__all__:
            if variant is None:
                kernels[name] = getattr(module, name)
            else:
                # Taking the specialised function now saves the search for it at every call.
                kernels[name] = getattr(_compiled(module, variant), name)[_C_TYPES[dtype]]
    return types.SimpleNamespace(name=variant or "reference", dtype=dtype, **kernels)
