"""Lambda: functions as layers, in training, with masks, and in files."""

import numpy as np
import pytest
from layer_cases import last_step, scaled

import kerasnp as keras
from kerasnp import layers, models, saving

X = np.random.default_rng(0).standard_normal((6, 4)).astype("float32")


def compiled(*stack):
    model = keras.Sequential([keras.Input((4,)), *stack])
    model.compile("sgd", "mse")
    return model


def test_a_function_without_a_gradient_may_stand_below_all_that_learns():
    model = compiled(layers.Lambda(lambda x: x / 2), layers.Dense(2))
    reference = compiled(layers.Dense(2))
    reference.set_weights(model.get_weights())
    losses = [
        m.fit(x, X[:, :2], epochs=2, verbose=0, shuffle=False).history["loss"]
        for m, x in ((model, X), (reference, X / 2))
    ]
    assert losses[0] == losses[1]


def test_a_function_without_a_gradient_cannot_be_trained_through():
    model = compiled(layers.Dense(2), layers.Lambda(np.square, name="squares"))
    np.testing.assert_array_equal(model.predict(X, verbose=0), model.layers[0](X) ** 2)
    before = model.get_weights()
    with pytest.raises(NotImplementedError, match="'squares' cannot be trained through: give its function"):
        model.fit(X, X[:, :2], verbose=0)
    for weight, kept in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)


def test_an_activation_is_trained_through():
    results = []
    for layer in (layers.Lambda(keras.activations.tanh), layers.Activation("tanh")):
        model = compiled(layers.Dense(2, kernel_initializer="ones"), layer)
        model.fit(X, X[:, :2], epochs=3, verbose=0)
        results.append(model.get_weights()[0])
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(
    ("settings", "given", "expected"),
    [
        ({}, (None, 4), (None, 2)),
        ({}, (7, 6), (7, 4)),
        ({"output_shape": (2,)}, (None, 4), (None, 2)),
        ({"output_shape": lambda shape: (shape[0], shape[1] - 2)}, (None, 4), (None, 2)),
    ],
)
def test_output_shape(settings, given, expected):
    assert layers.Lambda(lambda x: x[:, 2:], **settings).compute_output_shape(given) == expected


def test_output_shape_of_sequences_of_any_length():
    assert layers.Lambda(lambda x: x[:, -1]).compute_output_shape((None, None, 3)) == (None, 3)
    assert layers.Lambda(lambda x: x[:, 1:]).compute_output_shape((None, None, 3)) == (None, None, 3)
    model = keras.Sequential([keras.Input((None, 3)), layers.Lambda(lambda x: x[:, 1:]), layers.Lambda(last_step)])
    x = np.arange(30.0, dtype="float32").reshape(2, 5, 3)
    np.testing.assert_array_equal(model.predict(x, verbose=0), x[:, -1])
    np.testing.assert_array_equal(model.predict(x[:, :3], verbose=0), x[:, 2])


def test_what_the_function_is_told():
    told = []

    def function(x, mask, training, factor=1.0):
        told.append((mask is not None, training, factor))
        return x

    model = keras.Sequential(
        [keras.Input((3, 2)), layers.Masking(), layers.Lambda(function, arguments={"factor": 2.0}), layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    told.clear()
    with pytest.warns(UserWarning, match="does not support masking"):
        model.predict(np.ones((2, 3, 2)), verbose=0)
    assert told == [(True, False, 2.0)]
    with pytest.warns(UserWarning, match="does not support masking"):
        model.train_on_batch(np.ones((2, 3, 2)), np.ones((2, 3, 1)))
    assert told[-1] == (True, True, 2.0)


def test_masks():
    mask = np.array([[True, False, True]])
    x = np.ones((1, 3, 2), "float32")
    assert layers.Lambda(lambda x: x).compute_mask(x, None) is None
    assert layers.Lambda(lambda x: x, mask=mask).compute_mask(x) is mask
    flipped = layers.Lambda(lambda x: x, mask=lambda inputs, mask: ~mask)
    np.testing.assert_array_equal(flipped.compute_mask(x, mask), ~mask)
    model = keras.Sequential([keras.Input((3, 2)), layers.Masking(), flipped, layers.SimpleRNN(2)])
    reference = keras.Sequential([keras.Input((3, 2)), layers.SimpleRNN(2)])
    reference.set_weights(model.get_weights())
    x = np.array([[[0, 0], [1, 2], [0, 0]]], "float32")  # so that the empty steps are those that count
    expected = reference.predict(np.zeros((1, 3, 2)), verbose=0)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-7)


@pytest.mark.parametrize("function", [None, "relu", 3, dict])
def test_what_is_no_function(function):
    with pytest.raises(ValueError, match="needs a function; received"):
        layers.Lambda(function)


def test_rows_must_not_change():
    with pytest.raises(ValueError, match=r"one row for each of its input's, shape \(6, 4\); received shape \(4, 6\)"):
        layers.Lambda(np.transpose, output_shape=(6,))(X)


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_saved_and_loaded_by_name(tmp_path, ending):
    model = compiled(
        layers.Lambda(scaled, arguments={"factor": 2.0}, output_shape=(4,)),
        layers.Dense(3),
        layers.Lambda(keras.activations.softplus),
    )
    model.save(tmp_path / f"model{ending}")
    loaded = saving.load_model(tmp_path / f"model{ending}")
    assert loaded.layers[0].function is scaled
    assert loaded.layers[0].get_config() == model.layers[0].get_config()
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_name_for_one_reading(tmp_path):
    def tripled(x):
        return 3 * x

    model = keras.Sequential([keras.Input((4,)), layers.Lambda(tripled)])
    with pytest.raises(ValueError, match="cannot be written to a config: register it"):
        model.save(tmp_path / "model.keras")
    assert not any(tmp_path.iterdir())
    config = {"name": "three", "function": {"class_name": "function", "config": "tripled"}, "arguments": {}}
    with pytest.raises(ValueError, match="Unknown activation function: 'tripled'"):
        layers.Lambda.from_config(config)
    layer = layers.Lambda.from_config(config, custom_objects={"tripled": tripled})
    np.testing.assert_array_equal(layer(X), 3 * X)


def test_a_function_without_a_name_is_not_written(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: 2 * x, name="two")])
    for make in (lambda: model.save(tmp_path / "model.keras"), model.to_json, lambda: models.clone_model(model)):
        with pytest.raises(ValueError, match="'two' has a function without a name"):
            make()
    assert not any(tmp_path.iterdir())
    model.save_weights(tmp_path / "model.weights.h5")


def test_code_in_a_config_is_refused():
    code = {"class_name": "__lambda__", "config": {"code": "4wEA", "defaults": None, "closure": None}}
    for key in ("function", "output_shape", "mask"):
        with pytest.raises(ValueError, match=r"kerasnp never runs code; received {'class_name': '__lambda__'"):
            layers.Lambda.from_config({"function": "relu", key: code})
