"""Two layers taken a few samples at a time give what they give one after the other."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers
from kerasnp.engine import slabs

CASES = {
    "plain": [layers.Conv2D, {"kernel_size": 3, "activation": "relu"}],
    "padded": [layers.Conv2D, {"kernel_size": 3, "activation": "relu", "padding": "same"}],
    "strided": [layers.Conv2D, {"kernel_size": 2, "activation": "tanh", "strides": 2, "use_bias": False}],
    "frozen": [layers.Conv2D, {"kernel_size": 3, "activation": "elu", "trainable": False}],
    "channels first": [
        layers.Conv2D,
        {"kernel_size": 3, "activation": "relu", "padding": "same", "data_format": "channels_first"},
    ],
}
ROWS = 11


def make(case: str, pool, below: bool, dtype: str):
    keras.utils.set_random_seed(1)
    kind, settings = CASES[case]
    order = {name: value for name, value in settings.items() if name == "data_format"}
    first = [layers.Conv2D(3, 1, dtype=dtype, **order)] if below else []
    shape = (2, 9, 8) if order else (9, 8, 2)
    model = keras.Sequential(
        [
            keras.Input(shape, dtype=dtype),
            *first,
            kind(5, dtype=dtype, **settings),
            pool(dtype=dtype, **order),
            layers.Flatten(dtype=dtype, **order),
            layers.Dense(3, dtype=dtype),
        ]
    )
    model.compile(keras.optimizers.SGD(0.1), "mse")
    rng = np.random.default_rng(2)
    return model, rng.normal(size=(ROWS, *shape)).astype(dtype), rng.normal(size=(ROWS, 3))


def steps_of(model) -> list:
    [bound] = model.executor._training.bound.values()
    return bound.plan.layers


@pytest.mark.parametrize("below", [False, True], ids=["first layer", "above another"])
@pytest.mark.parametrize("pool", [layers.MaxPooling2D, layers.GlobalMaxPooling2D])
@pytest.mark.parametrize("case", CASES)
def test_slabs_change_nothing_but_the_order_of_sums(case, pool, below, monkeypatch):
    whole, x, y = make(case, pool, below, "float64")
    whole.train_on_batch(x, y)
    assert not any(isinstance(step, slabs.Slabs) for step in steps_of(whole))
    expected = whole.predict(x, batch_size=ROWS, verbose=0)
    monkeypatch.setattr(slabs, "WORTH_IT", 0)
    monkeypatch.setattr(slabs, "SLAB", 4 * 8 * 5 * 9 * 8)  # about four images; the last slab is shorter
    cut, x, y = make(case, pool, below, "float64")
    cut.train_on_batch(x, y)
    assert any(isinstance(step, slabs.Slabs) for step in steps_of(cut))
    for left, right in zip(whole.get_weights(), cut.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-14)
    cut.set_weights(whole.get_weights())
    np.testing.assert_array_equal(cut.predict(x, batch_size=ROWS, verbose=0), expected)


def test_slabs_take_less_memory(monkeypatch):
    sizes = []
    for least in (1 << 60, 0):
        monkeypatch.setattr(slabs, "WORTH_IT", least)
        monkeypatch.setattr(slabs, "SLAB", 1 << 12)
        model, x, y = make("plain", layers.MaxPooling2D, False, "float32")
        model.train_on_batch(x, y)
        [bound] = model.executor._training.bound.values()
        sizes.append(bound.plan.nbytes)
    assert sizes[1] < 0.85 * sizes[0]


def test_what_needs_the_array_between_is_not_cut(monkeypatch):
    """Winograd's method depends on the number of images, and a penalty is on the whole output."""
    monkeypatch.setattr(slabs, "WORTH_IT", 0)
    for settings in ({"activity_regularizer": "l2"}, {"activation": "softmax"}, {"activation": "gelu"}):
        model = keras.Sequential(
            [keras.Input((9, 8, 2)), layers.Conv2D(5, 3, **settings), layers.MaxPooling2D(), layers.Flatten()]
        )
        model.compile("sgd", "mse")
        model.train_on_batch(np.ones((4, 9, 8, 2)), np.ones((4, 3 * 3 * 5)))
        assert not any(isinstance(step, slabs.Slabs) for step in steps_of(model))
    model = keras.Sequential(
        [keras.Input((18, 18, 32)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    )
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((8, 18, 18, 32)), np.ones((8, 8 * 8 * 32)))
    assert not any(isinstance(step, slabs.Slabs) for step in steps_of(model))
