"""Models exported to ONNX compute what they predict: checked by the evaluator that comes with ONNX."""

import sys

import numpy as np
import onnx
import pytest
from layer_cases import CASES, made
from onnx.reference import ReferenceEvaluator

import kerasnp as keras
from kerasnp import activations, layers
from kerasnp.activations.base import activations as namespace

GENERATOR = np.random.default_rng(0)


def evaluated(path, x):
    """Returns the output of a file for an input, computed by ONNX's own evaluator."""
    model = onnx.load(path)
    [declared] = model.graph.input
    kind = onnx.helper.tensor_dtype_to_np_dtype(declared.type.tensor_type.elem_type)
    [y] = ReferenceEvaluator(model).run(None, {declared.name: x.astype(kind)})
    return y


def agree(model, x, path, tolerance=1e-5):
    """Exports a model and compares what the file computes with what the model predicts."""
    model.export(path, format="onnx", verbose=False)
    y = evaluated(path, x)
    expected = model.predict(x, verbose=0)
    assert y.shape == expected.shape
    assert y.dtype == expected.dtype
    np.testing.assert_allclose(y, expected, tolerance, tolerance)


def move_weights(model):
    for variable in model.weights:
        if variable.value.dtype.kind == "f":
            variable.assign(GENERATOR.uniform(0.3, 0.9, variable.shape))


# -- layers ----------------------------------------------------------------------------------------

# Cases that are refused, by layer and number, and why.
NO_CLASS, NO_ACTIVATION = "there is no translation of its class", "recurrent operators do not have the activation"
NO_RESIZING = "only bilinear interpolation to a size is translated"
REFUSED = {
    **{("Lambda", number): "what its Python code does is not known" for number in range(3)},
    **{("RandomCrop", number): NO_CLASS for number in range(9)},
    **{("RNN", number): NO_CLASS for number in range(9)},
    **{("Resizing", number): NO_RESIZING for number in (1, 2, 3, 4)},
    ("CenterCrop", 1): "must be known to be large enough",
    ("SimpleRNN", 1): f"{NO_ACTIVATION} 'gelu'",
    ("LSTM", 2): f"{NO_ACTIVATION} 'softmax'",
    ("GRU", 2): f"{NO_ACTIVATION} 'softmax'",
}


@pytest.mark.parametrize(
    ("name", "number", "settings", "shape"),
    [pytest.param(name, k, *case, id=f"{name}-{k}") for name, cases in CASES.items() for k, case in enumerate(cases)],
)
def test_every_layer(name, number, settings, shape, tmp_path):
    layer = made(name, settings)
    model = keras.Sequential([keras.Input(shape[1:]), layer])
    move_weights(model)
    x = GENERATOR.integers(0, 2, shape) if name == "Embedding" else GENERATOR.standard_normal(shape).astype("float32")
    reason = REFUSED.get((name, number))
    if reason is None:
        agree(model, x, tmp_path / "model.onnx")
        return
    with pytest.raises(NotImplementedError, match=rf"Layer '{layer.name}' \({name}\) cannot be exported .*{reason}"):
        model.export(tmp_path / "model.onnx", format="onnx")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", sorted(namespace.entries))
def test_every_activation(name, tmp_path):
    model = keras.Sequential([keras.Input((6,)), layers.Activation(name)])
    x = np.concatenate([np.linspace(-6, 6, 53), [-30, 30, 0.1, -0.1, 0, 2.5, -2.5]]).reshape(10, 6).astype("float32")
    if name == "sparsemax":
        with pytest.raises(NotImplementedError, match="no translation of its activation 'sparsemax'"):
            agree(model, x, tmp_path / "model.onnx")
    else:
        agree(model, x, tmp_path / "model.onnx", tolerance=2e-5)


@pytest.mark.parametrize(
    "activation",
    [activations.relu.with_parameters(0.1, 4.0, 0.5), activations.elu.with_parameters(0.5), activations.celu],
)
def test_parameters_of_activations(activation, tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(20, activation=activation)])
    agree(model, GENERATOR.standard_normal((7, 3)).astype("float32") * 4, tmp_path / "model.onnx")


@pytest.mark.parametrize("merge_mode", ["concat", "sum", "ave", "mul"])
@pytest.mark.parametrize("return_sequences", [True, False])
def test_bidirectional(merge_mode, return_sequences, tmp_path):
    model = keras.Sequential(
        [
            keras.Input((None, 3)),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode=merge_mode),
            layers.Bidirectional(layers.GRU(2, return_sequences=return_sequences), merge_mode=merge_mode),
        ]
    )
    move_weights(model)
    agree(model, GENERATOR.standard_normal((2, 5, 3)).astype("float32"), tmp_path / "model.onnx")


# -- whole models ----------------------------------------------------------------------------------


def convnet(**settings):
    return keras.Sequential(
        [
            keras.Input((12, 12, 1), name="image"),
            layers.Conv2D(4, 3, activation="relu", padding="same", **settings),
            layers.MaxPooling2D(**settings),
            keras.Sequential([layers.Conv2D(6, 3, strides=2, activation="elu", **settings)]),
            layers.BatchNormalization(**settings),
            layers.Dropout(0.5, **settings),
            layers.Flatten(),
            layers.Dense(5, activation="softmax", name="digits", **settings),
        ]
    )


def test_a_convnet(tmp_path):
    model = convnet()
    x = GENERATOR.standard_normal((9, 12, 12, 1)).astype("float32")
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, np.arange(9) % 5, epochs=2, verbose=0)
    agree(model, x, tmp_path / "model.onnx")
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert [value.name for value in (*graph.input, *graph.output)] == ["image", "digits"]
    sizes = [size.dim_param or size.dim_value for size in graph.input[0].type.tensor_type.shape.dim]
    assert sizes == ["batch", 12, 12, 1]
    # The channels move to the front once and not back: what pooling needs moved is as the convolution left it.
    assert sum(node.op_type == "Transpose" for node in graph.node) <= 4


def test_in_float64(tmp_path):
    keras.config.set_floatx("float64")
    try:
        agree(convnet(dtype="float64"), GENERATOR.standard_normal((2, 12, 12, 1)), tmp_path / "m.onnx", 1e-12)
    finally:
        keras.config.set_floatx("float32")


def test_texts_as_integers(tmp_path):
    model = keras.Sequential(
        [keras.Input((None,)), layers.Embedding(20, 4), layers.LSTM(3), layers.Dense(1, "sigmoid")]
    )
    agree(model, GENERATOR.integers(0, 20, (3, 7)), tmp_path / "model.onnx")
    assert onnx.load(tmp_path / "model.onnx").graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.INT64


def test_masks_are_refused_where_they_count(tmp_path):
    stack = [keras.Input((None,)), layers.Embedding(20, 4, mask_zero=True)]
    with pytest.raises(NotImplementedError, match=r"\(GRU\) .*: it leaves out the steps that are masked"):
        keras.Sequential([*stack, layers.GRU(3)]).export(tmp_path / "model.onnx", format="onnx")
    assert not any(tmp_path.iterdir())
    agree(keras.Sequential([*stack, layers.Dropout(0.1)]), GENERATOR.integers(0, 20, (3, 7)), tmp_path / "model.onnx")


def test_layers_of_ones_own_are_refused(tmp_path):
    class Own(layers.Dense):
        pass

    with pytest.raises(NotImplementedError, match=r"\(Own\) .*what its Python code does is not known"):
        keras.Sequential([keras.Input((3,)), Own(2)]).export(tmp_path / "model.onnx", format="onnx")
    words = layers.StringLookup(vocabulary=["a"])
    with pytest.raises(NotImplementedError, match="it takes texts or categories: prepare the data beforehand"):
        keras.Sequential([keras.Input((1,), dtype="string"), words]).export(tmp_path / "model.onnx", format="onnx")
    with pytest.raises(NotImplementedError, match="cannot be exported to ONNX: its state goes in or out"):
        keras.Sequential([keras.Input((3, 2), batch_size=4), layers.LSTM(2, stateful=True)]).export(
            tmp_path / "model.onnx", format="onnx"
        )
    assert not any(tmp_path.iterdir())


def test_unknown_sizes(tmp_path):
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()])
    agree(model, GENERATOR.standard_normal((2, 7, 8, 3)).astype("float32"), tmp_path / "model.onnx")
    model = keras.Sequential([keras.Input((None, 4)), layers.Reshape((-1, 2)), layers.Dense(1)])
    agree(model, GENERATOR.standard_normal((2, 7, 4)).astype("float32"), tmp_path / "model.onnx")


def test_models_that_do_nothing(tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.Dropout(0.5)])
    agree(model, np.ones((2, 3), "float32"), tmp_path / "model.onnx")


# -- arguments -------------------------------------------------------------------------------------


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((3,), name="numbers"), layers.Dense(2)])


def test_what_it_says(model, tmp_path, capsys):
    path = tmp_path / "model.onnx"
    model.export(path, format="onnx")
    assert capsys.readouterr().out == f"Saved artifact at '{path}'.\n"
    model.export(str(path), format="onnx", verbose=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("format", ["tf_saved_model", "litert", "openvino", "torch", "ONNX", None])
def test_other_formats(model, format, tmp_path):
    with pytest.raises(ValueError, match=f"format='onnx' alone; received format={format!r}"):
        model.export(tmp_path / "model", format=format)
    with pytest.raises(ValueError, match="received format='tf_saved_model'"):
        model.export(tmp_path / "model")


def test_input_signature(model, tmp_path):
    path = tmp_path / "model.onnx"
    for signature in (keras.InputSpec(shape=(4, 3), name="four"), [keras.InputSpec(shape=(4, None), name="four")]):
        model.export(path, format="onnx", verbose=False, input_signature=signature)
        [declared] = onnx.load(path).graph.input
        assert declared.name == "four"
        assert declared.type.tensor_type.shape.dim[0].dim_value == 4
    for signature in (keras.InputSpec(shape=(4, 5)), keras.InputSpec(shape=(3,)), keras.InputSpec(ndim=2), 3, [[], []]):
        with pytest.raises(ValueError, match=r"must be an InputSpec with a shape that fits \(None, 3\)"):
            model.export(path, format="onnx", input_signature=signature)


def test_opset_version(model, tmp_path):
    path = tmp_path / "model.onnx"
    for version in (18, 20):
        model.export(path, format="onnx", verbose=False, opset_version=version)
        assert onnx.load(path).opset_import[0].version == version
    with pytest.raises(ValueError, match=r"opset_version must be from 18 to .*; received 12"):
        model.export(path, format="onnx", opset_version=12)
    with pytest.raises(TypeError, match=r"unexpected keyword arguments for format='onnx': \['is_static'\]"):
        model.export(path, format="onnx", is_static=True)


def test_a_model_that_is_not_built(tmp_path):
    with pytest.raises(ValueError, match="is not built: give it an Input"):
        keras.Sequential([layers.Dense(2)], name="m").export(tmp_path / "model.onnx", format="onnx")


def test_without_onnx(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"needs the package onnx: pip install 'kerasnp\[onnx\]'"):
        model.export(tmp_path / "model.onnx", format="onnx")


def test_a_file_is_replaced_whole(model, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_text("before")
    with pytest.raises(FileNotFoundError, match=r"the folder .* does not exist"):
        model.export(tmp_path / "none" / "model.onnx", format="onnx")
    model.export(path, format="onnx", verbose=False)
    assert sorted(tmp_path.iterdir()) == [path]
    onnx.checker.check_model(onnx.load(path), full_check=True)
