"""Optimizers written by users, in Keras's form and in the fast form."""

import numpy as np
import pytest

from kerasnp.optimizers import SGD, Adam, Optimizer
from kerasnp.variables import FlatParameters, Variable


class OwnMomentum(Optimizer):
    """SGD with momentum as a Keras user writes it."""

    def __init__(self, learning_rate=0.1, momentum=0.9, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.momentums = [self.add_variable_from_reference(variable, name="momentum") for variable in variables]

    def update_step(self, gradient, variable, learning_rate):
        momentum = self.momentums[self._get_variable_index(variable)]
        self.assign(momentum, np.multiply(momentum, self.momentum) - gradient * learning_rate)
        self.assign_add(variable, momentum)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


class Centralized(Adam):
    """A built-in rule behind a change of the gradient."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient - gradient.mean(), variable, learning_rate)


class SignDescent(Optimizer):
    """A rule in the fast form, with a slot."""

    def slot_groups(self):
        return [("count",)]

    def update(self, values, gradients, slots, learning_rate, decay):
        values -= decay * values
        values -= learning_rate * np.sign(gradients)
        slots["count"] += 1


def make_variables():
    rng = np.random.default_rng(5)
    return [Variable(rng.standard_normal((2, 3)).astype(np.float32)), Variable(np.ones(4, np.float32), name="bias")]


def gradients_of(seed):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((2, 3)).astype(np.float32), rng.standard_normal(4).astype(np.float32)]


def step_flat(optimizer, parameters, gradients):
    for variable, gradient in zip(parameters, gradients, strict=True):
        variable.gradient[...] = gradient
    optimizer.step(parameters)


@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1, "clipnorm": 0.5, "use_ema": True}])
@pytest.mark.parametrize("flat", [True, False])
def test_the_form_of_keras(options, flat):
    own, built_in = OwnMomentum(0.1, **options), SGD(0.1, momentum=0.9, **options)
    mine, theirs = make_variables(), make_variables()
    mine_flat = FlatParameters(mine) if flat else None
    for seed in range(5):
        if flat:
            step_flat(own, mine_flat, gradients_of(seed))
        else:
            own.apply(gradients_of(seed), mine)
        built_in.apply(gradients_of(seed), theirs)
    for left, right in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(left.value, right.value, rtol=1e-6, atol=1e-7)
    for left, right in zip(own.variables, built_in.variables, strict=True):
        assert left.name == right.name
        np.testing.assert_allclose(left.value, right.value, rtol=1e-6, atol=1e-7)
    assert OwnMomentum.from_config(own.get_config()).get_config() == own.get_config()


def test_the_form_of_keras_is_built_again():
    first, second = make_variables()
    optimizer = OwnMomentum()
    one = FlatParameters([second])
    optimizer.build(one)
    step_flat(optimizer, one, gradients_of(0)[1:])
    momentum = optimizer.variables[2].numpy()
    both = FlatParameters([first, second])
    optimizer.build(both)
    step_flat(optimizer, both, [np.zeros((2, 3)), np.zeros(4)])
    assert len(optimizer.variables) == 4
    np.testing.assert_array_equal(optimizer.variables[2].value, 0)
    np.testing.assert_allclose(optimizer.variables[3].value, 0.9 * momentum, rtol=1e-6)


def test_a_built_in_rule_behind_an_own_step():
    own, built_in = Centralized(0.1, weight_decay=0.1), Adam(0.1, weight_decay=0.1)
    mine, theirs = make_variables(), make_variables()
    for seed in range(3):
        own.apply(gradients_of(seed), mine)
        built_in.apply([gradient - gradient.mean() for gradient in gradients_of(seed)], theirs)
    for left, right in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(left.value, right.value, rtol=1e-6, atol=1e-7)


def test_the_fast_form():
    optimizer = SignDescent(0.5)
    variables = make_variables()
    start = variables[1].numpy()
    step_flat(optimizer, FlatParameters(variables), [np.ones((2, 3)), np.array([2.0, -3.0, 0.0, 1.0])])
    np.testing.assert_array_equal(variables[1].value, start - [0.5, -0.5, 0, 0.5])
    np.testing.assert_array_equal(optimizer.variables[-1].value, 1)


def test_variables_of_their_own():
    class Counting(SignDescent):
        def __init__(self):
            super().__init__(0.1)
            self.total = self.add_variable((), name="total")

        def build(self, variables):
            super().build(variables)
            self.level = self.add_variable((2,), "ones", name="level")

    optimizer = Counting()
    optimizer.build(make_variables()[:1])
    optimizer.level.assign([3, 4])
    level = optimizer.level
    optimizer.build(make_variables())
    names = [variable.name for variable in optimizer.variables]
    assert names == ["iteration", "learning_rate", "total", "variable_count", "bias_count", "level"]
    assert optimizer.level is level
    np.testing.assert_array_equal(level.value, [3, 4])
