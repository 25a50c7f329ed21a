"""predict works through the data as it likes, unless somebody looks: the numbers do not tell."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from small_models import X, classifier

import kerasnp as keras
from kerasnp import layers

COMPILED = keras.config.kernel_mode() != "reference"
RNG = np.random.default_rng(0)


def convnet():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((12, 11, 3)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(20, 3, padding="same", activation="gelu"),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(7, activation="softmax"),
        ]
    )


def mlp():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((30,)), layers.Dense(40, activation="tanh"), layers.Dense(3)])


class Sizes(layers.Layer):
    """Notes how many rows come at a time."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def call(self, x):
        self.seen.append(len(x))
        return x


@pytest.mark.skipif(not COMPILED, reason="the sums of NumPy's products depend on the number of rows")
@pytest.mark.parametrize("make", [convnet, mlp])
@pytest.mark.parametrize("rows", [1, 31, 33, 64, 97, 200])
def test_watched_or_not_the_bits_are_the_same(make, rows):
    model = make()
    x = RNG.normal(size=(rows, *model.input_shape[1:])).astype("float32")
    for batch_size in (1, 5, 32, 33, 64):
        alone = model.predict(x, batch_size=batch_size, verbose=0)
        watched = model.predict(x, batch_size=batch_size, verbose=0, callbacks=[])
        by_hand = [model.predict_on_batch(x[i : i + batch_size]) for i in range(0, rows, batch_size)]
        assert np.array_equal(alone, watched)
        assert np.array_equal(alone, np.concatenate(by_hand))


def test_many_threads_predict_data_of_their_own():
    model = convnet()
    images = [RNG.normal(size=(40 + 10 * i, 12, 11, 3)).astype("float32") for i in range(8)]
    wanted = [model.predict(x, verbose=0) for x in images]
    with ThreadPoolExecutor(8) as pool:
        for got, want in zip(pool.map(lambda x: model.predict(x, verbose=0), images * 5), wanted * 5, strict=True):
            assert np.array_equal(got, want)


def test_batches_are_joined():
    model = mlp()
    x = RNG.normal(size=(1000, 30))
    model.predict(x, verbose=0)
    sizes = {shape[0] for plans in model.executor._idle for shape, _ in plans.bound}
    assert max(sizes) == 992  # the last 8 rows are a short batch


def test_callbacks_see_the_batches():
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_predict_batch_end(self, batch, logs=None):
            seen.append((batch, logs["outputs"].shape))

    assert classifier().predict(X, verbose=0, callbacks=[Watch()]).shape == (50, 2)
    assert seen == [(0, (32, 2)), (1, (18, 2))]


def test_a_layer_of_the_user_sees_the_batches():
    sizes = Sizes()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), sizes])
    sizes.seen.clear()
    model.predict(np.tile(X, (3, 1)), verbose=0)
    assert sizes.seen == [32, 32, 32, 32, 22]


@pytest.mark.parametrize("make", [lambda function: layers.Activation(function), lambda function: Own(function)])
def test_what_a_user_does_to_an_input_does_not_reach_the_data(make):
    def halve(x):
        x /= 2
        return x

    model = keras.Sequential([keras.Input((4,)), make(halve)])
    x = X.copy()
    assert np.array_equal(model.predict(x, verbose=0), X / 2)
    assert np.array_equal(x, X)


class Own(layers.Layer):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


def misaligned(x):
    moved = np.frombuffer(b"-" + x.tobytes(), np.uint8)[1:].view(x.dtype)
    return moved.reshape(x.shape)


@pytest.mark.parametrize(
    "convert",
    [
        misaligned,
        lambda x: x[::-1].copy()[::-1],
        lambda x: x.astype(">f4"),
        lambda x: x.astype("float64"),
        lambda x: (x.setflags(write=False), x)[1],
        lambda x: x.tolist(),
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    ],
    ids=["misaligned", "backwards", "big-endian", "float64", "read-only", "list", "strided"],
)
def test_every_form_of_the_data_gives_the_same(convert):
    model = classifier()
    wanted = model.predict(X, verbose=0)
    given = convert(X.copy())
    assert np.array_equal(model.predict(given, verbose=0), wanted)
    assert np.array_equal(model(given), wanted)
    assert np.array_equal(model.predict_on_batch(given), model.predict_on_batch(X))


def test_layers_that_do_nothing_give_a_copy():
    model = keras.Sequential([keras.Input((4,)), layers.Reshape((2, 2)), layers.Dropout(0.5), layers.Flatten()])
    x = X.copy()
    y = model.predict(x, verbose=0)
    assert np.array_equal(y, x)
    assert not np.shares_memory(x, y)


def test_images_of_any_size():
    model = keras.Sequential([keras.Input((None, None, 2)), layers.Conv2D(3, 3)])
    for verbose in (0, 2):
        assert model.predict(np.zeros((70, 6, 5, 2)), verbose=verbose).shape == (70, 4, 3, 3)
        assert model.predict(np.zeros((3, 9, 9, 2)), verbose=verbose).shape == (3, 7, 7, 3)


def test_the_output_has_the_type_of_the_last_layer():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, dtype="float64")])
    for rows in (0, 10, 50):
        assert model.predict(X[:rows].astype("float64"), verbose=0).dtype == np.float64


def test_a_model_called_for_training_is_not_a_prediction():
    model = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5)])
    assert np.array_equal(model(X), X)
    assert not np.array_equal(model(X, training=True), X)
