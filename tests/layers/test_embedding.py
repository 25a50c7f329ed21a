import numpy as np
import pytest
from layer_runs import expect_gradients

import kerasnp as keras
from kerasnp.layers import Dense, Embedding, Flatten, GlobalAveragePooling1D, Reshape


def test_rows_of_the_table():
    layer = Embedding(5, 2, weights=np.arange(10).reshape(5, 2))
    np.testing.assert_array_equal(layer([[4, 0], [1, 1]]), [[[8, 9], [0, 1]], [[2, 3], [2, 3]]])
    assert layer.embeddings.shape == (5, 2)
    assert [weight.name for weight in layer.weights] == ["embeddings"]


def test_weights_may_come_in_a_list():
    np.testing.assert_array_equal(Embedding(2, 1, weights=[[[3.0], [4.0]]])([1, 0]), [[4], [3]])


@pytest.mark.parametrize("wrong", [5, -1, 2**32 + 1])
def test_integers_without_a_row(wrong):
    layer = Embedding(5, 2, name="words")
    with pytest.raises(ValueError, match=f"'words' has rows for the integers from 0 to 4 .*received {wrong}"):
        layer(np.array([[0, 1], [wrong, 2]]))
    model = keras.Sequential([keras.Input((2,)), layer])
    with pytest.raises(ValueError, match=f"received {wrong}"):
        model.predict(np.array([[0, 1], [wrong, 2]]), verbose=0)


@pytest.mark.parametrize(
    ("name", "value"), [("input_dim", 0), ("output_dim", -2), ("input_dim", 2.0), ("input_dim", True)]
)
def test_wrong_sizes(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be a positive integer. Received: {name}={value}"):
        Embedding(**{"input_dim": 3, "output_dim": 2, name: value})


def test_what_keras_has_besides():
    with pytest.raises(ValueError, match="neither LoRA nor quantization"):
        Embedding(3, 2, lora_rank=4)
    with pytest.warns(UserWarning, match="`input_length` is deprecated"):
        Embedding(3, 2, input_length=4)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64", "uint32", "float32", "float64"])
def test_any_number_type(dtype):
    model = keras.Sequential([keras.Input((3,)), Embedding(200, 2)])
    x = np.array([[0, 100, 199], [7, 7, 0]], dtype)
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.layers[0].get_weights()[0][x.astype(int)])


def test_large_integers_are_exact():
    count = 2**24 + 3
    layer = Embedding(count, 1, weights=np.arange(count, dtype=np.float64)[:, None], dtype="float64")
    model = keras.Sequential([keras.Input((2,)), layer])
    x = np.array([[2**24 + 1, 2**24 + 2]])
    np.testing.assert_array_equal(model.predict(x, verbose=0)[..., 0], x)


def test_not_a_number():
    model = keras.Sequential([keras.Input((2,)), Embedding(3, 2)])
    with pytest.raises(ValueError, match="`x` must hold integers here, but some are NaN"):
        model.predict(np.array([[0.0, np.nan]]), verbose=0)


def test_after_layers_that_give_floats():
    inner = Embedding(9, 2)
    model = keras.Sequential([keras.Input((4,)), Reshape((2, 2)), inner])
    x = np.arange(8).reshape(2, 4)
    np.testing.assert_array_equal(model.predict(x, verbose=0), inner.get_weights()[0][x.reshape(2, 2, 2)])


def test_nothing_is_learnt_below():
    dense = Dense(2, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((2,)), dense, Embedding(9, 3), Flatten()])
    model.compile("sgd", "mse")
    model.train_on_batch(np.array([[1, 2]]), np.ones((1, 6)))
    np.testing.assert_array_equal(dense.get_weights()[0], np.ones((2, 2)))


def test_gradient_is_zero_for_words_that_are_not_used():
    layer = Embedding(4, 2, dtype="float64")
    layer.ensure_built((None, 3))
    expect_gradients(layer)
    x, dy = np.array([[1, 1, 3]]), np.arange(6.0).reshape(1, 3, 2)
    layer.backward(dy, None, layer.workspace(x, layer(x), training=True))
    np.testing.assert_array_equal(layer.embeddings.gradient, [[0, 0], [2, 4], [0, 0], [4, 5]])


def test_mask():
    x = np.array([[1, 0, 2]])
    np.testing.assert_array_equal(Embedding(3, 2, mask_zero=True).compute_mask(x), [[True, False, True]])
    assert Embedding(3, 2).compute_mask(x) is None
    assert not Embedding(3, 2).supports_masking


def test_a_bag_of_words_learns():
    keras.utils.set_random_seed(3)
    generator = np.random.default_rng(0)
    y = generator.integers(2, size=(256, 1))
    x = generator.integers(1, 10, (256, 8)) + 10 * y  # each class has its own words
    x[:, 5:] = 0
    model = keras.Sequential([Embedding(20, 4, mask_zero=True), GlobalAveragePooling1D(), Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    assert model.fit(x, y, epochs=5, verbose=0).history["accuracy"][-1] > 0.95
