"""A model as an ONNX file."""

import os
from collections.abc import Sequence

import numpy as np

# Each of these registers its translations.
from kerasnp.exporting import activation, convolution, dense, normalization, pooling, recurrent, shaping  # noqa: F401
from kerasnp.exporting.graph import Graph, Value
from kerasnp.exporting.translation import TranslationError, known, refusal, translate_layer
from kerasnp.layers.base import Layer, Shape
from kerasnp.layers.normalization import BatchNormalization
from kerasnp.saving.atomic import atomic_write

OPSET = 18  # the first that has all operators in use, and that most runtimes know


def export_onnx(
    layers: Sequence[Layer], input_shape: Shape, input_name: str, path: str | os.PathLike, opset_version: int | None
) -> None:
    """Writes a chain of layers as an ONNX file, as it predicts.

    Args:
        layers: the layers, built.
        input_shape: batch axis first, None where any size will do.
        input_name: name of the model's input.
        path: the file; it is replaced in one move.
        opset_version: version of the operators; None means :data:`OPSET`.

    Raises:
        ImportError: the package ``onnx`` is missing.
        TranslationError: there is no translation for a layer; no file is written.
        ValueError: an opset that is too old or unknown.
    """
    onnx = _library()
    newest = onnx.defs.onnx_opset_version()
    opset = OPSET if opset_version is None else opset_version
    if not OPSET <= opset <= newest:
        raise ValueError(
            f"opset_version must be from {OPSET} to {newest}, the newest that this onnx knows; received {opset!r}."
        )
    graph = Graph(layers[-1].dtype if layers else "float32")
    output, output_shape = _translated(layers, graph, input_name, tuple(input_shape))
    takes_integers = layers and np.dtype(layers[0].input_dtype).kind == "i"
    input_dtype = np.dtype("int64") if takes_integers else graph.dtype
    output_name = layers[-1].name if layers else "output"
    graph.scope = output_name
    nodes = graph.needed(output)
    helper = onnx.helper
    made = [
        helper.make_node(node.operator, node.inputs, node.outputs, name=node.outputs[0], **node.attributes)
        for node in nodes
    ]
    made.append(helper.make_node("Identity", [output], [output_name], name=output_name))
    used = {name for node in nodes for name in node.inputs}
    model = helper.make_model(
        helper.make_graph(
            made,
            "kerasnp",
            [_declared(onnx, input_name, input_dtype, input_shape)],
            [_declared(onnx, output_name, graph.dtype, output_shape)],
            [onnx.numpy_helper.from_array(array, name) for name, array in graph.constants.items() if name in used],
        ),
        producer_name="kerasnp",
        opset_imports=[helper.make_opsetid("", opset)],
    )
    model.ir_version = helper.find_min_ir_version_for(model.opset_import)
    onnx.checker.check_model(model, full_check=True)
    with atomic_write(path) as temporary:
        temporary.write_bytes(model.SerializeToString())


def _translated(layers: Sequence[Layer], graph: Graph, x: Value, shape: Shape) -> tuple[Value, Shape]:
    """Adds all layers to the graph; returns the output and its shape."""
    mask: tuple[int, ...] | None = None
    for layer in layers:
        if layer.runs_before_plan:
            raise TranslationError(refusal(layer, "it takes texts or categories: prepare the data beforehand"))
    for layer in layers:
        graph.scope = layer.name
        if mask is not None and layer.uses_mask and not isinstance(layer, BatchNormalization):
            raise TranslationError(refusal(layer, "it leaves out the steps that are masked, and ONNX has no masks"))
        mask = layer.mask_shape(known(shape), mask)
        x = translate_layer(layer, graph, x, shape)
        shape = tuple(layer.compute_output_shape(shape))
    return x, shape


def _declared(onnx, name: str, dtype: np.dtype, shape: Shape):
    sizes = ["batch" if not axis and size is None else size for axis, size in enumerate(shape)]
    sizes = [f"{name}_size_{axis}" if size is None else size for axis, size in enumerate(sizes)]
    return onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(dtype), sizes)


def _library():
    try:
        import onnx
        import onnx.checker
        import onnx.defs
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise ImportError("export(format='onnx') needs the package onnx: pip install 'kerasnp[onnx]'") from error
    return onnx
