"""The loops. Each kernel exists twice: ``x.py``, readable NumPy, and ``_x.pyx``, fast Cython, with one signature.

:func:`table` returns the kernels for a number type as attributes of one object; a plan asks for it once. Arguments of
every kernel are inputs, geometry, outputs and scratch, in that order; kernels write into what they are handed, return
None and allocate nothing (the reference kernels may allocate temporaries).
"""

import functools
import importlib
import importlib.util
import inspect
import math
import os
import types
import warnings

import numpy as np

from kerasnp import config

from . import (
    activation,
    batch_norm,
    conv2d,
    crossentropy,
    dense,
    depthwise,
    dropout,
    frames,
    gather,
    loss,
    metric,
    pool2d,
    recurrent,
    softmax,
    update,
    update_rare,
    winograd,
)

MODULES = (
    activation,
    batch_norm,
    conv2d,
    crossentropy,
    dense,
    depthwise,
    dropout,
    frames,
    gather,
    loss,
    metric,
    pool2d,
    recurrent,
    softmax,
    update,
    update_rare,
    winograd,
)
_C_TYPES = {"float32": "float", "float64": "double"}


@functools.cache
def available_variants() -> tuple[str, ...]:
    """Returns the sets of vector instructions that are both built and runnable here, fastest first.

    Empty where the package was installed without a compiler. ``KERASNP_VARIANT`` names one to use instead of the first.
    """
    try:
        threads = importlib.import_module("kerasnp.kernels.threads")
    except ImportError:
        return ()
    config.on_thread_limit(threads.set_limit)
    if hasattr(os, "register_at_fork") and not threads.HAS_POOL:
        # A forked child inherits OpenMP's bookkeeping but none of its threads, and would wait for them for ever.
        os.register_at_fork(after_in_child=lambda: config.set_num_threads(1))
    found = [name for name in threads.variants() if _is_built(name)]
    forced = os.environ.get("KERASNP_VARIANT")
    if forced:
        if forced not in found:
            raise ImportError(f"KERASNP_VARIANT={forced!r} cannot be used here; available: {', '.join(found)}.")
        found.sort(key=lambda name: name != forced)
    return tuple(found)


def _is_built(variant: str) -> bool:
    # Only looked for: what is not used need not be loaded.
    return all(importlib.util.find_spec(_twin(module, variant)) for module in MODULES)


def _twin(module, variant: str) -> str:
    package, _, name = module.__name__.rpartition(".")
    return f"{package}.{variant}._{name}"


def _compiled(module, variant: str):
    """Imports the compiled twin of a module.

    Raises:
        ImportError: their kernels take different arguments, because the two are not of one version.
    """
    try:
        twin = importlib.import_module(_twin(module, variant))
        fits = all(_arguments(getattr(twin, name)) == _arguments(getattr(module, name)) for name in module.__all__)
    except (AttributeError, TypeError):  # a kernel that was not there yet, or a function shared in C that was another
        fits = False
    if not fits:
        raise ImportError(
            f"The compiled kernels {_twin(module, variant)} were built from other sources than {module.__file__}; "
            f"build them again: pip install -e . in a source folder, else pip install --force-reinstall kerasnp."
        )
    return twin


def _arguments(function) -> tuple[str, ...]:
    code = inspect.unwrap(function).__code__
    return code.co_varnames[: code.co_argcount]


def _count_threads() -> int:
    """Returns how many threads kernels use at most; 0 without compiled ones."""
    if not available_variants():
        return 0
    return importlib.import_module("kerasnp.kernels.threads").count_for(math.inf)


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
    return _table(_type_name(dtype), variant)


@functools.cache  # NumPy takes longer to make the name than all the rest of a look-up does
def _type_name(dtype) -> str:
    return np.dtype(dtype).name


@functools.cache
def _table(dtype: str, variant: str | None) -> types.SimpleNamespace:
    kernels = {}
    for module in MODULES:
        if variant is None:
            kernels |= {name: getattr(module, name) for name in module.__all__}
        else:
            # Taking the specialised function now saves the search for it at every call.
            twin = _compiled(module, variant)
            kernels |= {name: getattr(twin, name)[_C_TYPES[dtype]] for name in module.__all__}
    return types.SimpleNamespace(name=variant or "reference", dtype=dtype, **kernels)


config.register_kernels(available_variants, _count_threads)
