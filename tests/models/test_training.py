"""fit, evaluate and predict: what they do with every kind of data, weight and mistake."""

import warnings

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("int64")


def classifier(**compile_arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(2, activation="softmax")])
    model.compile(
        **{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | compile_arguments
    )
    return model


def regressor(**layer_arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, **layer_arguments)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def weights_equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def test_fit_learns():
    model = classifier(optimizer=keras.optimizers.Adam(0.01))
    history = model.fit(X, Y, epochs=60, verbose=0)
    assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]
    assert model.evaluate(X, Y, verbose=0)[1] > 0.9
    assert list(history.history) == ["accuracy", "loss"]
    assert all(isinstance(value, float) for value in history.history["loss"])
    assert history.epoch == list(range(60))


def test_same_seed_same_bits():
    one, other = classifier(), classifier()
    keras.utils.set_random_seed(5)
    one.fit(X, Y, epochs=2, verbose=0)
    keras.utils.set_random_seed(5)
    other.fit(X, Y, epochs=2, verbose=0)
    assert weights_equal(one, other)


@pytest.mark.parametrize(
    "convert",
    [
        lambda a: a.tolist(),
        lambda a: a.astype("float64"),
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: (lambda b: (b.setflags(write=False), b)[1])(a.copy()),
    ],
)
def test_the_form_of_the_data_does_not_matter(convert):
    plain, other = classifier(), classifier()
    for model, x, y in ((plain, X, Y), (other, convert(X), convert(Y))):
        keras.utils.set_random_seed(2)
        model.fit(x, y, epochs=2, batch_size=16, verbose=0)
    assert weights_equal(plain, other)


def batches(count=4):
    for start in range(0, 12 * count, 12):
        yield X[start : start + 12], Y[start : start + 12]


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return X[12 * index : 12 * index + 12], Y[12 * index : 12 * index + 12]


@pytest.mark.parametrize("make", [batches, Batches, lambda: list(batches())])
def test_generators_datasets_and_lists_of_batches(make):
    plain, other = classifier(), classifier()
    plain.fit(X[:48], Y[:48], batch_size=12, shuffle=False, verbose=0)
    other.fit(make(), shuffle=False, verbose=0)
    assert weights_equal(plain, other)
    assert other.evaluate(make(), verbose=0) == plain.evaluate(X[:48], Y[:48], batch_size=12, verbose=0)
    assert np.array_equal(
        other.predict((x for x, _ in batches()), verbose=0), plain.predict(X[:48], batch_size=12, verbose=0)
    )


def test_a_generator_that_ends_early_warns():
    model = classifier()
    with pytest.warns(UserWarning, match="ran out of data after 4 of 10 steps"):
        model.fit(batches(), steps_per_epoch=10, verbose=0)


def test_steps_per_epoch_goes_on_where_the_epoch_stopped():
    seen = []

    def endless():
        for i in range(10**6):
            seen.append(i)
            yield X[:5], Y[:5]

    history = classifier().fit(endless(), steps_per_epoch=3, epochs=4, verbose=0)
    assert len(history.epoch) == 4
    assert seen == list(range(12))


def test_predict_keeps_the_order_and_the_last_short_batch():
    model = classifier()
    whole = model.predict(X, batch_size=50, verbose=0)
    assert whole.shape == (50, 2)
    for size in (1, 7, 32):
        assert np.allclose(model.predict(X, batch_size=size, verbose=0), whole, rtol=1e-5)
    assert np.allclose(model.predict_on_batch(X), whole)
    assert np.allclose(model.predict(X[:1], verbose=0), whole[:1], rtol=1e-5)


def test_predict_works_before_compile_and_on_no_rows():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    assert model.predict(np.zeros((0, 4)), verbose=0).shape == (0, 2)
    assert model.predict(X, verbose=0, steps=1).shape == (32, 2)


def test_results_do_not_share_memory():
    model = classifier()
    first = model.predict(X[:4], verbose=0)
    kept = first.copy()
    model.predict(X[4:8], verbose=0)
    assert np.array_equal(first, kept)


def test_a_channel_axis_of_one_may_be_left_out():
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3)])
    assert model.predict(np.zeros((3, 6, 6)), verbose=0).shape == (3, 4, 4, 2)


def test_initial_epoch():
    history = classifier().fit(X, Y, epochs=4, initial_epoch=2, verbose=0)
    assert history.epoch == [2, 3]


def test_validation():
    model = classifier()
    history = model.fit(X, Y, validation_split=0.2, epochs=3, verbose=0).history
    assert list(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    loss, accuracy = model.evaluate(X[40:], Y[40:], verbose=0)
    assert history["val_loss"][-1] == loss
    assert history["val_accuracy"][-1] == accuracy
    history = model.fit(X, Y, validation_data=(X[:9], Y[:9]), validation_freq=2, epochs=5, verbose=0).history
    assert len(history["loss"]) == 5
    assert len(history["val_loss"]) == 2
    history = model.fit(X, Y, validation_data=(X[:9], Y[:9]), validation_freq=[1, 5], epochs=5, verbose=0).history
    assert len(history["val_loss"]) == 2


def test_validation_split_does_not_train_on_the_last_rows():
    one, other = classifier(), classifier()
    keras.utils.set_random_seed(3)
    one.fit(X, Y, validation_split=0.2, verbose=0)
    keras.utils.set_random_seed(3)
    other.fit(X[:40], Y[:40], verbose=0)
    assert weights_equal(one, other)


def test_a_row_of_weight_two_counts_twice():
    x, y = X[:6], X[:6, :1]
    weighted, repeated = regressor(), regressor()
    weighted.train_on_batch(x, y, sample_weight=np.array([2.0, 1, 1, 1, 1, 0]))
    repeated.train_on_batch(np.concatenate([x[:1], x[:5]]), np.concatenate([y[:1], y[:5]]))
    for a, b in zip(weighted.get_weights(), repeated.get_weights(), strict=True):
        assert np.allclose(a, b, rtol=1e-5)


def test_class_weight_is_a_sample_weight_by_label():
    one, other = classifier(weighted_metrics=["accuracy"]), classifier(weighted_metrics=["accuracy"])
    for model, weight in ((one, {"class_weight": {1: 3.0}}), (other, {"sample_weight": np.where(Y == 1, 3.0, 1.0)})):
        keras.utils.set_random_seed(4)
        model.fit(X, Y, verbose=0, **weight)
    assert weights_equal(one, other)
    with pytest.raises(ValueError, match="not both"):
        one.fit(X, Y, class_weight={0: 1}, sample_weight=np.ones(50), verbose=0)


def test_evaluate_forms():
    model = classifier(metrics=["accuracy", "sparse_top_k_categorical_accuracy"])
    as_list = model.evaluate(X, Y, verbose=0)
    as_dict = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert as_list == [as_dict["loss"], as_dict["accuracy"], as_dict["sparse_top_k_categorical_accuracy"]]
    assert list(as_dict) == sorted(as_dict)
    assert isinstance(regressor().evaluate(X, X[:, :1], verbose=0), float)
    assert model.metrics_names == ["loss", "accuracy", "sparse_top_k_categorical_accuracy"]


def test_on_batch_methods_accumulate_until_reset():
    model = regressor()
    first = model.test_on_batch(X[:10], X[:10, :1])
    second = model.test_on_batch(X[10:20], X[10:20, :1])
    model.reset_metrics()
    alone = model.test_on_batch(X[10:20], X[10:20, :1])
    assert second == pytest.approx((first + alone) / 2, rel=1e-6)
    assert set(model.train_on_batch(X, X[:, :1], return_dict=True)) == {"loss"}


def test_regularization_is_part_of_the_loss_and_of_the_gradient():
    plain, penalised = regressor(), regressor(kernel_regularizer=keras.regularizers.L2(0.3))
    penalty = 0.3 * float((plain.layers[0].kernel.value ** 2).sum())
    y = X[:, :1]
    assert penalised.evaluate(X, y, verbose=0) == pytest.approx(plain.evaluate(X, y, verbose=0) + penalty, rel=1e-6)
    kernel = plain.layers[0].kernel.value.copy()
    plain.train_on_batch(X, y)
    penalised.train_on_batch(X, y)
    assert np.allclose(
        penalised.layers[0].kernel.value, plain.layers[0].kernel.value - 0.05 * 2 * 0.3 * kernel, atol=1e-7
    )


def test_activity_regularization_is_part_of_the_gradient():
    def loss_of(model):
        return model.evaluate(X, Y, verbose=0)[0]

    model = classifier(optimizer=keras.optimizers.SGD(1e-2))
    model.layers[0].activity_regularizer = keras.regularizers.L1(0.01)
    plain = classifier()
    hidden = plain.layers[0](X)
    expected = loss_of(plain) + 0.01 * np.abs(hidden).sum() / 50  # the mean over the samples, as Keras 3.15
    assert loss_of(model) == pytest.approx(expected, rel=1e-5)
    before = model.test_on_batch(X, Y)[0]
    model.reset_metrics()
    for _ in range(20):
        model.train_on_batch(X, Y)
    model.reset_metrics()
    assert model.test_on_batch(X, Y)[0] < before


def test_constraints_hold_after_each_step():
    model = regressor(kernel_constraint="non_neg")
    model.fit(X, -X.sum(axis=1), epochs=3, verbose=0)
    assert model.layers[0].kernel.value.min() >= 0


def test_stop_training_stops():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    history = classifier().fit(X, Y, batch_size=5, epochs=5, callbacks=[Stop()], verbose=0)
    assert history.epoch == [0]


def test_ctrl_c_leaves_a_usable_model(capsys):
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                raise KeyboardInterrupt

    model = classifier()
    before = model.get_weights()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=5, callbacks=[Interrupt()], verbose=1)
    assert capsys.readouterr().out.endswith("\n")
    assert model.optimizer.iterations.value == 4
    assert not np.array_equal(before[0], model.get_weights()[0])
    model.fit(X, Y, verbose=0)


def test_an_error_in_the_data_changes_no_weight():
    model = classifier()
    before = model.get_weights()
    labels = Y.copy()
    labels[3] = 7
    with pytest.raises(ValueError, match="7"):
        model.fit(X, labels, shuffle=False, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_verbose_zero_says_nothing(capsys):
    model = classifier()
    model.fit(X, Y, verbose=0, validation_split=0.5)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert capsys.readouterr() == ("", "")


def test_off_a_terminal_there_is_one_line_an_epoch(capsys):
    classifier().fit(X, Y, epochs=3, validation_split=0.5)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\b" not in out
    assert out.count("val_loss") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": X, "y": Y[:9]}, "x has 50 .*y has 9"),
        ({"x": X[:, :3], "y": Y}, r"expected \(None, 4\), received \(None, 3\)"),
        ({"x": X, "y": np.full(50, np.nan)}, "NaN"),
        ({"x": X, "y": Y - 1}, "-1"),
        ({"x": X, "y": np.array(["cat"] * 50)}, "must hold numbers"),
        ({"x": X[:0], "y": Y[:0]}, "nothing to train on"),
        ({"x": X, "y": None}, "targets"),
        ({"x": X, "y": Y, "batch_size": 0}, "batch_size"),
        ({"x": X, "y": Y, "validation_split": 1.5}, "validation_split"),
        ({"x": X, "y": Y, "steps_per_epoch": 0}, "steps"),
        ({"x": X, "y": Y, "sample_weight": np.ones((50, 3))}, "sample_weight"),
        ({"x": batches(), "y": Y}, "`y` must not be given"),
        ({"x": 3.0, "y": Y}, "must be an array"),
        ({"x": batches(), "validation_split": 0.5}, "validation_split"),
    ],
)
def test_mistakes_get_clear_errors(arguments, message):
    model = classifier()
    with pytest.raises(ValueError, match=message):
        model.fit(**arguments, verbose=0)


def test_fit_before_compile():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    for use in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with pytest.raises(ValueError, match=r"compile\(\)"):
            use(X, Y)
    model.compile("sgd")
    with pytest.raises(ValueError, match="loss=None"):
        model.fit(X, Y)


@pytest.mark.parametrize(
    ("argument", "wrong", "right"),
    [("optimizer", "adm", "adam"), ("loss", "mean_squard_error", "mean_squared_error")],
)
def test_unknown_names_are_met_with_a_guess(argument, wrong, right):
    with pytest.raises(ValueError, match=f"{wrong}.*{right}"):
        classifier(**{argument: wrong})


def test_a_bad_compile_leaves_the_old_one():
    model = classifier()
    with pytest.raises(ValueError, match="adm"):
        model.compile("adm", "mse")
    assert model.compiled
    model.fit(X, Y, verbose=0)


class Cube(layers.Layer):
    """The simple form: y = scale * x ** 3."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, x):
        return self.scale.value * x**3

    def gradient(self, x, y, dy):
        return 3 * self.scale.value * x**2 * dy, (x**3 * dy).sum()


def test_a_layer_in_the_simple_form_trains():
    model = keras.Sequential([keras.Input((4,)), Cube(), layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(X / 2, X[:, :1] ** 3, epochs=20, verbose=0).history["loss"]
    assert history[-1] < history[0]
    assert float(model.layers[0].scale.value) != 1.0


def test_a_layer_without_a_gradient_predicts_but_says_what_training_lacks():
    class Half(layers.Layer):
        def call(self, x):
            return x / 2

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1), Half()])
    assert model.predict(X, verbose=0).shape == (50, 1)
    model.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match=r"Half.*gradient\(x, y, dy\)"):
        model.fit(X, X[:, :1], verbose=0)


def test_predict_from_many_threads_at_once():
    from concurrent.futures import ThreadPoolExecutor

    model = classifier()
    wanted = model.predict(X, verbose=0, batch_size=10)
    with ThreadPoolExecutor(8) as pool:
        for got in pool.map(lambda _: model.predict(X, verbose=0, batch_size=10), range(40)):
            assert np.array_equal(got, wanted)


def test_training_twice_in_a_row_keeps_the_optimizer_state():
    once, twice = classifier(), classifier()
    once.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    twice.fit(X, Y, epochs=1, shuffle=False, verbose=0)
    twice.fit(X, Y, epochs=1, shuffle=False, verbose=0)
    assert weights_equal(once, twice)


def test_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = classifier()
        model.fit(X, Y, epochs=1, validation_split=0.1, verbose=0)
