"""Sequential: structure, building, names, weights and configs."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers


def small():
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, activation="relu", name="one"), layers.Dense(2, name="two")], name="small"
    )


def test_weights_exist_as_soon_as_the_input_is_known():
    model = small()
    assert model.built
    assert [weight.shape for weight in model.weights] == [(4, 3), (3,), (3, 2), (2,)]
    assert model.weights[0].path == "small/one/kernel"
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 2)
    assert model.count_params() == 15 + 8


def test_layers_hide_the_input():
    assert [layer.name for layer in small().layers] == ["one", "two"]


@pytest.mark.parametrize("argument", [{"input_shape": (4,)}, {"input_dim": 4}, {"batch_input_shape": (None, 4)}])
def test_old_ways_to_give_the_input_shape(argument):
    model = keras.Sequential([layers.Dense(3, **argument)])
    assert model.built
    assert model.input_shape == (None, 4)


def test_without_a_shape_the_first_data_builds():
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    assert not model.built
    with pytest.raises(ValueError, match="no weights yet"):
        model.count_params()
    assert model.predict(np.zeros((5, 7)), verbose=0).shape == (5, 2)
    assert model.layers[0].weights[0].shape == (7, 3)


def test_build_makes_the_weights():
    model = keras.Sequential([layers.Dense(3)])
    model.build((None, 6))
    assert model.built
    with pytest.raises(ValueError, match="no layers"):
        keras.Sequential().build((None, 3))


def test_add_and_pop():
    model = small()
    before = model.predict(np.ones((1, 4)), verbose=0)
    model.add(layers.Dense(5))
    assert model.output_shape == (None, 5)
    assert model.predict(np.ones((1, 4)), verbose=0).shape == (1, 5)
    model.pop()
    assert np.array_equal(model.predict(np.ones((1, 4)), verbose=0), before)


def test_a_layer_that_does_not_fit_leaves_the_model_whole():
    model = small()
    with pytest.raises(ValueError, match="ndim"):
        model.add(layers.Conv2D(2, 3))
    assert len(model.layers) == 2
    assert model.predict(np.ones((1, 4)), verbose=0).shape == (1, 2)


def test_errors_of_add():
    model = small()
    with pytest.raises(ValueError, match="unique names"):
        model.add(layers.Dense(2, name="two"))
    with pytest.raises(ValueError, match="Only instances"):
        model.add("dense")
    with pytest.raises(ValueError, match="already has an input"):
        model.add(keras.Input((3,)))
    with pytest.raises(ValueError, match="no layer to remove"):
        keras.Sequential().pop()


def test_automatic_names_count_up():
    keras.utils.clear_session()
    names = [layers.Dense(1).name, layers.Dense(1).name, layers.MaxPooling2D().name, layers.ReLU().name]
    assert names == ["dense", "dense_1", "max_pooling2d", "re_lu"]


def test_get_layer():
    model = small()
    assert model.get_layer("two") is model.get_layer(index=1)
    with pytest.raises(ValueError, match="No such layer: 'three'"):
        model.get_layer("three")
    with pytest.raises(ValueError, match="one of the two"):
        model.get_layer()


def test_set_weights_is_all_or_nothing():
    model = small()
    before = model.get_weights()
    with pytest.raises(ValueError, match="expected 4 arrays, received 3"):
        model.set_weights(before[:3])
    with pytest.raises(ValueError, match=r"\(2,\), received \(9,\)"):
        model.set_weights([*[weight + 1 for weight in before[:3]], np.zeros(9)])
    for weight, old in zip(model.get_weights(), before, strict=True):
        assert np.array_equal(weight, old)


def test_a_model_within_a_model():
    inner = keras.Sequential([layers.Dense(3, activation="tanh"), layers.Dense(2)], name="inner")
    outer = keras.Sequential([keras.Input((4,)), layers.Dense(5), inner, layers.Dense(1)])
    assert len(outer.weights) == 8
    x = np.random.default_rng(0).normal(size=(6, 4))
    by_hand = outer.layers[2](inner(outer.layers[0](x)))
    assert np.array_equal(outer.predict(x, verbose=0), by_hand)
    outer.compile("sgd", "mse")
    before = inner.get_weights()
    outer.fit(x, np.ones((6, 1)), verbose=0)
    assert not np.array_equal(inner.get_weights()[0], before[0])


def test_freezing_an_inner_model_freezes_its_layers():
    inner = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    outer = keras.Sequential([keras.Input((4,)), inner, layers.Dense(1)])
    inner.trainable = False
    assert len(outer.trainable_weights) == 2
    assert len(outer.non_trainable_weights) == 4
    outer.compile("sgd", "mse")
    before = inner.get_weights()
    outer.fit(np.ones((4, 4)), np.ones((4, 1)), verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, inner.get_weights(), strict=True))
    inner.trainable = True
    outer.fit(np.ones((4, 4)), np.zeros((4, 1)), verbose=0)
    assert not np.array_equal(before[0], inner.get_weights()[0])


def test_config_round_trip():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="pixels"),
            layers.Conv2D(2, 3, kernel_regularizer=keras.regularizers.L2(0.1), padding="same"),
            keras.Sequential([layers.Flatten(), layers.Dropout(0.3)], name="inner"),
            layers.Dense(3, activation="softmax", bias_constraint="non_neg"),
        ],
        name="whole",
    )
    copy = keras.Sequential.from_config(model.get_config())
    assert copy.get_config() == model.get_config()
    copy.set_weights(model.get_weights())
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 1))
    assert np.array_equal(copy.predict(x, verbose=0), model.predict(x, verbose=0))


def test_calling_a_model_returns_an_array():
    model = small()
    x = np.ones((2, 4))
    assert np.array_equal(model(x), model.predict(x, verbose=0))


def test_repr():
    assert repr(small()) == "<Sequential name=small, built=True>"


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: layers.Dense(2, activation="relu"), (2,)),
        (lambda: layers.Conv2D(2, 3, padding="same", activation="relu"), (4, 4, 2)),
    ],
    ids=["dense", "conv"],
)
def test_a_thousand_layers(make, shape):
    model = keras.Sequential([keras.Input(shape), *[make() for _ in range(1000)]])
    model.compile("sgd", "mse")
    x = np.ones((2, *shape))
    model.fit(x, x, verbose=0)
    assert np.isfinite(model.evaluate(x, x, verbose=0))
    assert model.predict(x, verbose=0).shape == (2, *shape)
    lines = []
    model.summary(print_fn=lines.append)
    assert lines[0].count("\n") > 1000
    copy = keras.Sequential.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    assert np.array_equal(copy.predict(x, verbose=0), model.predict(x, verbose=0))


def test_adding_a_layer_costs_the_same_whatever_is_below(monkeypatch):
    calls = []
    real = layers.Dense.compute_output_shape
    monkeypatch.setattr(
        layers.Dense, "compute_output_shape", lambda layer, shape: calls.append(layer) or real(layer, shape)
    )
    model = keras.Sequential([keras.Input((2,))])
    for _ in range(200):
        calls.clear()
        model.add(layers.Dense(2))
        assert len(calls) < 5


def test_names_are_compared_as_they_are_now():
    model = small()
    model.pop()
    model.add(layers.Dense(2, name="two"))
    model.layers[1].name = "three"
    model.add(layers.Dense(2, name="two"))
    with pytest.raises(ValueError, match="unique names"):
        model.add(layers.Dense(2, name="two"))
    assert [layer.name for layer in model.layers] == ["one", "three", "two"]


def test_a_model_on_top_may_grow_before_the_next_layer_comes():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    outer = keras.Sequential([keras.Input((4,)), inner])
    inner.add(layers.Dense(6))
    outer.add(layers.Dense(2))
    assert outer.layers[1].kernel.shape == (6, 2)


def test_a_frozen_model_stays_frozen_whatever_its_layers_say():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Dense(2)])
    inner.trainable = False
    inner.layers[0].trainable = True
    outer = keras.Sequential([keras.Input((3,)), inner, layers.Dense(1)])
    assert inner.trainable_weights == []
    assert len(inner.non_trainable_weights) == 4
    assert len(outer.trainable_weights) == 2
    outer.compile("sgd", "mse")
    before = inner.get_weights()
    outer.fit(np.ones((4, 3)), np.zeros(4), verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, inner.get_weights(), strict=True))


def test_trainable_false_holds_for_layers_added_later():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)], trainable=False)
    model.add(layers.Dense(1))
    assert model.trainable_weights == []
