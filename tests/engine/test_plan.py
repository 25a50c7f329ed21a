"""The plan: a chain of layers over one arena gives the numbers of the layers alone, and a step allocates nothing."""

import tracemalloc

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers
from kerasnp.engine.plan import Arena, Plan
from kerasnp.variables import FlatParameters

CHAIN = [
    lambda: layers.Conv2D(4, 3, activation="relu", padding="same", dtype="float64"),
    lambda: layers.MaxPooling2D(2, dtype="float64"),
    lambda: layers.BatchNormalization(dtype="float64"),
    lambda: layers.Conv2D(3, 3, strides=2, activation="gelu", dtype="float64"),
    lambda: layers.Flatten(dtype="float64"),
    lambda: layers.Dropout(0.0, dtype="float64"),
    lambda: layers.Dense(5, activation="tanh", dtype="float64"),
    lambda: layers.Reshape((5, 1), dtype="float64"),
]
SHAPE = (3, 12, 10, 2)


def built(factories, shape=SHAPE):
    chain = []
    for factory in factories:
        layer = factory()
        layer.ensure_built((None, *shape[1:]))
        shape = layer.compute_output_shape(shape)
        chain.append(layer)
    return chain


def gradients_by_hand(chain, x, dy):
    """Runs each layer's two equations with arrays of their own."""
    passed = []
    for layer in chain:
        y = np.empty(layer.compute_output_shape(x.shape))
        buf = layer.workspace(x, y, training=True)
        if layer.passes_through(True):
            y[...] = x.reshape(y.shape)
        else:
            layer.forward(x, y, buf, True)
        passed.append((layer, x, buf))
        x = y
    for layer, below, buf in reversed(passed):
        dx = np.empty_like(below)
        if layer.passes_through(True):
            dx[...] = dy.reshape(dx.shape)
        else:
            layer.backward(dy.copy(), dx, buf)
        dy = dx
    return x


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=SHAPE)


def test_the_plan_computes_what_the_layers_compute(x):
    chain = built(CHAIN)
    parameters = FlatParameters([weight for layer in chain for weight in layer.trainable_weights])
    dy = np.random.default_rng(2).normal(size=(3, 5, 1))
    y = gradients_by_hand(chain, x, dy)
    wanted = parameters.gradients.copy()
    parameters.gradients.fill(np.nan)
    for view in parameters.views(parameters.gradients):
        view.fill(7)

    plan = Plan(chain, SHAPE, True, Arena())
    plan.x[...] = x
    plan.forward()
    assert np.array_equal(plan.y, y)
    plan.dy[...] = dy
    plan.backward()
    for place in parameters.slices:
        assert np.array_equal(parameters.gradients[place], wanted[place])


def test_garbage_in_the_arena_changes_nothing(x):
    chain = built(CHAIN)
    FlatParameters([weight for layer in chain for weight in layer.trainable_weights])
    arena = Arena()
    plan = Plan(chain, SHAPE, False, arena)
    results = []
    for garbage in (0, 255):
        arena.memory.fill(garbage)
        plan.x[...] = x
        plan.forward()
        results.append(plan.y.copy())
    assert np.array_equal(*results)


def test_predicting_needs_less_memory_than_training():
    chain = built(CHAIN)
    FlatParameters([weight for layer in chain for weight in layer.trainable_weights])
    assert Plan(chain, SHAPE, False, Arena()).nbytes < Plan(chain, SHAPE, True, Arena()).nbytes


def test_backward_stops_at_the_lowest_trainable_layer():
    chain = built(CHAIN)
    for layer in chain[:3]:
        layer.trainable = False
    FlatParameters([weight for layer in chain for weight in layer.trainable_weights])
    plan = Plan(chain, SHAPE, True, Arena())
    assert len(plan._backward_steps) == 2
    assert plan._backward_steps[-1][2] is None


def test_x_and_y_may_be_the_callers_own(x):
    plan = Plan(built(CHAIN), SHAPE, False, Arena())
    plan.x[...] = x
    plan.forward()
    wanted, y = plan.y.copy(), np.empty_like(plan.y)
    plan.x[...] = np.nan
    plan.forward(x, y)
    assert np.array_equal(y, wanted)
    only_reshaped = Plan([layers.Flatten(dtype="float64")], SHAPE, False, Arena())
    y = np.empty_like(only_reshaped.y)
    only_reshaped.forward(x, y)
    assert np.array_equal(y, x.reshape(y.shape))


class LargestOfWindow(layers.MaxPooling2D):
    """A user's class, of which the plan knows nothing."""


@pytest.mark.parametrize("activation", ["relu", "tanh", "elu"])
@pytest.mark.parametrize("strides", [None, 1])
def test_the_derivative_may_be_taken_after_maximum_pooling(x, activation, strides):
    found = {}
    for pooling in (layers.MaxPooling2D, LargestOfWindow):
        keras.utils.set_random_seed(4)
        chain = built(
            [
                lambda: layers.Conv2D(4, 3, activation=activation, padding="same", dtype="float64"),
                lambda pooling=pooling: pooling(2, strides=strides, dtype="float64"),
                lambda: layers.GlobalMaxPooling2D(dtype="float64"),
            ]
        )
        parameters = FlatParameters([weight for layer in chain for weight in layer.trainable_weights])
        plan = Plan(chain, SHAPE, True, Arena())
        plan.x[...] = x
        plan.forward()
        plan.dy[...] = np.arange(1.0, 13.0).reshape(3, 4)
        plan.backward()
        found[pooling] = plan.nbytes, parameters.gradients
    (small, gradients), (large, wanted) = found.values()
    assert np.allclose(gradients, wanted, rtol=1e-12, atol=0)
    if activation == "relu":
        assert np.array_equal(gradients, wanted)
    assert small < large  # the output of the convolution is not kept


def test_penalised_outputs_live_until_they_are_judged():
    chain = built([lambda: layers.Dense(9, activity_regularizer="l1"), *[lambda: layers.Dense(9)] * 3], (5, 9))
    plan = Plan(chain, (5, 9), False, Arena())
    plan.x[...] = 1
    plan.forward()
    y = chain[0](np.ones((5, 9)))
    assert plan.penalty() == pytest.approx(0.01 * np.abs(y).sum() / 5)


def test_layers_of_different_types_are_refused():
    chain = [layers.Dense(3, dtype="float64"), layers.Dense(2, name="second", dtype="float32")]
    for layer in chain:
        layer.ensure_built((None, 3))
    with pytest.raises(ValueError, match=r"one dtype.*'second'.*float32"):
        Plan(chain, (1, 3), False, Arena())


@pytest.mark.skipif(keras.config.kernel_mode() == "reference", reason="the reference kernels make temporaries")
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamw"])
def test_a_training_step_allocates_no_array(optimizer):
    peaks = {}
    for batch in (32, 256):
        model = keras.Sequential(
            [
                keras.Input((12, 12, 2)),
                layers.Conv2D(8, 3, padding="same", activation="relu", kernel_regularizer="l2"),
                layers.MaxPooling2D(),
                layers.BatchNormalization(),
                layers.Conv2D(8, 3),
                layers.LeakyReLU(),
                layers.Flatten(),
                layers.Dropout(0.5),
                layers.Dense(10, activation="softmax"),
            ]
        )
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        x = np.random.default_rng(0).integers(0, 255, (batch, 12, 12, 2), dtype="uint8")
        y = np.arange(batch) % 10
        for _ in range(3):
            model.train_on_batch(x, y)
        tracemalloc.start()
        model.train_on_batch(x, y)
        peaks[batch] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    # One image of 12 x 12 x 2 floats is 1,152 bytes: even one row a sample would show.
    assert peaks[256] < 16_000
    assert peaks[256] - peaks[32] < 2_000
