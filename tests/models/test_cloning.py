"""Models from models, from configs and from JSON."""

import json

import numpy as np
import pytest
from small_models import X, Y, classifier

import kerasnp as keras
from kerasnp import layers, models, saving


def nested():
    inner = keras.Sequential([layers.Dense(3, activation="relu"), layers.Dropout(0.5)], name="inner")
    return keras.Sequential(
        [layers.Input((4,), batch_size=10, name="rows"), inner, layers.Dense(2, trainable=False)], name="outer"
    )


def test_a_clone_has_the_structure_and_fresh_weights():
    model = nested()
    clone = models.clone_model(model)
    assert clone.get_config() == model.get_config()
    assert not any(one is other for one, other in zip(clone.leaf_layers(), model.leaf_layers(), strict=True))
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    assert not clone.compiled
    clone.set_weights(model.get_weights())
    assert np.array_equal(clone.predict(X, verbose=0), model.predict(X, verbose=0))


def test_an_unbuilt_model_is_cloned():
    assert not models.clone_model(keras.Sequential([layers.Dense(3)])).built


def test_another_input():
    clone = models.clone_model(keras.Sequential([layers.Dense(3)]), input_tensors=[layers.Input((7,))])
    assert clone.input_shape == (None, 7)
    with pytest.raises(ValueError, match="`input_tensors` must be one `Input`"):
        models.clone_model(nested(), input_tensors=X)


def test_clone_function():
    seen = []

    def without_dropout(layer):
        seen.append(type(layer).__name__)
        config = layer.get_config() | ({"rate": 0} if isinstance(layer, layers.Dropout) else {})
        return type(layer).from_config(config)

    models.clone_model(nested(), clone_function=without_dropout)
    assert seen == ["Sequential", "Dense"]
    seen.clear()
    clone = models.clone_model(nested(), clone_function=without_dropout, recursive=True)
    assert seen == ["Dense", "Dropout", "Dense"]
    assert clone.leaf_layers()[1].rate == 0


def test_what_cannot_be_cloned():
    with pytest.raises(ValueError, match="Expected `model` argument to be a `Sequential` model instance"):
        models.clone_model(layers.Dense(1))
    with pytest.raises(ValueError, match="`call_function` argument is not supported with Sequential"):
        models.clone_model(nested(), call_function=lambda layer, x: layer(x))
    with pytest.raises(ValueError, match="Expected `clone_function` argument to be a callable"):
        models.clone_model(nested(), clone_function="copy")


def test_from_config():
    model = nested()
    for again in (keras.Sequential.from_config(model.get_config()), _through_plain_json(model)):
        assert again.get_config() == model.get_config()
        assert again.built


def _through_plain_json(model):
    return keras.Sequential.from_config(json.loads(json.dumps(model.get_config())))


def test_json():
    model = nested()
    text = model.to_json(indent=2, sort_keys=True)
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True)
    again = models.model_from_json(text)
    assert again.get_config() == model.get_config()
    assert not again.compiled
    assert again.to_json() == model.to_json()


def test_json_of_a_compiled_model():
    model = classifier(optimizer=keras.optimizers.SGD(0.25, momentum=0.5))
    again = models.model_from_json(model.to_json())
    assert again.compiled
    assert again.optimizer.get_config() == model.optimizer.get_config()
    again.set_weights(model.get_weights())
    assert again.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_compile_config():
    model, other = classifier(), nested()
    assert other.get_compile_config() == {}
    other.compile_from_config({})
    assert not other.compiled
    other.compile_from_config(model.get_compile_config())
    assert other.get_compile_config() == model.get_compile_config()


class Twice(layers.Layer):
    def call(self, x):
        return 2 * x


def test_json_with_own_classes():
    text = keras.Sequential([layers.Input((3,)), Twice(name="twice")]).to_json()
    with pytest.raises(saving.FileFormatError, match=r"'twice' .*Twice"):
        models.model_from_json(text)
    assert isinstance(models.model_from_json(text, custom_objects={"Twice": Twice}).layers[0], Twice)


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"class_name": "Dense", "config": {"units": 3}}'])
def test_what_is_no_model(text):
    with pytest.raises(saving.FileFormatError, match="json_string"):
        models.model_from_json(text)


def test_public_names():
    assert set(models.__all__) <= set(dir(models))
    for name in models.__all__:
        assert getattr(models, name).__name__ == name
    for name in saving.__all__:
        assert callable(getattr(saving, name))
    with pytest.raises(AttributeError, match="has no attribute 'Functional'"):
        _ = models.Functional
