"""``Model(inputs, outputs)``: chains of layers in the way of Keras's Functional API."""

import copy
import pickle

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, saving

X = np.random.default_rng(0).standard_normal((8, 6)).astype("float32")
Y = np.arange(8) % 3


def stack():
    return [
        layers.Dense(5, activation="relu", name="one", kernel_initializer=keras.initializers.GlorotUniform(1)),
        layers.Dense(4, activation="relu", name="two", kernel_initializer=keras.initializers.GlorotUniform(2)),
        layers.Dense(3, activation="softmax", name="three", kernel_initializer=keras.initializers.GlorotUniform(3)),
    ]


def chained(**settings):
    inputs = x = keras.Input((6,), name="numbers")
    for layer in stack():
        x = layer(x)
    return keras.Model(inputs, x, **settings)


def test_it_trains_as_a_sequential_of_the_same_layers():
    results = []
    for model in (chained(), keras.Sequential([keras.Input((6,)), *stack()])):
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(X, Y, epochs=3, verbose=0, shuffle=False)
        results.append((history.history, model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0)))
    (history, score, y), (expected_history, expected_score, expected) = results
    assert history == expected_history
    assert score == expected_score
    np.testing.assert_array_equal(y, expected)


def test_what_it_is():
    model = chained(name="chain", trainable=False)
    assert isinstance(model, keras.Model)
    assert isinstance(model, keras.Sequential)
    assert (model.name, model.trainable) == ("chain", False)
    assert (model.input_shape, model.output_shape) == ((None, 6), (None, 3))
    assert [layer.name for layer in model.layers] == ["one", "two", "three"]
    assert [weight.path for weight in model.weights[:2]] == ["one/kernel", "one/bias"]
    keras.utils.clear_session()
    assert [chained().name, chained().name] == ["functional", "functional_1"]


def test_symbols():
    inputs = keras.Input((None, 3), batch_size=4, name="steps")
    symbol = layers.Conv1D(5, 2)(inputs)
    assert isinstance(symbol, keras.KerasTensor)
    assert (symbol.shape, symbol.dtype, symbol.ndim) == ((4, None, 5), "float32", 3)
    assert repr(symbol) == "<KerasTensor shape=(4, None, 5), dtype=float32, name=keras_tensor>"
    assert {symbol: 1}[symbol] == 1
    for compute in (lambda: symbol + 1, lambda: 2 * symbol, lambda: -symbol, lambda: np.exp(symbol)):
        with pytest.raises(TypeError, match=r"cannot be computed with <KerasTensor .*models are chains of layers"):
            compute()
    with pytest.raises(ValueError, match=r"has no numbers: models are chains of layers"):
        np.asarray(symbol)


def test_keywords_and_lists_of_one():
    inputs = keras.Input((6,))
    outputs = layers.Dense(2)(inputs)
    y = keras.Model(inputs, outputs).predict(X, verbose=0)
    for model in (keras.Model(inputs=inputs, outputs=outputs), keras.Model([inputs], outputs=outputs)):
        np.testing.assert_array_equal(model.predict(X, verbose=0), y)


def test_texts_and_integers():
    inputs = keras.Input((1,), dtype="string")
    words = layers.StringLookup(vocabulary=["red", "blue"])
    outputs = layers.Flatten()(layers.Embedding(3, 2)(words(inputs)))
    model = keras.Model(inputs, outputs)
    assert model.predict(np.array([["red"], ["green"]], object), verbose=0).shape == (2, 2)


# -- parts of models -------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [chained, lambda: keras.Sequential([keras.Input((6,)), *stack()])])
def test_features_of_a_layer(make):
    model = make()
    expected = model.get_layer("two")(model.get_layer("one")(X))
    part = keras.Model(inputs=model.inputs, outputs=model.get_layer("two").output)
    np.testing.assert_allclose(part.predict(X, verbose=0), expected, rtol=1e-6)
    rest = keras.Model(model.get_layer("three").input, model.output)
    assert rest.input_shape == (None, 4)
    np.testing.assert_allclose(rest.predict(expected, verbose=0), model.predict(X, verbose=0), rtol=1e-6)
    assert part.layers[0] is model.layers[0]


def test_features_of_all_layers():
    model = keras.Sequential([keras.Input((6,)), *stack()])
    extractor = keras.Model(inputs=model.inputs, outputs=[layer.output for layer in model.layers])
    outputs = extractor(X)
    assert [y.shape for y in outputs] == [(8, 5), (8, 4), (8, 3)]
    np.testing.assert_array_equal(outputs[2], model.predict(X, verbose=0))
    named = keras.Model(model.input, {layer.name: layer.output for layer in model.layers})
    predicted = named.predict(X, batch_size=3, verbose=0)
    assert list(predicted) == ["one", "two", "three"]
    np.testing.assert_array_equal(predicted["three"], model.predict(X, batch_size=3, verbose=0))
    assert copy.deepcopy(named).predict(X, verbose=0).keys() == predicted.keys()
    with pytest.raises(AttributeError, match=r"with several outputs .* It has no 'compile'"):
        extractor.compile("sgd")


def test_a_new_head_on_a_frozen_base():
    base = keras.Sequential([keras.Input((6,)), *stack()[:2], layers.BatchNormalization()], name="base")
    base.trainable = False
    inputs = keras.Input((6,))
    outputs = layers.Dense(1)(layers.Dropout(0.2)(base(inputs, training=False)))
    model = keras.Model(inputs, outputs)
    assert [layer.name for layer in model.layers[:1]] == ["base"]
    kept = base.get_weights()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    for weight, before in zip(base.get_weights(), kept, strict=True):
        np.testing.assert_array_equal(weight, before)


def test_copies_know_their_layers():
    model = keras.Sequential([keras.Input((6,)), *stack()])
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        part = keras.Model(other.input, other.layers[1].output)
        assert part.layers[0] is other.layers[0]
        assert part.predict(X, verbose=0).shape == (8, 4)
    lone = pickle.loads(pickle.dumps(model.layers[0]))
    with pytest.raises(AttributeError, match="The layer 'one' is in no model and has no defined output"):
        lone.output  # noqa: B018 (it raises)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_saved_and_loaded(tmp_path, ending):
    model = chained()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"model{ending}")
    loaded = saving.load_model(tmp_path / f"model{ending}")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    np.testing.assert_array_equal(
        keras.models.clone_model(model).predict(X, verbose=0).shape, model.predict(X, verbose=0).shape
    )


# -- what is refused -------------------------------------------------------------------------------


def test_what_is_no_chain():
    inputs, others = keras.Input((6,)), keras.Input((6,))
    outputs = layers.Dense(2)(inputs)
    for given in ((others, outputs), (outputs, inputs)):
        with pytest.raises(ValueError, match="`outputs` was not made of `inputs`"):
            keras.Model(*given)
    with pytest.raises(ValueError, match=r"has one input; received inputs=\["):
        keras.Model([inputs, others], outputs)
    for given in (3, X, None, layers.Dense(2), keras.KerasTensor((None, 2)), "x"):
        with pytest.raises(ValueError, match="takes an Input and what layers made of it; received outputs="):
            keras.Model(inputs, given)
    with pytest.raises(TypeError, match=r"unexpected keyword arguments: \['losses'\]"):
        keras.Model(inputs, outputs, losses=[])
    with pytest.raises(TypeError, match="A layer was called on <Dense"):
        layers.Dense(2)(layers.Dense(2))


def test_arguments_of_a_single_call():
    inputs = keras.Input((6,))
    for told in ({"training": True}, {"training": False}):
        with pytest.raises(ValueError, match=r"called on .* with training=.* not told that for a single call"):
            layers.Dropout(0.5)(inputs, **told)
        assert layers.Dense(2)(inputs, training=False).shape == (None, 2)
    with pytest.raises(ValueError, match="with training=False"):
        layers.BatchNormalization()(inputs, training=False)
    assert layers.BatchNormalization(trainable=False)(inputs, training=False).shape == (None, 6)
    with pytest.raises(ValueError, match="has several outputs"):
        layers.LSTM(2, return_state=True)(keras.Input((3, 2)))


def test_a_layer_used_twice():
    inputs, layer = keras.Input((6,)), layers.Dense(6, name="twice")
    with pytest.raises(ValueError, match="'twice' is already the name of a layer"):
        keras.Model(inputs, layer(layer(inputs)))


def test_classes_of_ones_own():
    class Custom(keras.Model):
        pass

    inputs = keras.Input((6,))
    with pytest.raises(NotImplementedError, match=r"Custom\(inputs, outputs\) is for keras.Model itself"):
        Custom(inputs, layers.Dense(2)(inputs))
    with pytest.raises(TypeError, match=r"Custom\(\) got unexpected keyword arguments: \['units'\]"):
        Custom(units=3)
