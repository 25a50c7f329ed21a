"""Models for other runtimes: as ONNX files, which ONNX Runtime and many more run without Python.

A model's layers are translated one by one, each by the function that is registered for its class, into the operators of
one graph; see :mod:`kerasnp.exporting.translation`.
"""

import importlib


def export_onnx(layers, input_shape, input_name, path, opset_version=None) -> None:
    """Writes a chain of layers as an ONNX file; see :func:`kerasnp.exporting.onnx_file.export_onnx`."""
    # Few models are exported, and ``import kerasnp`` would take longer for all.
    module = importlib.import_module("kerasnp.exporting.onnx_file")
    module.export_onnx(layers, input_shape, input_name, path, opset_version)
