"""What fit says to mistakes, and that it changes nothing then."""

import numpy as np
import pytest
from small_models import X, Y, batches, classifier

import kerasnp as keras
from kerasnp import layers


def test_an_error_in_the_data_changes_no_weight():
    model = classifier()
    before = model.get_weights()
    labels = Y.copy()
    labels[3] = 7
    with pytest.raises(ValueError, match="7"):
        model.fit(X, labels, shuffle=False, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


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
        ({"x": 3.0, "y": Y}, "must be one array"),
        ({"x": {"input": X}, "y": Y}, "must be one array.*dict"),
        ({"x": (X, Y)}, "its 2 items do not make one"),
        ({"x": X, "y": Y, "class_weight": "balanced"}, "`class_weight` must be a dictionary"),
        ({"x": X, "class_weight": {0: 2.0}}, "`class_weight` needs targets"),
        ({"x": X, "y": Y, "validation_data": (X, Y, Y, Y)}, "received 4 items"),
        ({"x": batches(), "validation_split": 0.5}, "validation_split"),
    ],
)
def test_mistakes_get_clear_errors(arguments, message):
    model = classifier()
    with pytest.raises(ValueError, match=message):
        model.fit(**arguments, verbose=0)


def test_a_batch_size_beside_whole_batches_is_told_to_have_no_effect():
    model = classifier()
    said = "`batch_size=7` was passed, but is ignored: x is a generator"
    with pytest.warns(UserWarning, match=said):
        model.fit(batches(), batch_size=7, verbose=0, steps_per_epoch=2)
    with pytest.warns(UserWarning, match=said):
        model.evaluate(batches(), batch_size=7, verbose=0, steps=1)
    # That of the training data is not meant for the others.
    model.fit(X, Y, batch_size=7, validation_data=batches(), validation_steps=1, verbose=0)


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
    [
        ("optimizer", "adm", "adam"),
        ("loss", "mean_squard_error", "mean_squared_error"),
        ("metrics", "acuracy", "accuracy"),
    ],
)
def test_unknown_names_are_met_with_a_guess(argument, wrong, right):
    with pytest.raises(ValueError, match=f"{wrong}.*{right}"):
        classifier(**{argument: [wrong] if argument == "metrics" else wrong})


def test_a_bad_compile_leaves_the_old_one():
    model = classifier()
    with pytest.raises(ValueError, match="adm"):
        model.compile("adm", "mse")
    assert model.compiled
    model.fit(X, Y, verbose=0)
