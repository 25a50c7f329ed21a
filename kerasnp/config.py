"""Settings of the whole library: number types, image layout, kernels and threads.

The names and defaults are those of ``keras.config``; the functions below the line "kernels" are our own.
"""

import logging
import os
import platform

import numpy as np

from kerasnp import absent
from kerasnp._limits import (
    disable_traceback_filtering,
    enable_traceback_filtering,
    is_traceback_filtering_enabled,
    max_epochs,
    max_steps_per_epoch,
    set_max_epochs,
    set_max_steps_per_epoch,
)
from kerasnp._settings import FLOAT_TYPES
from kerasnp._settings import settings as _settings
from kerasnp._version import __version__
from kerasnp.dtype_policies import dtype_policy, set_dtype_policy

__all__ = [
    "backend",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "info",
    "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled",
    "kernel_mode",
    "kernel_variant",
    "kernel_variants",
    "max_epochs",
    "max_steps_per_epoch",
    "num_threads",
    "set_backend",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_kernel_mode",
    "set_max_epochs",
    "set_max_steps_per_epoch",
    "set_num_threads",
    "set_winograd",
    "winograd",
]

KERNEL_MODES = ("auto", "cython", "reference")
DATA_FORMATS = ("channels_last", "channels_first")

logger = logging.getLogger("kerasnp")


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, allowed))}; received {value!r}.")
    return value


def floatx() -> str:
    """Returns the default number type of layers, ``"float32"`` unless set."""
    return _settings.floatx


def set_floatx(value: str) -> None:
    """Sets the default number type: ``"float32"`` or ``"float64"``."""
    _settings.floatx = _one_of("floatx", value, FLOAT_TYPES)


def epsilon() -> float:
    """Returns the small number that keeps divisions and logarithms finite, 1e-7 unless set."""
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    """Sets the small number of :func:`epsilon`; it must be positive."""
    if not value > 0:
        raise ValueError(f"epsilon must be positive; received {value!r}.")
    _settings.epsilon = float(value)


def image_data_format() -> str:
    """Returns the default axis order of images: ``"channels_last"`` (batch, height, width, channels) unless set."""
    return _settings.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets the default axis order of images: ``"channels_last"`` or ``"channels_first"``."""
    _settings.image_data_format = _one_of("data_format", data_format, DATA_FORMATS)


def standardize_data_format(data_format: str | None) -> str:
    """Returns ``data_format``, or the default one where it is None."""
    if data_format is None:
        return _settings.image_data_format
    return _one_of("data_format", str(data_format).lower(), DATA_FORMATS)


def standardize_dtype(dtype) -> str:
    """Returns the name of a computation type: ``"float32"``, ``"float64"``; None means the global policy.

    Accepts names, NumPy dtypes and Keras dtype policies in their config form.
    """
    if dtype is None:
        return _settings.dtype_policy or _settings.floatx
    if isinstance(dtype, dict):
        dtype = dtype.get("config", dtype).get("name")
    name = getattr(dtype, "name", dtype)
    if not isinstance(name, str):
        name = np.dtype(dtype).name
    if name not in FLOAT_TYPES:
        raise ValueError(f"kerasnp computes in {' or '.join(FLOAT_TYPES)}; received dtype={dtype!r}.")
    return name


def backend() -> str:
    """Returns ``"kerasnp"``, where Keras returns the name of its backend."""
    return "kerasnp"


def set_backend(backend: str) -> None:
    """Accepts ``"kerasnp"`` alone: there is no other backend."""
    _one_of("backend", backend, ("kerasnp",))


def enable_unsafe_deserialization() -> None:
    """Raises: files hold numbers and names, and nothing in them is ever run."""
    raise RuntimeError(
        "kerasnp has no unsafe mode: register functions and classes with saving.register_keras_serializable, or pass "
        "them as custom_objects."
    )


def enable_interactive_logging() -> None:
    """Prints progress to standard output (the default)."""
    _settings.interactive_logging = True


def disable_interactive_logging() -> None:
    """Sends progress to the logger ``kerasnp`` instead of standard output."""
    _settings.interactive_logging = False


def is_interactive_logging_enabled() -> bool:
    """Tells whether progress goes to standard output."""
    return _settings.interactive_logging


# -- kernels ---------------------------------------------------------------------------------------


def kernel_mode() -> str:
    """Returns which kernels run: ``"auto"`` (compiled ones where built), ``"cython"`` or ``"reference"``.

    The environment variable ``KERASNP_KERNELS`` sets the mode that a process starts with.
    """
    return _settings.kernel_mode


def set_kernel_mode(mode: str) -> None:
    """Chooses the kernels of models that are built or planned from now on."""
    _settings.kernel_mode = _one_of("kernel mode", mode, KERNEL_MODES)


def kernel_variants() -> tuple[str, ...]:
    """Returns the vector instructions that kernels are built for and that run here, in the order of preference.

    ``"avx512"``, ``"avx2"`` and ``"baseline"``, which is what every processor of the kind has: SSE2, or NEON on ARM.
    The environment variable ``KERASNP_VARIANT`` puts one of them first. Empty without compiled kernels.
    """
    return _settings.kernel_variants()


def kernel_variant() -> str:
    """Returns which kernels run: the first of :func:`kernel_variants`, or ``"reference"`` for those in NumPy."""
    if _settings.kernel_mode == "reference":
        return "reference"
    return next(iter(kernel_variants()), "reference")


def winograd() -> bool:
    """Returns whether float32 convolutions may use Winograd's method where that is faster."""
    return _settings.winograd


def set_winograd(enabled: bool) -> None:
    """Allows Winograd's method for 3 x 3 convolutions in float32, or forbids it.

    It takes a quarter of the multiplications and is the default; its rounding errors, about 1e-6 of the largest result,
    are some four times those of the plain sum, and a pixel that is infinite or NaN spoils the outputs of its whole
    square of 4 x 4. ``KERASNP_WINOGRAD=0`` in the environment forbids it from the start.
    Models take note when they next make a plan: set it before the first ``fit`` or ``predict``.
    """
    _settings.winograd = bool(enabled)


def register_kernels(variants, threads) -> None:
    """Takes two functions: what :func:`kernel_variants` returns, and how many threads the kernels use at most."""
    _settings.kernel_variants = variants
    _settings.kernel_threads = threads


def num_threads() -> int | None:
    """Returns the number of threads that was set, or None: as many as OpenMP offers (``OMP_NUM_THREADS``)."""
    return _settings.num_threads


def set_num_threads(count: int | None) -> None:
    """Limits the threads of the compiled kernels; results do not depend on it. None removes the limit."""
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError(f"The number of threads must be a positive integer or None; received {count!r}.")
    _settings.num_threads = count
    for listener in _thread_listeners:
        listener(count)


_thread_listeners: list = []


def on_thread_limit(listener) -> None:
    """Calls ``listener(count)`` now and at every change of the thread limit (the compiled kernels listen)."""
    _thread_listeners.append(listener)
    listener(_settings.num_threads)


def distribution():
    """Returns the object whose ``reduce(gradients)`` the trainer calls after each backward pass, or None."""
    return _settings.distribution


def set_distribution(value) -> None:
    """Installs an object with a method ``reduce(gradients)``, or None."""
    _settings.distribution = value


def info() -> dict[str, str | int | tuple[str, ...]]:
    """Returns what a bug report or a benchmark must say: versions, machine, kernels and threads."""
    return {
        "kerasnp": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count() or 1,
        "kernels": kernel_variant(),
        "kernels_available": (*kernel_variants(), "reference"),
        "threads": _settings.kernel_threads(),
        "winograd": winograd(),
    }


set_kernel_mode(os.environ.get("KERASNP_KERNELS", "auto"))
__getattr__ = absent.finder(__name__)
