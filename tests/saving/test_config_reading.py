"""Model configs of every generation of Keras: those that real Keras wrote, and the older forms one by one."""

import json
import pathlib

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import registry
from kerasnp.saving import FileFormatError, config_reading, object_reading
from kerasnp.saving.config_reading import functional_models, read_model_config

GOLDEN = pathlib.Path(__file__).parent / "golden"
FILES = {path.stem.removeprefix("configs_"): path for path in sorted(GOLDEN.glob("configs_*.json"))}
FORMS = {"keras": 0, "h5": 1}


def golden(version, model, form):
    return json.loads(FILES[version].read_text())["models"][model][FORMS[form]]


def made(config, version=None, **custom_objects):
    with keras.saving.custom_object_scope(custom_objects):
        model = registry.deserialize_keras_object(read_model_config(config, "config.json", version))
    assert isinstance(model, keras.Sequential)
    return model


def tagged(class_name, **config):
    return {"class_name": class_name, "config": config}


def chain(*layers, **settings):
    return tagged("Sequential", layers=list(layers), **settings)


def refused(config, match):
    with pytest.raises(FileFormatError, match=match):
        read_model_config(config, "config.json")


# -- what real Keras wrote -------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", FILES)
def test_every_argument_arrives(version, form):
    model = made(golden(version, "every_layer", form), version)
    assert model.name == "every_layer"
    assert model.input_shape == (None, 8, 8, 2)
    get = model.get_layer
    assert get("first").padding == "same"
    assert get("first").kernel_regularizer.get_config() == {"l2": pytest.approx(0.01)}
    assert get("first").bias_constraint.max_value == 3
    assert get("first").activity_regularizer.get_config() == {"l1": 0.5, "l2": 0.25}
    assert type(get("first").kernel_initializer) is keras.initializers.HeNormal
    assert (get("norm").axis % 4, get("norm").momentum) == (3, 0.5)
    assert get("leaky").negative_slope == 0.125
    assert get("learned").shared_axes == [1, 2]
    assert get("mean").padding == "same"
    drop = get("drop").get_config()
    assert (drop["rate"], drop["noise_shape"], drop["seed"]) == (0.25, (None, 1, 1, 4), 3)
    assert (get("rectified").max_value, get("rectified").threshold) == (6, 0.25)
    assert (get("grouped").groups, get("grouped").use_bias, get("grouped").kernel_size) == (2, False, (2, 1))
    assert get("grouped").activation.name in ("swish", "silu")
    assert get("exponential").alpha == 0.5
    assert get("rows").target_shape == (-1, 6)
    assert get("frozen").trainable is False
    assert get("frozen").kernel_initializer.get_config() == {"minval": -0.5, "maxval": 0.5, "seed": 1}
    assert get("frozen").bias_initializer.value == 0.125
    constraint = get("frozen").kernel_constraint.get_config()
    assert constraint == {"min_value": 0.5, "max_value": 2.0, "rate": 0.75, "axis": 1}
    initializer = get("last").kernel_initializer.get_config()
    assert (initializer["scale"], initializer["mode"], initializer["distribution"]) == (2.0, "fan_avg", "uniform")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", FILES)
def test_a_functional_chain_is_a_sequential(version, form):
    model = made(golden(version, "functional", form), version)
    assert (model.name, model.input_shape, model.output_shape) == ("chain", (None, 6, 6, 3), (None, 2))
    assert [layer.name for layer in model.layers][:2] == ["zeta", "alpha"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", FILES)
def test_models_within_models(version, form):
    model = made(golden(version, "nested", form), version)
    assert [layer.name for layer in model.layers] == ["inner", "chain_within", "top"]
    assert [type(layer) for layer in model.layers[:2]] == [keras.Sequential] * 2
    assert model.layers[1].layers[0].name == "deep"
    assert model.count_params() == 16 + 16 + 15 + 8


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", FILES)
def test_which_inner_models_were_functional(version, form):
    assert functional_models(golden(version, "nested", form)) == {"chain_within"}
    assert functional_models(golden(version, "every_layer", form)) == set()
    assert functional_models({"class_name": "Sequential", "config": [tagged("Dense", name="d")]}) == set()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", FILES)
@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("branching", "it branches at 'trunk', whose output goes to 'side' and 'sum'"),
        ("two_inputs", "it has 2 inputs: 'one', 'two'"),
        ("used_twice", "layer 'again' is used 2 times"),
    ],
)
def test_what_is_no_chain_is_named(version, form, model, reason):
    refused(golden(version, model, form), reason)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", FILES)
def test_layers_that_come_later_need_no_other_reader(version, form, request):
    """Stand-ins of the layers' names, with the arguments that Keras 3 has, read what every Keras wrote of them."""
    space = registry.find_namespace("keras.layers")
    names = ["Embedding", "Bidirectional", "TimeDistributed", "LSTM", "GRU", "SeparableConv1D", "LayerNormalization"]
    absent = [name for name in names if name not in space.entries]
    for name in absent:
        space.register()(type(name, (keras.layers.Layer,), {"__init__": STAND_INS[name]}))
    try:
        result = read_model_config(golden(version, "recurrent", form), "config.json", version)
    finally:
        for name in absent:
            entry = space.entries.pop(name)
            space.identifiers = {key: item for key, item in space.identifiers.items() if item is not entry}
    settings = {layer["config"]["name"]: layer["config"] for layer in result["config"]["layers"]}
    lstm = settings["both"]["layer"]
    assert (lstm["module"], lstm["class_name"], lstm["config"]["units"]) == ("keras.layers", "LSTM", 3)
    assert lstm["config"]["recurrent_initializer"]["module"] == "keras.initializers"
    assert settings["timewise"]["layer"]["class_name"] == "Dense"
    assert settings["separable"]["depthwise_initializer"]["class_name"] == "GlorotUniform"
    assert "input_length" not in settings["words"]
    assert "time_major" not in settings["gru"]


def _recurrent(
    self,
    units,
    activation="tanh",
    recurrent_activation="sigmoid",
    use_bias=True,
    kernel_initializer=None,
    recurrent_initializer=None,
    bias_initializer=None,
    unit_forget_bias=True,
    reset_after=True,
    kernel_regularizer=None,
    recurrent_regularizer=None,
    bias_regularizer=None,
    kernel_constraint=None,
    recurrent_constraint=None,
    bias_constraint=None,
    dropout=0.0,
    recurrent_dropout=0.0,
    return_sequences=False,
    return_state=False,
    go_backwards=False,
    stateful=False,
    unroll=False,
    **kwargs,
): ...


def _embedding(
    self,
    input_dim,
    output_dim,
    embeddings_initializer=None,
    embeddings_regularizer=None,
    embeddings_constraint=None,
    mask_zero=False,
    **kwargs,
): ...


def _separable(
    self,
    filters,
    kernel_size,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
    depth_multiplier=1,
    activation=None,
    use_bias=True,
    depthwise_initializer=None,
    pointwise_initializer=None,
    bias_initializer=None,
    depthwise_regularizer=None,
    pointwise_regularizer=None,
    bias_regularizer=None,
    depthwise_constraint=None,
    pointwise_constraint=None,
    bias_constraint=None,
    **kwargs,
): ...


def _normalization(
    self,
    axis=-1,
    epsilon=0.001,
    center=True,
    scale=True,
    beta_initializer=None,
    gamma_initializer=None,
    beta_regularizer=None,
    gamma_regularizer=None,
    beta_constraint=None,
    gamma_constraint=None,
    rms_scaling=False,
    **kwargs,
): ...


def _bidirectional(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs): ...


def _wrapper(self, layer, **kwargs): ...


STAND_INS = {
    "Embedding": _embedding,
    "Bidirectional": _bidirectional,
    "TimeDistributed": _wrapper,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "SeparableConv1D": _separable,
    "LayerNormalization": _normalization,
}


# -- older forms, one by one -----------------------------------------------------------------------


def test_the_config_of_a_model_was_a_list():
    layers = [tagged("Dense", name="d", units=3, batch_input_shape=[None, 4]), tagged("Dense", name="e", units=2)]
    model = made({"class_name": "Sequential", "config": layers, "keras_version": "2.2.2"})
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))


def test_keras_1():
    common = {"activity_regularizer": None, "input_dtype": "float32", "trainable": True}
    convolution = {
        "nb_filter": 5,
        "nb_row": 3,
        "nb_col": 2,
        "subsample": [2, 1],
        "border_mode": "same",
        "dim_ordering": "th",
        "init": "glorot_uniform",
        "activation": "linear",
        "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5},
        "b_regularizer": None,
        "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0},
        "b_constraint": None,
        "bias": False,
    }
    dense = {
        "output_dim": 7,
        "init": "uniform",
        "activation": "relu",
        "W_regularizer": None,
        "b_regularizer": {"name": "L1L2Regularizer", "l1": 0.25, "l2": 0.0},
        "W_constraint": None,
        "b_constraint": None,
        "bias": True,
        "input_dim": None,
    }
    pooling = {"pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid", "dim_ordering": "th"}
    norm = {"mode": 0, "axis": 1, "epsilon": 0.001, "momentum": 0.9, "gamma_regularizer": None, "beta_init": "zero"}
    config = [
        tagged("Convolution2D", name="conv", batch_input_shape=[None, 3, 8, 6], **convolution, **common),
        tagged("MaxPooling2D", name="pool", trainable=True, **pooling),
        tagged("BatchNormalization", name="norm", trainable=True, gamma_init="one", **norm),
        tagged("Flatten", name="flat", trainable=True),
        tagged("Dense", name="dense", **dense, **common),
        tagged("Dropout", name="drop", p=0.5, trainable=True),
        tagged("ThresholdedReLU", name="over", theta=1.5),
    ]
    model = made({"class_name": "Sequential", "config": config})
    conv = model.get_layer("conv")
    assert (conv.filters, conv.kernel_size, conv.strides, conv.padding) == (5, (3, 2), (2, 1), "same")
    assert (conv.data_format, conv.use_bias) == ("channels_first", False)
    assert conv.kernel_regularizer.get_config() == {"l1": 0.0, "l2": 0.5}
    assert conv.kernel_constraint.get_config() == {"max_value": 2, "axis": 0}
    assert type(conv.kernel_initializer) is keras.initializers.GlorotUniform
    assert model.get_layer("pool").data_format == "channels_first"
    assert type(model.get_layer("norm").gamma_initializer) is keras.initializers.Ones
    assert model.get_layer("dense").units == 7
    assert model.get_layer("dense").bias_regularizer.l1 == 0.25
    assert model.get_layer("drop").rate == 0.5
    np.testing.assert_array_equal(
        model.get_layer("over")(np.array([[-2, 1, 1.5, 2]])), np.array([[0, 0, 0, 2]], "float32")
    )


@pytest.mark.parametrize(
    ("version", "expected"), [("1.2.2", [0.1, 0.5, 0.9]), ("2.15.0", [0.1, 0.5, 0.9]), ("3.0.0", [1 / 6, 0.5, 5 / 6])]
)
def test_hard_sigmoid_had_another_slope(version, expected):
    layers = [tagged("Dense", name="d", units=3, activation="hard_sigmoid", batch_input_shape=[None, 3])]
    model = made(chain(*layers, tagged("Activation", name="a", activation="linear")), version)
    model.set_weights([np.eye(3), np.zeros(3)])
    np.testing.assert_allclose(model.predict(np.array([[-2.0, 0.0, 2.0]]), verbose=0)[0], expected, rtol=1e-6)
    again = keras.Sequential.from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again.predict(np.array([[-2.0, 0.0, 2.0]]), verbose=0)[0], expected, rtol=1e-6)


def test_the_hard_sigmoid_of_keras_2_has_the_derivative_of_its_formula():
    x = np.array([-3.0, -2.4, -1.0, 0.0, 2.4, 2.6])
    activation = keras.activations.get("hard_sigmoid_keras2")
    y = activation(x)
    np.testing.assert_allclose(y, np.clip(0.2 * x + 0.5, 0, 1), rtol=1e-12)
    np.testing.assert_allclose(activation.gradient(None, y, np.full(6, 3.0)), [0, 0.6, 0.6, 0.6, 0.6, 0], rtol=1e-12)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("float64", "float64"),
        (None, "float32"),
        (tagged("Policy", name="float64"), "float64"),
        ({**tagged("DTypePolicy", name="float64"), "module": "keras", "registered_name": None}, "float64"),
        (tagged("DTypePolicyMap", name="m", default_policy="float64", policy_map={}), None),
    ],
)
def test_dtype_policies(dtype, expected):
    if isinstance(dtype, dict) and "Map" in dtype["class_name"]:
        del dtype["config"]["name"]
        expected = "float64"
    assert made(chain(tagged("Dense", name="d", units=1, dtype=dtype))).layers[0].dtype == expected


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", tagged("DTypePolicy", name="mixed_float16")])
def test_half_precision_is_computed_in_float32_and_said(dtype):
    with pytest.warns(UserWarning, match=r"2 layer\(s\) computed in half or mixed precision"):
        model = made(chain(*[tagged("Dense", name=name, units=1, dtype=dtype) for name in "ab"]))
    assert model.layers[0].dtype == "float32"


def test_a_quantized_layer_is_refused():
    policy = tagged("QuantizedDTypePolicy", name="int8_from_float32")
    refused(chain(tagged("Dense", name="q", units=1, dtype=policy)), r"layer 0 'q' \(Dense\), 'dtype': the layer is qu")


def test_values_that_are_objects():
    layers = [
        tagged("Reshape", name="r", target_shape={"class_name": "__tuple__", "items": [2, 3]}),
        tagged("LeakyReLU", name="l", alpha={"type": "ndarray", "value": 0.25}),
        tagged(
            "Dense",
            name="d",
            units=2,
            kernel_initializer=tagged("Constant", value=tagged("__numpy__", value=[[1, 2]] * 3, dtype="float32")),
            bias_initializer=tagged("Constant", value=tagged("__tensor__", value=[3, 4], dtype="float32")),
        ),
    ]
    model = made(chain(*layers, build_input_shape={"class_name": "TensorShape", "items": [None, 6]}))
    assert model.get_layer("r").target_shape == (2, 3)
    assert model.get_layer("l").negative_slope == 0.25
    np.testing.assert_array_equal(model.get_weights()[0], [[1, 2]] * 3)
    np.testing.assert_array_equal(model.get_weights()[1], [3, 4])


@pytest.mark.parametrize("keys", [{"build_config": {"input_shape": [None, 4]}}, {}])
def test_the_shape_a_model_was_built_for(keys):
    config = chain(tagged("Dense", name="d", units=1), **({} if keys else {"build_input_shape": [None, 4]}))
    assert made({**config, **keys}).input_shape == (None, 4)


def test_a_first_layer_says_the_input_only_where_nothing_else_does():
    dense = tagged("Dense", name="d", units=1, batch_input_shape=[None, 4])
    after_input = chain(tagged("InputLayer", name="i", batch_input_shape=[2, 4], sparse=False, ragged=False), dense)
    assert made(after_input).input_shape == (2, 4)
    assert made(chain(dense, tagged("Dense", name="e", units=1, batch_input_shape=[None, 9]))).input_shape == (None, 4)


def test_modules_of_every_time_name_the_same_class():
    for module in ("keras.layers", "tf_keras.src.layers", "tensorflow.keras.layers", "keras.src.layers.core", None):
        config = {**tagged("Dense", name="d", units=1), "module": module}
        assert type(made(chain(config)).layers[0]) is keras.layers.Dense


def test_numpy_numbers_and_functions_by_name():
    function = {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}
    model = made(chain(tagged("Dense", name="d", units=1, activation=function)))
    assert model.layers[0].activation is keras.activations.relu


def test_users_objects():
    class Twice(keras.layers.Layer):
        def __init__(self, factor=2, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

    def double(x):
        return 2 * x

    function = {"module": "builtins", "class_name": "function", "config": "double", "registered_name": "function"}
    config = chain(
        {**tagged("Twice", name="t", factor=3, dtype="float32"), "registered_name": "mine>Twice", "module": "mine"},
        tagged("Dense", name="d", units=1, activation=function),
    )
    refused(config, r"layer 0 't' \(Twice\): Unknown layer: .*custom_objects")
    model = made(config, **{"mine>Twice": Twice, "double": double})
    assert model.layers[0].factor == 3
    assert model.layers[1].activation.function is double


def test_a_users_class_is_not_taken_for_a_built_in_one():
    config = chain({**tagged("Dense", name="d", units=1), "registered_name": "other>Dense"})
    refused(config, r"layer 0 'd' \(Dense\): Unknown layer: 'other>Dense'")


# -- what cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "match"),
    [
        (tagged("Dense", name="d", units=1, colour="red"), r"layer 0 'd' \(Dense\): unknown key 'colour', .*'red'"),
        (tagged("Dense", name="d", unit=1), r"unknown key 'unit', with the value 1. Did it mean 'units'"),
        (tagged("Flatten", name="f", time_major=True), r"\(Flatten\): kerasnp has no time_major=True; it reads only"),
        (tagged("InputLayer", name="i", batch_shape=[None, 2], hidden=1), r"\(InputLayer\): unknown key 'hidden'"),
        (tagged("Lambda", name="l", function=["4wEA"]), r"layer 0 'l' \(Lambda\): 'function' is Python code"),
        (tagged("Lambda", name="l", function="4wEA", function_type="lambda"), r"\(Lambda\): 'function' is Python code"),
        (tagged("Lambda", name="l", function=tagged("__lambda__", value="aGk=")), "'function' is Python code"),
        (
            tagged("Lambda", name="l", function="f", output_shape=[""], output_shape_type="lambda"),
            "'output_shape' is Py",
        ),
        (tagged("TFOpLambda", name="l"), "is a TFOpLambda, which is Python code or a part of TensorFlow"),
        (tagged("__lambda__", value="aGk="), "is a __lambda__, which is Python code"),
        (tagged("Dense", name="d", units=tagged("__typespec__", spec_name="x")), "'units' is a __typespec__"),
        (tagged("Dense", name="d", units=1, kernel_initializer=tagged("Evil")), "'kernel_initializer': Unknown init"),
        (tagged("Dense", name="d", units=1, kernel_initializer=tagged("os.system", x=1)), "Unknown initializer"),
        (tagged("ConvLSTM2D", name="c"), r"\(ConvLSTM2D\): ConvLSTM2D of Keras is not in .*: use convolutions with"),
        (tagged("Nonsense", name="n"), r"layer 0 'n' \(Nonsense\): Unknown layer: 'Nonsense'"),
        ({"class_name": "Dense", "config": [1]}, "'config' must be a dictionary"),
        ({"class_name": 7, "config": {}}, "layer 0: expected the keys"),
        (3, "layer 0: expected the keys 'class_name' and 'config'"),
        (tagged("Sequential", name="s", layers="none"), r"layer 0 's' \(Sequential\): 'layers' must be a list"),
        (tagged("Sequential", name="s", layers=[tagged("Dense", name="d", u=1)]), "'s' .*, layer 0 'd' .* key 'u'"),
        (
            tagged("Dense", name="d", units=1, kernel_initializer=tagged("Flatten")),
            "'kernel_initializer': Unknown init",
        ),
        (tagged("Dense", name="d", units=1, activation=chain()), r"a model \(Sequential\) cannot stand here"),
    ],
)
def test_an_error_names_the_layer_the_key_and_the_place(layer, match):
    refused(chain(layer), f"config.json, .*{match}")


@pytest.mark.parametrize("config", [None, [], {}, {"class_name": 3}, "Sequential", {"class_name": "Sequential"}])
def test_what_is_no_model(config):
    refused(config, "config.json")


def test_a_model_of_unknown_form():
    refused(chain(graph=[1]), r"unknown key\(s\) \['graph'\] in the config of the model")


def test_shared_layers_are_refused():
    layers = [{**tagged("Dense", name=name, units=1), "shared_object_id": 5} for name in "ab"]
    refused(chain(*layers), r"layer 1 'b' \(Dense\) is the same layer as config.json, layer 0 'a' \(Dense\)")


def test_shared_values_are_not():
    regularizer = {**tagged("L2", l2=0.5), "shared_object_id": 5}
    layers = [tagged("Dense", name=name, units=1, kernel_regularizer=regularizer) for name in "ab"]
    assert made(chain(*layers)).layers[1].kernel_regularizer.l2 == 0.5


def test_depth_is_bounded():
    config = chain()
    for _ in range(object_reading.DEEPEST + 1):
        config = chain(config)
    refused(config, f"more than {object_reading.DEEPEST} deep")
    value = []
    for _ in range(object_reading.DEEPEST + 1):
        value = [value]
    refused(chain(tagged("Reshape", name="r", target_shape=value)), "deep")


def test_the_number_of_layers_is_bounded(monkeypatch):
    monkeypatch.setattr(config_reading, "MOST_LAYERS", 5)
    layers = [tagged("Flatten", name=str(index)) for index in range(3)]
    assert len(made(chain(*layers)).layers) == 3
    refused(chain(chain(*layers), chain(*layers)), "more than 5 layers")


def test_a_thousand_layers_are_no_burden():
    layers = [tagged("ReLU", name=f"relu_{index}") for index in range(1401)]
    assert len(read_model_config(chain(*layers), "config.json")["config"]["layers"]) == 1401
