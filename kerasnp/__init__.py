"""kerasnp: train and run Keras Sequential models on the CPU, with NumPy and Cython alone.

A Keras 3 Sequential script runs after ``import kerasnp as keras``.
"""

import importlib

from kerasnp import (
    absent,
    activations,
    backend,
    callbacks,
    config,
    constraints,
    distribution,
    dtype_policies,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    models,
    nn,
    ops,
    optimizers,
    random,
    regularizers,
    saving,
    utils,
)
from kerasnp._version import __version__
from kerasnp.dtype_policies import DTypePolicy, FloatDTypePolicy
from kerasnp.initializers import Initializer
from kerasnp.layers import Input, Layer
from kerasnp.losses import Loss
from kerasnp.metrics import Metric
from kerasnp.models import Model, Sequential
from kerasnp.optimizers import Optimizer
from kerasnp.regularizers import Regularizer
from kerasnp.symbols import InputSpec, KerasTensor, device, name_scope
from kerasnp.variables import Variable

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Variable",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "device",
    "distribution",
    "dtype_policies",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "name_scope",
    "nn",
    "ops",
    "optimizers",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "testing",
    "utils",
    "version",
    "wrappers",
]

# Parts that few programs need: they are imported when they are first named.
_LAZY = ("datasets", "preprocessing", "testing", "wrappers")


def version() -> str:
    """Returns the version of kerasnp."""
    return __version__


def _load(name: str):
    if name in _LAZY:
        return importlib.import_module(f"kerasnp.{name}")
    raise KeyError(name)


__getattr__ = absent.finder(__name__, _load)


def __dir__():
    return __all__
