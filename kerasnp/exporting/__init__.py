"""Models for other runtimes: as ONNX files, which ONNX Runtime and many more run without Python.

A model's layers are translated one by one, each by the function that is registered for its class, into the operators of
one graph; see :mod:`kerasnp.exporting.translation`.
"""

import importlib

from kerasnp import absent

__all__ = ["export_onnx"]

# Few models are exported, and ``import kerasnp`` would take longer for all.
_LAZY = {"export_onnx": "onnx_file"}


def _load(name: str):
    return getattr(importlib.import_module(f"kerasnp.exporting.{_LAZY[name]}"), name)


__getattr__ = absent.finder(__name__, _load)


def __dir__():
    return __all__
