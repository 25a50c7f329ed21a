"""fit, evaluate and predict on every kind of data."""

import numpy as np
import pytest
import scipy.sparse
from small_models import Batches, X, Y, batches, classifier, weights_equal

import kerasnp as keras
from kerasnp import layers


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


def test_steps_without_a_batch_size_make_one_pass_over_arrays():
    sizes = []

    class Sizes(layers.Layer):
        def call(self, x):
            sizes.append(len(x))
            return x

        def gradient(self, x, y, dy):
            return dy

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1), Sizes()])
    model.compile("sgd", "mse")
    sizes.clear()
    model.fit(X, Y, steps_per_epoch=4, verbose=0)
    assert sizes == [13, 13, 13, 11]
    assert model.predict(X, steps=2, verbose=0).shape == (50, 1)


def test_more_steps_than_the_arrays_have_end_the_epoch():
    plain, longer = classifier(), classifier()
    plain.fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    with pytest.warns(UserWarning, match="after 4 of 9 steps"):
        longer.fit(X, Y, batch_size=16, epochs=2, shuffle=False, steps_per_epoch=9, verbose=0)
    assert weights_equal(plain, longer)


def test_validation_steps_judge_the_same_rows_every_epoch():
    model = classifier(optimizer=keras.optimizers.SGD(0.0))
    fit = {"epochs": 3, "validation_data": (X, Y), "validation_steps": 2, "validation_batch_size": 10, "verbose": 0}
    history = model.fit(X, Y, **fit).history
    assert history["val_loss"] == [model.evaluate(X[:20], Y[:20], batch_size=10, verbose=0)[0]] * 3


def test_an_empty_generator_ends_training():
    with pytest.warns(UserWarning, match="training ends after 1 of 3 epochs"):
        history = classifier().fit(batches(), epochs=3, verbose=0)
    assert history.epoch == [0]
    assert len(history.history["loss"]) == 1
    with pytest.warns(UserWarning, match="no val_ results"):
        history = classifier().fit(X, Y, epochs=2, validation_data=batches(), verbose=0)
    assert len(history.history["val_loss"]) == 1
    for use in (classifier().fit, classifier().evaluate):
        with pytest.raises(ValueError, match="gave no batch"):
            use(batches(0), verbose=0)


def test_an_endless_dataset():
    class Endless(Batches):
        num_batches = None

        def __getitem__(self, index):
            return super().__getitem__(index % 4)

    history = classifier().fit(Endless(), steps_per_epoch=3, epochs=2, verbose=0)
    assert history.epoch == [0, 1]


@pytest.mark.parametrize("make", [batches, Batches])
def test_class_weights_of_data_sets(make):
    plain, other = classifier(), classifier()
    plain.fit(X[:48], Y[:48], batch_size=12, class_weight={1: 3.0}, shuffle=False, verbose=0)
    other.fit(make(), class_weight={1: 3.0}, shuffle=False, verbose=0)
    assert weights_equal(plain, other)


def test_one_input_may_come_in_a_list():
    plain, other = classifier(), classifier()
    plain.fit(X, Y, shuffle=False, verbose=0)
    other.fit([X], [Y], shuffle=False, verbose=0)
    assert weights_equal(plain, other)
    assert other.train_on_batch([X], [Y]) == plain.train_on_batch(X, Y)


def test_validation_data_may_be_a_list_of_batches():
    model = classifier(optimizer=keras.optimizers.SGD(0.0))
    history = model.fit(X, Y, validation_data=list(batches()), verbose=0).history
    assert history["val_loss"] == [model.evaluate(X[:48], Y[:48], batch_size=12, verbose=0)[0]]


def test_sparse_matrices():
    sparse = scipy.sparse.coo_matrix(X * (X > 0))
    plain, other = classifier(), classifier()
    for model, x in ((plain, sparse.toarray()), (other, sparse)):
        keras.utils.set_random_seed(2)
        model.fit(x, Y, epochs=2, verbose=0)
    assert weights_equal(plain, other)
    assert np.array_equal(other.predict(sparse, verbose=0), plain.predict(sparse.toarray(), verbose=0))


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
    assert model.predict(X, verbose=0, batch_size=32, steps=1).shape == (32, 2)


def test_results_do_not_share_memory():
    model = classifier()
    first = model.predict(X[:4], verbose=0)
    kept = first.copy()
    model.predict(X[4:8], verbose=0)
    assert np.array_equal(first, kept)


def test_a_channel_axis_of_one_may_be_left_out():
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3)])
    assert model.predict(np.zeros((3, 6, 6)), verbose=0).shape == (3, 4, 4, 2)
