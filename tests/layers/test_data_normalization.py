"""Normalization: what adapt takes, what the arguments may be. Values: test_layers_follow_keras.py."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers

X = np.random.default_rng(0).standard_normal((50, 4)) * [1, 2, 3, 4] + [10, 0, -5, 1000]


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        return X[10 * index : 10 * index + 10], np.zeros(10)


@pytest.mark.parametrize(
    "data",
    [
        X,
        X.astype("float32"),
        [X],
        [X[:7], X[7:40], X[:0], X[40:]],
        (batch for batch in (X[:30], X[30:])),
        Batches(),
    ],
    ids=["float64", "float32", "list", "batches", "generator", "dataset"],
)
def test_adapt(data):
    layer = layers.Normalization()
    layer.adapt(data)
    np.testing.assert_allclose(layer.mean, X.mean(0, keepdims=True), rtol=1e-6)
    np.testing.assert_allclose(layer.variance, X.var(0, keepdims=True), rtol=1e-5)
    np.testing.assert_allclose(layer(X), (X - X.mean(0)) / X.std(0), atol=1e-4)
    assert [(weight.name, weight.dtype) for weight in layer.weights] == [
        ("mean", "float32"),
        ("variance", "float32"),
        ("count", "int32"),
    ]
    assert layer.trainable_weights == []


def test_adapt_over_other_axes():
    data = X.reshape(10, 5, 4)
    for axis, kept in ((1, 1), (None, None), ((1, 2), (1, 2))):
        layer = layers.Normalization(axis=axis, dtype="float64")
        layer.adapt([data[:3], data[3:]])
        reduced = tuple({0, 1, 2} - set(np.atleast_1d(kept) if kept is not None else ()))
        np.testing.assert_allclose(layer.mean, data.mean(reduced, keepdims=True))
        np.testing.assert_allclose(layer.variance, data.var(reduced, keepdims=True))


def test_adapt_again_replaces():
    layer = layers.Normalization(dtype="float64")
    layer.adapt(X + 5)
    layer.adapt(X)
    np.testing.assert_allclose(layer.mean[0], X.mean(0))


def test_a_constant_feature_is_only_shifted():
    layer = layers.Normalization(dtype="float64")
    layer.adapt(np.full((5, 1), 3.0))
    np.testing.assert_array_equal(layer([[3.0]]), [[0]])
    np.testing.assert_allclose(layer([[4.0]]), [[1e7]])


def test_invert_undoes():
    forward, back = layers.Normalization(dtype="float64"), layers.Normalization(invert=True, dtype="float64")
    for layer in (forward, back):
        layer.adapt(X)
    np.testing.assert_allclose(back(forward(X)), X)


def test_in_a_model_adapted_before_and_after():
    layer = layers.Normalization()
    model = keras.Sequential([keras.Input((4,)), layer, layers.Dense(1, kernel_initializer="ones")])
    raw = model.predict(X, verbose=0)
    layer.adapt(X)
    y = model.predict(X, verbose=0)
    assert not np.allclose(raw, y)
    np.testing.assert_allclose(y[:, 0], ((X - X.mean(0)) / X.std(0)).sum(1), atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mean": 1}, "both `mean` and `variance` must be set. Received: mean=1 and variance=None"),
        ({"mean": [1, 2], "variance": 1}, r"the same shape. Received: mean shape \(2,\) and variance shape \(\)"),
        ({"mean": [[1]], "variance": [[1]]}, r"number of axes \(1\). Received: mean shape \(1, 1\) for axis \(-1,\)"),
    ],
)
def test_wrong_arguments(settings, message):
    with pytest.raises(ValueError, match=message):
        layers.Normalization(**settings)


def test_wrong_shapes():
    with pytest.raises(ValueError, match=r"layer 'n': `mean` of shape \(2,\) does not fit the sizes \(4,\)"):
        layers.Normalization(mean=[1, 2], variance=[1, 2], name="n")(X)
    with pytest.raises(ValueError, match=r"must have a known shape. Received: axis=\(1,\), .* \(None, None\)"):
        layers.Normalization(axis=1).ensure_built((None, None))
    with pytest.raises(ValueError, match="axis 2 is out of bounds"):
        layers.Normalization(axis=2)(X)
    layer = layers.Normalization(name="n")
    layer.adapt(X)
    for wrong in (lambda: layer.adapt(X[:, :3]), lambda: layer(X[:, :3]), lambda: layer.adapt([X, X[:, :3]])):
        with pytest.raises(ValueError, match=r"'n' .*built for the input shape \(None, 4\).* received: \(50, 3\)"):
            wrong()


@pytest.mark.parametrize("data", ["abc", 3, None, [1.0, 2.0], [[1.0, 2.0]], {"a": X}])
def test_adapt_to_what_is_no_data(data):
    with pytest.raises(TypeError, match=r"layer 'n': adapt\(\) takes an .*; received"):
        layers.Normalization(name="n").adapt(data)


def test_adapt_to_nothing():
    with pytest.raises(ValueError, match="empty iterable"):
        layers.Normalization().adapt([])
