"""The focal losses beyond the frozen values of Keras: derivatives by finite differences, and their limits."""

import numpy as np
import pytest

from kerasnp import losses, metrics

BINARY, CATEGORICAL = losses.BinaryFocalCrossentropy, losses.CategoricalFocalCrossentropy


@pytest.mark.parametrize(
    ("cls", "settings"),
    [
        (BINARY, {}),
        (BINARY, {"apply_class_balancing": True, "alpha": 0.7, "gamma": 0.5, "label_smoothing": 0.1}),
        (BINARY, {"from_logits": True, "gamma": 3.0}),
        (BINARY, {"gamma": 0.0}),
        (CATEGORICAL, {}),
        (CATEGORICAL, {"alpha": [0.1, 0.5, 0.2, 1.0], "gamma": 0.5, "label_smoothing": 0.1}),
        (CATEGORICAL, {"from_logits": True, "gamma": 3.0}),
        (CATEGORICAL, {"gamma": 0.0}),
    ],
    ids=str,
)
def test_gradients_by_finite_differences(cls, settings):
    generator = np.random.default_rng(0)
    logits = settings.get("from_logits")
    y_pred = generator.normal(size=(5, 4)) * 3 if logits else generator.uniform(0.05, 0.95, (5, 4))
    y_true = np.eye(4)[[0, 3, 1, 2, 1]]
    loss, step = cls(**settings, dtype="float64"), 1e-6
    gradient = loss.gradient(y_true, y_pred)
    for place in np.ndindex(y_pred.shape):
        moved = [y_pred.copy(), y_pred.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        above, below = (loss.call(y_true, each).sum() for each in moved)
        assert gradient[place] == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-9)


def test_without_focus_the_crossentropies_are_left():
    generator = np.random.default_rng(1)
    y_true, y_pred = np.eye(4, dtype="float32")[[0, 3, 1]], generator.dirichlet(np.ones(4), 3).astype("float32")
    found = losses.binary_focal_crossentropy(y_true, y_pred, gamma=0.0)
    np.testing.assert_allclose(found, losses.binary_crossentropy(y_true, y_pred), rtol=1e-5)
    found = losses.categorical_focal_crossentropy(y_true, y_pred, alpha=1.0, gamma=0.0)
    np.testing.assert_allclose(found, losses.categorical_crossentropy(y_true, y_pred), rtol=1e-5)


@pytest.mark.parametrize("cls", [BINARY, CATEGORICAL])
def test_certain_predictions_have_finite_gradients(cls):
    certain = np.array([[0.0, 1.0], [1.0, 0.0]])
    for settings in ({}, {"gamma": 0.5}, {"gamma": 1.0}):
        assert np.isfinite(cls(**settings).gradient(certain, certain)).all()
    far = np.array([[-800.0, 800.0], [800.0, -800.0]])
    assert np.isfinite(cls(from_logits=True).gradient(certain, far)).all()
    assert np.isfinite(cls(from_logits=True).call(certain, -far)).all()


def test_configs():
    for loss in (BINARY(True, 0.3, 1.5, True, 0.1, name="mine"), CATEGORICAL([0.3, 0.7], 1.5, True, 0.1, name="mine")):
        assert losses.deserialize(losses.serialize(loss)).get_config() == loss.get_config()
    assert BINARY().get_config() == {
        "name": "binary_focal_crossentropy",
        "reduction": "sum_over_batch_size",
        "from_logits": False,
        "label_smoothing": 0.0,
        "axis": -1,
        "apply_class_balancing": False,
        "alpha": 0.25,
        "gamma": 2.0,
    }


def test_settings_and_shapes_that_make_no_sense():
    with pytest.raises(ValueError, match=r"`axis` must be of type `int`\. Received: axis=True"):
        CATEGORICAL(axis=True)
    with pytest.warns(SyntaxWarning, match=r"num_classes > 1\. Received: y_pred.shape=\(3, 1\)"):
        losses.categorical_focal_crossentropy(np.ones((3, 1)), np.ones((3, 1)))


def test_their_functions_are_metrics():
    function = metrics.binary_focal_crossentropy
    assert function is losses.binary_focal_crossentropy
    assert metrics.resolve(function, None, (8, 3), (8, 3)).name == "binary_focal_crossentropy"
