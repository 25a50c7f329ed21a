"""Masks on their way up the stack: who makes, hands on, uses and destroys them."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp.layers import (
    BatchNormalization,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Layer,
    Masking,
    MaxPooling1D,
)

X = np.array([[3, 1, 0, 0], [2, 2, 1, 0]])
KEPT = X != 0


class Seen(Layer):
    """Hands everything on, and remembers the mask."""

    supports_masking = True

    def call(self, x, mask=None):
        self.mask = None if mask is None else mask.copy()
        return x

    def gradient(self, x, y, dy, mask=None):
        assert (mask is None) == (self.mask is None)
        return dy


def seen_after(*layers):
    seen = Seen()
    model = keras.Sequential([keras.Input((4,)), Embedding(4, 3, mask_zero=True), *layers, seen])
    model.compile("sgd", "mse")
    y = model.predict(X, verbose=0)
    predicted = seen.mask
    model.train_on_batch(X, np.zeros_like(y))
    np.testing.assert_array_equal(seen.mask, predicted)
    model(X)
    np.testing.assert_array_equal(seen.mask, predicted)
    return predicted


def test_made_and_handed_on():
    layers = [Dense(2), Dropout(0.2), BatchNormalization(), keras.layers.Activation("relu"), keras.layers.ReLU()]
    layers += [keras.layers.LayerNormalization(), keras.layers.SpatialDropout1D(0.3), keras.layers.Identity()]
    np.testing.assert_array_equal(seen_after(*layers), KEPT)


@pytest.mark.parametrize("layer", [MaxPooling1D(2), Conv1D(2, 2), Flatten(), keras.layers.ZeroPadding1D()])
def test_destroyed_with_a_warning(layer):
    with pytest.warns(UserWarning, match="does not support masking and will therefore destroy the mask"):
        assert seen_after(layer) is None


def test_used_up():
    assert seen_after(GlobalAveragePooling1D()) is None


def test_masking_makes_one_and_clears_the_steps():
    x = np.array([[[1, 0], [0, 0], [np.nan, 0]]])
    layer = Masking()
    np.testing.assert_array_equal(layer.compute_mask(x), [[True, False, True]])
    np.testing.assert_array_equal(Masking(mask_value=1.0)([[[1, 1], [1, 2]]]), [[[0, 0], [1, 2]]])
    seen = Seen()
    keras.Sequential([keras.Input((3, 2)), layer, seen]).predict(x, verbose=0)
    np.testing.assert_array_equal(seen.mask, [[True, False, True]])


def test_mean_of_the_steps_that_count():
    x = np.arange(12.0).reshape(2, 3, 2)
    x[0, 2] = np.nan
    mask = np.array([[True, True, False], [False, True, False]])
    np.testing.assert_allclose(GlobalAveragePooling1D()(x, mask=mask), [[1, 2], [8, 9]])
    turned = GlobalAveragePooling1D(data_format="channels_first", keepdims=True)(x.transpose(0, 2, 1), mask=mask)
    np.testing.assert_allclose(turned, [[[1], [2]], [[8], [9]]])
    assert np.isnan(GlobalAveragePooling1D()(x, mask=np.zeros((2, 3), bool))).all()


def test_batch_normalization_of_the_steps_that_count():
    x = np.random.default_rng(0).standard_normal((2, 4, 3))
    layer = BatchNormalization(momentum=0.0, dtype="float64")
    layer(x, training=True, mask=KEPT)
    np.testing.assert_allclose(layer.moving_mean.value, x[KEPT].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance.value, x[KEPT].var(axis=0), rtol=1e-6)
    with pytest.raises(ValueError, match="the mask must have one dimension less than the input"):
        layer(x, training=True, mask=KEPT[:, 0])


class Shorter(Layer):
    """Leaves out the first step."""

    def call(self, x):
        return x[:, 1:]

    def gradient(self, x, y, dy):
        return np.concatenate([np.zeros_like(dy[:, :1]), dy], axis=1)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[:, 1:]


def test_a_mask_of_another_shape():
    assert Shorter().supports_masking
    np.testing.assert_array_equal(seen_after(Shorter()), KEPT[:, 1:])


class Summed(Layer):
    """The full form: the sum of the steps that count."""

    uses_mask = True
    backward_uses = ()

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])

    def compute_mask(self, inputs, mask=None):
        return None

    def forward(self, x, y, buf, training):
        np.einsum("btc,bt->bc", x, np.ones(x.shape[:2], x.dtype) if buf.mask is None else buf.mask, out=y)

    def backward(self, dy, dx, buf):
        kept = np.ones(dx.shape[:2]) if buf.mask is None else buf.mask
        dx[...] = dy[:, None] * kept[..., None]


def test_a_layer_in_the_full_form():
    x = np.arange(24.0).reshape(2, 4, 3)
    np.testing.assert_array_equal(Summed()(x, mask=KEPT), (x * KEPT[..., None]).sum(axis=1))
    np.testing.assert_array_equal(Summed()(x), x.sum(axis=1))
    embedding = Embedding(4, 3, mask_zero=True)
    model = keras.Sequential([keras.Input((4,)), embedding, Dense(2), Summed()])
    model.compile("sgd", "mse")
    before = embedding.get_weights()[0]
    model.train_on_batch(X, np.ones((2, 2)))
    changed = (embedding.get_weights()[0] != before).any(axis=1)
    np.testing.assert_array_equal(changed, [False, True, True, True])  # the padding had no part


def sequence_model(metrics=None, weighted=None, loss="mse"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), Embedding(4, 3, mask_zero=True), Dense(2, "softmax")])
    model.compile("sgd", loss, metrics=metrics, weighted_metrics=weighted)
    return model


def test_losses_and_metrics_leave_masked_steps_out():
    model = sequence_model(["mae", "accuracy", keras.metrics.RootMeanSquaredError(name="root")])
    y = np.random.default_rng(0).random((2, 4, 2))
    found = model.test_on_batch(X, y, return_dict=True)
    predicted = model.predict(X, verbose=0)
    error = predicted - y
    assert found["loss"] == pytest.approx(np.square(error).mean(axis=-1)[KEPT].mean(), rel=1e-6)
    hits = predicted.argmax(axis=-1) == y.argmax(axis=-1)
    # As Keras: one sample counts by the mean over its steps.
    assert found["accuracy"] == pytest.approx(hits[KEPT].mean(), rel=1e-6)
    assert found["mae"] == pytest.approx(np.abs(error).mean(axis=-1)[KEPT].mean(), rel=1e-6)
    assert found["root"] == pytest.approx(np.sqrt(np.square(error).mean()), rel=1e-6)  # uses no masks, as in Keras


@pytest.mark.parametrize("shape", [(2,), (2, 4)])
def test_sample_weights_beside_a_mask(shape):
    model = sequence_model(["mae"], weighted=["mae"])
    generator = np.random.default_rng(0)
    y, weights = generator.random((2, 4, 2)), generator.random(shape)
    found = model.test_on_batch(X, y, sample_weight=weights, return_dict=True)
    error = model.predict(X, verbose=0) - y
    each = np.broadcast_to(weights.reshape(shape + (1,) * (2 - len(shape))), (2, 4))
    squares, sizes = np.square(error).mean(axis=-1), np.abs(error).mean(axis=-1)
    assert found["loss"] == pytest.approx((squares * each)[KEPT].sum() / KEPT.sum(), rel=1e-6)
    assert found["mae"] == pytest.approx(sizes[KEPT].mean(), rel=1e-6)
    assert found["weighted_mae"] == pytest.approx((sizes * each)[KEPT].sum() / each[KEPT].sum(), rel=1e-6)


def test_masked_steps_have_no_gradient():
    model = sequence_model(loss="sparse_categorical_crossentropy")
    before = model.get_weights()[0]
    model.train_on_batch(X, np.zeros((2, 4)))
    changed = (model.get_weights()[0] != before).any(axis=1)
    np.testing.assert_array_equal(changed, [False, True, True, True])


def test_ignored_classes_beside_a_mask():
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=1)
    model = sequence_model(loss=loss)
    y = np.array([[0, 1, 0, 0], [1, 0, 0, 0]])
    expected = -np.log(model.predict(X, verbose=0)[..., 0])[KEPT & (y == 0)].mean()
    assert model.test_on_batch(X, y) == pytest.approx(expected, rel=1e-6)


def test_a_mask_that_does_not_fit_the_output():
    class Wrong(Shorter):
        def compute_mask(self, inputs, mask=None):
            return mask

    model = keras.Sequential([keras.Input((4,)), Embedding(4, 3, mask_zero=True), Wrong()])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"of shape \(2, 4\), does not fit its output of shape \(2, 3, 3\)"):
        model.train_on_batch(X, np.zeros((2, 3, 3)))
