"""What losses accept as targets, names and settings."""

import numpy as np
import pytest

import kerasnp.losses as module
from kerasnp import losses
from kerasnp.saving import register_keras_serializable

SPARSE = losses.SparseCategoricalCrossentropy()
CLASSES = [
    cls for name in losses.__all__ if isinstance(cls := getattr(module, name), type) and name != "LossFunctionWrapper"
]


@pytest.mark.parametrize(
    ("loss", "y_shape", "y_pred_shape", "expected"),
    [
        (losses.MeanSquaredError(), (5, 3), (5, 3), (5, 3)),
        (losses.MeanSquaredError(), (5,), (5, 1), (5, 1)),
        (losses.MeanSquaredError(), (5, 7), (5, 7, 1), (5, 7, 1)),
        (losses.MeanSquaredError(), (5, 7, 1), (5, 7), (5, 7)),
        (losses.BinaryCrossentropy(), (5,), (5, 1), (5, 1)),
        (losses.CategoricalCrossentropy(), (5, 3), (5, 3), (5, 3)),
        (losses.CategoricalCrossentropy(axis=1), (5, 3), (5, 3), (5, 3)),
        (SPARSE, (5,), (5, 3), (5,)),
        (SPARSE, (5, 1), (5, 3), (5,)),
        (SPARSE, (5, 7), (5, 7, 3), (5, 7)),
        (SPARSE, (5, 7, 1), (5, 7, 3), (5, 7)),
    ],
)
def test_target_shape(loss, y_shape, y_pred_shape, expected):
    assert loss.target_shape(y_shape, y_pred_shape) == expected


@pytest.mark.parametrize(
    ("loss", "y_shape", "y_pred_shape", "message"),
    [
        (losses.MeanSquaredError(), (5,), (5, 3), "do not fit"),
        (losses.MeanSquaredError(), (5, 1), (5, 3), "do not fit"),
        (losses.MeanSquaredError(), (4, 3), (5, 3), "do not fit"),
        (losses.CategoricalCrossentropy(), (5, 1), (5, 3), "sparse_categorical_crossentropy"),
        (losses.CategoricalCrossentropy(), (5,), (5, 3), "sparse_categorical_crossentropy"),
        (SPARSE, (5, 3), (5, 3), "For one-hot targets use 'categorical_crossentropy'"),
        (SPARSE, (5, 2), (5, 3), "expected one class index"),
        (losses.CategoricalCrossentropy(axis=1), (5, 3, 2), (5, 3, 2), "axis=1"),
    ],
)
def test_targets_that_do_not_fit(loss, y_shape, y_pred_shape, message):
    with pytest.raises(ValueError, match=message) as error:
        loss.target_shape(y_shape, y_pred_shape)
    assert str(y_pred_shape) in str(error.value)
    assert loss.name in str(error.value)


def test_one_class_is_a_mistake():
    with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
        losses.categorical_crossentropy(np.ones((3, 1)), np.ones((3, 1)))


@pytest.mark.parametrize("label", [3, -1, 10**9])
def test_labels_out_of_range(label):
    labels = np.array([0, 2, label])
    with pytest.raises(ValueError, match=f"class indices from 0 to 2.*received {label}"):
        SPARSE.check_targets(labels, 3)
    with pytest.raises(ValueError, match=f"received {label}"):
        SPARSE(labels, np.full((3, 3), 1 / 3))
    losses.SparseCategoricalCrossentropy(ignore_class=label).check_targets(labels, 3)


def test_nan_targets():
    y_true = np.array([[0.0, np.nan]])
    with pytest.raises(ValueError, match=r"'mean_squared_error'.*contain NaN"):
        losses.MeanSquaredError().check_targets(y_true, 2)
    with pytest.raises(ValueError, match="NaN or infinite"):
        SPARSE(np.array([0.0, np.nan]), np.full((2, 3), 1 / 3))
    for loss in (losses.MeanSquaredError(), SPARSE):
        loss.check_targets(np.empty((0, 2)), 2)


def test_labels_of_every_type():
    y_pred = np.array([[0.1, 0.9], [0.7, 0.3]], np.float32)
    expected = SPARSE(np.array([1, 0]), y_pred)
    for labels in ([1, 0], [1.0, 0.0], [[1], [0]], np.array([1, 0], np.uint8), np.array([True, False])):
        assert SPARSE(labels, y_pred) == expected


def test_number_types():
    y_true, y_pred = [[1, 2]], [[3, 5]]
    assert losses.mean_squared_error(y_true, y_pred).dtype == np.float32
    assert losses.mean_squared_error(y_true, np.array(y_pred, np.float64)).dtype == np.float64
    assert losses.MeanSquaredError(dtype="float64")(y_true, y_pred).dtype == np.float64
    assert losses.MeanSquaredError()(np.float64(y_true), np.float64(y_pred)).dtype == np.float32


def test_weights_that_do_not_fit():
    with pytest.raises(ValueError, match=r"`sample_weight` of shape \(3,\) does not fit values of shape \(2,\)"):
        losses.MeanSquaredError()([[1], [2]], [[1], [2]], [1, 2, 3])


def test_reduction_is_checked():
    with pytest.raises(ValueError, match=r"reduction.*received 'avg'"):
        losses.MeanSquaredError(reduction="avg")


def test_axis_is_checked():
    with pytest.raises(ValueError, match=r"`axis` must be an integer; received True"):
        losses.CategoricalCrossentropy(axis=True)


@pytest.mark.parametrize("name", ["mse", "MSE", "mae", "mape", "msle", "bce", "BCE", "kld", "KLD", "huber", "hinge"])
def test_names_are_functions(name):
    function = losses.get(name)
    assert function([[0.5]], [[0.25]]).shape == (1,)
    resolved = losses.resolve(name)
    assert isinstance(resolved, function.loss_class)
    assert resolved.name == name


def test_get():
    assert losses.get(None) is losses.resolve(None) is None
    assert losses.get("mse") is losses.mean_squared_error
    assert isinstance(losses.get("Huber"), losses.Huber)
    loss = losses.Huber(2.0)
    assert losses.get(loss) is losses.resolve(loss) is loss
    assert losses.resolve(losses.huber).name == "huber"
    assert losses.resolve(losses.Huber).delta == 1.0
    assert losses.resolve({"class_name": "Huber", "config": {"delta": 3.0}}).delta == 3.0
    with pytest.raises(ValueError, match=r"Unknown loss: 'mze'. Did you mean 'mse'"):
        losses.get("mze")


@pytest.mark.parametrize("name", ["crossentropy", "CE"])
@pytest.mark.parametrize(
    ("y_shape", "y_pred_shape", "cls"),
    [
        ((5,), (5, 1), losses.BinaryCrossentropy),
        ((5,), (5, 3), losses.SparseCategoricalCrossentropy),
        ((5, 1), (5, 3), losses.SparseCategoricalCrossentropy),
        ((5, 3), (5, 3), losses.CategoricalCrossentropy),
    ],
)
def test_crossentropy_is_chosen_by_shapes(name, y_shape, y_pred_shape, cls):
    chosen = losses.resolve(name).for_shapes(y_shape, y_pred_shape)
    assert type(chosen) is cls
    assert chosen.name == name
    y_true, y_pred = np.zeros(y_shape), np.full(y_pred_shape, 0.25)
    np.testing.assert_array_equal(losses.resolve(name)(y_true, y_pred), chosen(y_true, y_pred))


def test_crossentropy_keeps_other_losses():
    loss = losses.MeanSquaredError()
    assert loss.for_shapes((5,), (5, 1)) is loss


@pytest.mark.parametrize("cls", CLASSES)
def test_config(cls):
    loss = cls(reduction="sum", name="mine")
    config = losses.serialize(loss)
    assert config["module"] == "keras.losses"
    again = losses.deserialize(config)
    assert type(again) is cls
    assert again.get_config() == loss.get_config()
    assert losses.Loss().get_config().keys() <= config["config"].keys()


def test_config_with_settings():
    for loss in (
        losses.BinaryCrossentropy(True, 0.1, axis=1),
        losses.CategoricalCrossentropy(True, 0.1, axis=1),
        losses.SparseCategoricalCrossentropy(True, 3, axis=1),
        losses.CosineSimilarity(axis=1),
    ):
        again = losses.deserialize(losses.serialize(loss))
        assert vars(again) == vars(loss)
    assert losses.SparseCategoricalCrossentropy().get_config() == {
        "name": "sparse_categorical_crossentropy",
        "reduction": "sum_over_batch_size",
        "from_logits": False,
        "ignore_class": None,
    }


def test_functions_in_configs():
    assert losses.serialize(losses.mean_squared_error) == "mean_squared_error"
    wrapper = losses.LossFunctionWrapper(losses.huber, delta=2.0, name="mine")
    again = losses.deserialize(losses.serialize(wrapper))
    assert again.fn is losses.huber
    assert again.settings == {"delta": 2.0}

    @register_keras_serializable("tests")
    def off_by_one(y_true, y_pred):
        return abs(y_pred - y_true - 1).mean(axis=-1)

    again = losses.deserialize(losses.serialize(losses.LossFunctionWrapper(off_by_one)))
    assert again.fn is off_by_one


def test_automatic_names():
    class OwnLoss(losses.Loss):
        pass

    assert OwnLoss().name == "own_loss"
    assert OwnLoss().name == "own_loss_1"
    assert repr(OwnLoss(name="x")) == "<OwnLoss name=x, reduction=sum_over_batch_size>"
