"""Recurrent layers: what the values frozen from Keras do not say."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import testing
from kerasnp.layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    Dense,
    GRUCell,
    Layer,
    LSTMCell,
    Masking,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
    TimeDistributed,
    Wrapper,
)

X = np.random.default_rng(0).standard_normal((3, 5, 4)).astype("float32")
MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 0, 1], [0, 0, 0, 0, 0]], bool)
KINDS = [SimpleRNN, LSTM, GRU]
each_kind = pytest.mark.parametrize("kind", KINDS)


class Leaky(Layer):
    """A cell of a user: the state is a running mean, the output twice that."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        self.rate = self.add_weight((), "ones", name="rate")

    def call(self, x, states):
        state = states[0] * (1 - 0.5 * self.rate.value) + x @ self.kernel.value
        return 2 * state, [state]

    def gradient(self, x, states, dy, dstates):
        total = 2 * dy + dstates[0]
        dbefore = total * (1 - 0.5 * self.rate.value)
        return total @ self.kernel.value.T, [dbefore], x.T @ total, np.sum(total * states[0]) * -0.5

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@each_kind
def test_names_and_shapes_of_weights(kind):
    model = keras.Sequential([keras.Input((5, 4)), kind(3, name="rnn"), Dense(1)], name="model")
    gates = {SimpleRNN: 1, LSTM: 4, GRU: 3}[kind]
    cell = model.layers[0].cell.name
    assert [weight.path for weight in model.layers[0].weights] == [
        f"model/rnn/{cell}/{name}" for name in ("kernel", "recurrent_kernel", "bias")
    ]
    bias = (2, 9) if kind is GRU else (gates * 3,)
    assert [w.shape for w in model.layers[0].weights] == [(4, gates * 3), (3, gates * 3), bias]
    assert model.layers[0].units == 3
    assert model.layers[0].kernel_initializer.__class__.__name__ == "GlorotUniform"


def test_forget_gates_start_open():
    layer = LSTM(2)
    layer.ensure_built((None, 5, 4))
    np.testing.assert_array_equal(layer.get_weights()[2], [0, 0, 1, 1, 0, 0, 0, 0])
    layer = LSTM(2, unit_forget_bias=False, bias_initializer="ones")
    layer.ensure_built((None, 5, 4))
    np.testing.assert_array_equal(layer.get_weights()[2], np.ones(8))


def test_weights_of_nested_layers():
    layer = Bidirectional(LSTM(2, name="inner"), name="both")
    layer.ensure_built((None, 5, 4))
    assert [weight.path for weight in layer.weights][::3] == [
        "both/forward_inner/lstm_cell/kernel",
        "both/backward_inner/lstm_cell/kernel",
    ]
    assert layer.count_params() == 2 * (4 * 8 + 2 * 8 + 8)
    layer.trainable = False
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 6
    assert not layer.forward_layer.cell.trainable


@each_kind
def test_a_step_at_a_time_is_a_sequence(kind):
    layer = kind(3, return_sequences=True, return_state=True)
    whole, *last = layer(X)
    states = layer.cell.get_initial_state(3)
    for t in range(5):
        output, states = layer.cell(X[:, t], states)
        np.testing.assert_allclose(output, whole[:, t], rtol=1e-5, atol=1e-6)
    for state, expected in zip(states, last, strict=True):
        np.testing.assert_allclose(state, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(last[0], whole[:, -1])


@each_kind
def test_initial_states(kind):
    layer = kind(3, return_state=True)
    _, *middle = layer(X[:, :2])
    y, *_ = layer(X[:, 2:], initial_state=middle)
    np.testing.assert_allclose(y, layer(X)[0], rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"expected initial states of the shapes \[\(3, 3\)"):
        layer(X, initial_state=[np.zeros((3, 2))])


def test_a_cell_takes_a_state_that_is_no_list():
    cell = GRUCell(2)
    output, state = cell(X[:, 0], np.zeros((3, 2)))
    np.testing.assert_array_equal(output, state)


@each_kind
def test_masked_steps_keep_the_state(kind):
    layer = kind(3, return_sequences=True)
    whole = layer(X, mask=MASK)
    np.testing.assert_allclose(whole[0, 2:], np.repeat(layer(X[:1, :3])[:, -1], 3, axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(whole[1:2, -1], layer(X[1:2, [1, 2, 4]])[:, -1], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(whole[2], 0)
    np.testing.assert_array_equal(whole[1, 0], 0)


@each_kind
def test_masked_outputs_may_be_zero(kind):
    layer = kind(3, return_sequences=True)
    held = layer(X, mask=MASK)
    layer.zero_output_for_mask = True
    np.testing.assert_array_equal(layer(X, mask=MASK), held * MASK[..., None])


def test_what_is_masked_may_be_anything():
    layer = LSTM(2)
    spoilt = np.where(MASK[..., None], X, 7)
    np.testing.assert_array_equal(layer(spoilt, mask=MASK), layer(X, mask=MASK))


@pytest.mark.parametrize("settings", [{}, {"return_sequences": True}, {"go_backwards": True}])
@pytest.mark.parametrize("kind", [*KINDS, "generic", "user", "stacked"])
def test_gradients_with_masks(kind, settings):
    cells = {
        "generic": lambda: LSTMCell(2, recurrent_activation="softsign", dtype="float64"),
        "user": lambda: Leaky(2, dtype="float64"),
        "stacked": lambda: [GRUCell(2, dtype="float64"), LSTMCell(2, dtype="float64")],
    }
    inner = RNN(cells[kind](), dtype="float64", **settings) if kind in cells else kind(2, dtype="float64", **settings)

    class WithMask(Wrapper):
        """Gives the layer within it a mask."""

        backward_uses = ()

        def compute_output_shape(self, input_shape):
            return self.layer.compute_output_shape(input_shape)

        def buffers(self, input_shape):
            return self.inner_buffers("layer", self.layer, input_shape)

        def forward(self, x, y, buf, training):
            inner = self.inner_workspace("layer", self.layer, x, y, buf, MASK[: len(x)])
            self.layer.forward(x, y, inner, training)

        def backward(self, dy, dx, buf):
            self.layer.backward(dy, dx, buf.layer_workspace)

    testing.check_gradients(WithMask(inner, dtype="float64"), (3, 5, 2))


def test_cells_of_users():
    generator = np.random.default_rng(1)
    layer = RNN(Leaky(2, dtype="float64"), return_sequences=True, dtype="float64")
    testing.check_gradients(layer, (2, 3, 4))
    x = generator.standard_normal((2, 3, 4))
    y = layer(x)
    kernel, rate = layer.get_weights()
    state = np.zeros((2, 2))
    for t in range(3):
        state = state * (1 - 0.5 * rate) + x[:, t] @ kernel
        np.testing.assert_allclose(y[:, t], 2 * state)
    assert layer.cell.weights[0].path == f"{layer.name}/{layer.cell.name}/kernel"


def test_cells_of_users_in_models():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5, 4)), Masking(), RNN([Leaky(3), LSTMCell(2)]), Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.train_on_batch(X, np.ones((3, 1)))
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


def test_a_cell_without_gradient():
    class Forgets(Layer):
        state_size = 2

        def call(self, x, states):
            return states[0] + 1, [states[0] + 1]

    layer = RNN(Forgets())
    np.testing.assert_array_equal(layer(X), np.full((3, 2), 5))
    model = keras.Sequential([keras.Input((5, 4)), Dense(4), layer])
    model.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match=r"Cell 'forgets.*cannot be trained: it defines no gradient"):
        model.train_on_batch(X, np.zeros((3, 2)))


@each_kind
def test_stateful(kind):
    layer = kind(2, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(3, 5, 4)), layer])
    first = model.predict(X, verbose=0, batch_size=3)
    second = model.predict(X, verbose=0, batch_size=3)
    assert (first != second).any()
    np.testing.assert_array_equal(layer.states[0], second)
    layer.reset_state()
    np.testing.assert_array_equal(model.predict(X, verbose=0, batch_size=3), first)
    model.reset_states()
    both = model.predict(np.concatenate([X, X]), verbose=0, batch_size=3)  # batches run one by one
    np.testing.assert_array_equal(both, np.concatenate([first, second]))
    with pytest.raises(ValueError, match=r"(?s)batch size of the input sequences must be the same.*size: 3.*size: 2"):
        model.predict(X[:2], verbose=0)


def test_stateful_needs_to_know_the_batch():
    with pytest.raises(ValueError, match="the batch size must be static"):
        keras.Sequential([keras.Input((5, 4)), LSTM(2, stateful=True)])


def test_stateful_in_both_directions():
    layer = Bidirectional(GRU(2, stateful=True))
    first = layer(X)
    assert len(layer.states) == 2
    assert (layer(X) != first).any()
    layer.reset_states()
    np.testing.assert_array_equal(layer(X), first)


def test_dropout_is_the_same_at_all_steps():
    layer = SimpleRNN(4, dropout=0.5, use_bias=False, activation="linear", return_sequences=True, seed=1)
    layer.ensure_built((None, 3, 4))
    layer.set_weights([np.eye(4), np.zeros((4, 4))])
    y = layer(np.ones((2, 3, 4)), training=True)
    assert set(np.unique(y)) == {0, 2}
    np.testing.assert_array_equal(y, np.repeat(y[:, :1], 3, axis=1))
    np.testing.assert_array_equal(layer(np.ones((2, 3, 4))), 1)


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_each_gate_may_have_its_own_dropout(kind):
    # Configs do not have this argument, as in Keras.
    testing.check_gradients(kind(2, dropout=0.4, implementation=1, seed=1, dtype="float64"), (3, 4, 2))


def test_recurrent_dropout_drops_the_state():
    layer = SimpleRNN(50, recurrent_dropout=0.5, use_bias=False, activation="linear", return_sequences=True, seed=1)
    layer.ensure_built((None, 2, 50))
    layer.set_weights([np.eye(50), np.eye(50)])
    y = layer(np.ones((1, 2, 50)), training=True)
    assert set(np.unique(y[0, 0])) == {1}
    assert set(np.unique(y[0, 1])) == {1, 3}


def test_several_outputs_do_not_go_into_a_stack():
    with pytest.raises(ValueError, match=r"has several outputs.*return_state=False"):
        keras.Sequential([keras.Input((5, 4)), LSTM(2, return_state=True)])
    with pytest.raises(ValueError, match=r"has several outputs.*merge_mode"):
        keras.Sequential([keras.Input((5, 4)), Bidirectional(LSTM(2), merge_mode=None)])


def test_both_outputs_apart():
    layer = Bidirectional(LSTM(2, return_sequences=True, return_state=True), merge_mode=None)
    one, other, *states = layer(X)
    assert one.shape == other.shape == (3, 5, 2)
    assert len(states) == 4
    np.testing.assert_array_equal(other[:, 0], states[2])  # the second layer ends at the first step
    assert layer.compute_output_shape((None, 5, 4)) == ((None, 5, 2),) * 2 + ((None, 2),) * 4
    again = layer(X, initial_state=states)
    assert (again[0] != one).any()


def test_both_layers_start_with_given_weights():
    values = [weight + 1 for weight in built(Bidirectional(SimpleRNN(2))).get_weights()]
    layer = built(Bidirectional(SimpleRNN(2), weights=values))
    for weight, value in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(weight, value)


def built(layer):
    layer.ensure_built((None, 5, 4))
    return layer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RNN(3), "Argument `cell` should be a layer with a `call` method"),
        (lambda: RNN(Dense(3)), "The RNN cell should have a `state_size` attribute"),
        (lambda: StackedRNNCells([3]), "All cells must have a `call` method"),
        (lambda: StackedRNNCells([Dense(3)]), "All cells must have a `state_size` attribute"),
        (lambda: LSTM(0), "`units` must be a positive integer"),
        (lambda: GRU(2, use_cudnn="maybe"), "Invalid valid received for argument `use_cudnn`"),
        (lambda: Bidirectional(3), "Please initialize `Bidirectional` layer"),
        (lambda: Bidirectional(LSTM(2), merge_mode="both"), "Invalid merge mode. Received: both"),
        (lambda: Bidirectional(LSTM(2), backward_layer=LSTM(2)), "should have different `go_backwards` value"),
        (
            lambda: Bidirectional(LSTM(2), backward_layer=LSTM(2, go_backwards=True, return_sequences=True)),
            'same value for attribute "return_sequences"',
        ),
        (
            lambda: built(Bidirectional(LSTM(2), "sum", backward_layer=LSTM(3, go_backwards=True))),
            "needs outputs of one shape",
        ),
        (lambda: TimeDistributed(3), "isn't a supported layer type"),
        (lambda: Wrapper(keras.Sequential([Dense(2)])), "takes a layer, not a model"),
        (lambda: TimeDistributed(Dense(2)).ensure_built((None, 4)), "with at least 3 dimensions"),
        (lambda: LSTM(2).ensure_built((None, 4)), "expected ndim=3 .* found ndim=2"),
        (lambda: LSTM(2).ensure_built((None, 4, 5, 6)), "expected ndim=3 .* found ndim=4"),
        (lambda: LSTM(2).ensure_built((None, 4, None)), "needs to know the number of features"),
        (lambda: built(LSTM(2))(np.zeros((2, 5, 3))), "expected axis -1 of input shape to have value 4"),
        (lambda: built(RNN(SimpleRNNCell(2, dtype="float64"))), "give both the same dtype"),
    ],
)
def test_mistakes(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_time_distributed_statistics_are_those_of_each_step():
    inner = keras.layers.BatchNormalization(momentum=0.5, dtype="float64")
    layer = TimeDistributed(inner, dtype="float64")
    x = np.random.default_rng(0).standard_normal((4, 3, 2))
    y = layer(x, training=True)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    mean = np.zeros(2)
    for t in range(3):
        mean = 0.5 * mean + 0.5 * x[:, t].mean(axis=0)
    np.testing.assert_allclose(inner.moving_mean.value, mean)


def test_time_distributed_integers_and_masks():
    words = keras.layers.Embedding(5, 3, mask_zero=True)
    model = keras.Sequential([keras.Input((2, 4)), words, TimeDistributed(LSTM(2)), LSTM(3)])
    x = np.random.default_rng(0).integers(5, size=(2, 2, 4))
    expected = model.layers[1].layer(words(x[:, 0]), mask=x[:, 0] != 0)
    middle = model.layers[1](words(x), mask=x != 0)
    np.testing.assert_allclose(middle[:, 0], expected, rtol=1e-6)
    y = TimeDistributed(words)(x)
    np.testing.assert_array_equal(y, words(x))


@each_kind
def test_a_step_of_training_depends_on_nothing_before(kind):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((5, 4)), kind(3, return_sequences=True), kind(2)])
    model.compile("sgd", "mse")
    y = np.zeros((3, 2))
    model.train_on_batch(X, y)
    weights = model.get_weights()
    model.train_on_batch(X[::-1], y)
    first = model.get_weights()
    model.set_weights(weights)
    model.train_on_batch(X[::-1], y)
    for one, other in zip(first, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_learns_to_remember_the_first_step():
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    x = generator.standard_normal((512, 10, 1))
    y = (x[:, 0] > 0).astype(int)
    model = keras.Sequential([keras.Input((10, 1)), LSTM(8), Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
    assert model.fit(x, y, epochs=8, verbose=0).history["accuracy"][-1] > 0.95


# -- models at every step --------------------------------------------------------------------------


def frames(**settings):
    model = keras.Sequential(
        [keras.layers.Conv2D(3, 2, activation="relu"), keras.layers.BatchNormalization(), keras.layers.Flatten()]
    )
    return keras.Sequential(
        [keras.Input((4, 5, 5, 2)), TimeDistributed(model, name="frames"), keras.layers.LSTM(3), Dense(1)], **settings
    )


def test_a_model_at_every_step_is_each_of_its_layers_at_every_step():
    x = np.random.default_rng(0).standard_normal((3, 4, 5, 5, 2)).astype("float32")
    model = frames()
    inner = model.layers[0].layer
    assert [layer.name for layer in model.layers[:1]] == ["frames"]
    assert model.layers[0].compute_output_shape((None, 4, 5, 5, 2)) == (None, 4, 48)
    np.testing.assert_allclose(model.layers[0](x)[:, 1], inner.predict(x[:, 1], verbose=0), rtol=1e-5, atol=1e-6)
    spread = keras.Sequential(
        [
            keras.Input((4, 5, 5, 2)),
            *map(TimeDistributed, frames().layers[0].layer.layers),
            keras.layers.LSTM(3),
            Dense(1),
        ]
    )
    spread.set_weights(model.get_weights())
    for one in (model, spread):
        one.compile("sgd", "mse")
        one.fit(x, np.ones(3), epochs=2, verbose=0, shuffle=False)
    for weight, expected in zip(model.get_weights(), spread.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    np.testing.assert_array_equal(model.predict(x, verbose=0), spread.predict(x, verbose=0))


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5"])
def test_a_model_at_every_step_is_kept(tmp_path, ending):
    x = np.random.default_rng(0).standard_normal((3, 4, 5, 5, 2)).astype("float32")
    model = frames()
    path = tmp_path / f"model{ending}"
    if ending == ".weights.h5":
        model.save_weights(path)
        loaded = frames()
        loaded.load_weights(path)
    else:
        model.save(path)
        loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    frozen = frames(trainable=False)
    assert frozen.trainable_weights == []
