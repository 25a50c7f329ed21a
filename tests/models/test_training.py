"""fit, evaluate and predict: what they compute and what they report."""

import warnings

import numpy as np
import pytest
from small_models import X, Y, classifier, regressor, weights_equal

import kerasnp as keras
from kerasnp import layers


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


def test_on_batch_methods_report_their_batch_alone():
    model = regressor()
    model.test_on_batch(X[:10], X[:10, :1])
    second = model.test_on_batch(X[10:20], X[10:20, :1])
    assert second == model.evaluate(X[10:20], X[10:20, :1], verbose=0)
    assert model.train_on_batch(X[10:20], X[10:20, :1]) == pytest.approx(second, rel=1e-6)
    assert set(model.train_on_batch(X, X[:, :1], return_dict=True)) == {"loss"}


def test_metrics_of_one_name_are_told_apart_as_in_keras():
    model = classifier(
        metrics=["accuracy", "accuracy"], weighted_metrics=["accuracy", "sparse_categorical_accuracy", "accuracy"]
    )
    weights = np.arange(50.0)
    logs = model.evaluate(X, Y, sample_weight=weights, verbose=0, return_dict=True)
    weighted = np.average(model.predict(X, verbose=0).argmax(axis=1) == Y, weights=weights)
    assert logs["accuracy"] == logs["accuracy_1"]
    for name in ("weighted_accuracy", "weighted_accuracy_1", "sparse_categorical_accuracy"):
        assert logs[name] == pytest.approx(weighted)
    assert sorted(model.metrics_names) == sorted(logs)
    assert model.evaluate(X, Y, sample_weight=weights, verbose=0) == [logs[name] for name in model.metrics_names]


def test_loss_and_metrics_may_be_given_by_the_name_of_the_output():
    model = classifier(loss={"dense": "sparse_categorical_crossentropy"}, metrics={"dense": ["accuracy"]})
    assert model.evaluate(X, Y, verbose=0) == classifier().evaluate(X, Y, verbose=0)


def test_class_weights_do_not_weigh_the_validation():
    model = classifier(optimizer=keras.optimizers.SGD(0.0))
    history = model.fit(X, Y, validation_split=0.2, class_weight={0: 5.0}, verbose=0).history
    assert history["val_loss"][-1] == pytest.approx(model.evaluate(X[40:], Y[40:], verbose=0)[0])


def test_a_layer_shared_by_two_models_learns_in_both():
    base = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    models = [keras.Sequential([keras.Input((4,)), base, layers.Dense(1)]) for _ in range(2)]
    for model in models:
        model.compile(keras.optimizers.SGD(0.05), "mse")
    for model in models * 2:
        before = base.get_weights()[0]
        model.fit(X, X[:, :1], verbose=0)
        assert not np.array_equal(base.get_weights()[0], before)


def test_softmax_over_one_unit_warns():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation="softmax", name="last")])
    with pytest.warns(UserWarning, match=r"'last'.*Did you mean sigmoid"):
        model.predict(X, verbose=0)


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
