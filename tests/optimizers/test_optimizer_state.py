"""Variables of the optimizers: their order, loading, building again, averages, and use by hand."""

import tracemalloc

import numpy as np
import pytest

from kerasnp import config
from kerasnp.constraints import NonNeg
from kerasnp.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop, schedules
from kerasnp.variables import FlatParameters, Variable


def two_variables(dtype="float32"):
    rng = np.random.default_rng(3)
    return [
        Variable(rng.standard_normal(shape), dtype, name=name, path=f"dense/{name}")
        for name, shape in (("kernel", (3, 2)), ("bias", (2,)))
    ]


def take_steps(optimizer, parameters, count=3, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        for variable in parameters:
            variable.gradient[...] = rng.standard_normal(variable.shape)
        optimizer.step(parameters)


def paired(*slots):
    return [f"dense_{variable}_{slot}" for variable in ("kernel", "bias") for slot in slots]


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (SGD(), []),
        (SGD(momentum=0.9), paired("momentum")),
        (Adagrad(), paired("accumulator")),
        (RMSprop(), paired("velocity")),
        (
            RMSprop(momentum=0.5, centered=True),
            [*paired("velocity"), *paired("momentum"), *paired("average_gradient")],
        ),
        (Adadelta(), paired("accumulated_grad", "accumulated_delta_var")),
        (Adam(), paired("momentum", "velocity")),
        (AdamW(amsgrad=True), [*paired("momentum", "velocity"), *paired("velocity_hat")]),
        (
            Adam(use_ema=True, gradient_accumulation_steps=2),
            [*paired("average"), *paired("gradient_accumulator"), *paired("momentum", "velocity")],
        ),
    ],
)
def test_variables_are_in_the_order_of_keras(optimizer, expected):
    assert [variable.name for variable in optimizer.variables] == ["iteration", "learning_rate"]
    variables = two_variables()
    optimizer.build(FlatParameters(variables))
    names = [variable.name for variable in optimizer.variables]
    assert names == ["iteration", "learning_rate", *expected]
    shapes = {"dense_kernel": (3, 2), "dense_bias": (2,)}
    for variable in optimizer.variables[2:]:
        assert variable.shape == shapes["_".join(variable.name.split("_")[:2])]
        assert variable.path == f"{optimizer.name}/{variable.name}"
    assert optimizer.variables[0].dtype == "int64"
    assert optimizer.variables[1].dtype == "float32"


def test_training_goes_on_from_loaded_variables():
    first, parameters = Adam(0.1, amsgrad=True, use_ema=True), FlatParameters(two_variables())
    take_steps(first, parameters, 3, seed=0)
    weights = [variable.numpy() for variable in parameters]
    store = {}
    first.save_own_variables(store)
    take_steps(first, parameters, 3, seed=1)

    others = FlatParameters([Variable(weight) for weight in weights])
    for load in ("load_own_variables", "set_weights"):
        second = Adam(0.7, amsgrad=True, use_ema=True)
        second.build(others)
        getattr(second, load)(store if load == "load_own_variables" else list(store.values()))
        for variable, weight in zip(others, weights, strict=True):
            variable.assign(weight)
        take_steps(second, others, 3, seed=1)
        assert second.iterations.value == 6
        np.testing.assert_array_equal(others.values, parameters.values)


def test_state_that_does_not_fit():
    optimizer = Adam()
    with pytest.raises(ValueError, match="not built"):
        optimizer.set_weights([])
    optimizer.build(two_variables())
    with pytest.raises(ValueError, match=r"expected \[\(\), \(\), \(3, 2\)"):
        optimizer.set_weights([0, 0.1])
    with pytest.warns(UserWarning, match="it has 6 variables whereas the saved optimizer has 1"):
        optimizer.load_own_variables({"0": 5})
    assert optimizer.iterations.value == 0


def test_built_again_it_keeps_the_slots_of_weights_that_stay():
    kernel, bias = two_variables()
    optimizer = Adam(use_ema=True)
    parameters = FlatParameters([bias])
    take_steps(optimizer, parameters)
    before = {variable.name: variable for variable in optimizer.variables[2:]}
    values = {name: variable.numpy() for name, variable in before.items()}

    both = FlatParameters([kernel, bias])
    optimizer.build(both)
    assert optimizer.iterations.value == 3
    after = {variable.name: variable for variable in optimizer.variables[2:]}
    assert list(after) == [*paired("average"), *paired("momentum", "velocity")]
    for name, variable in before.items():
        assert after[name] is variable
        np.testing.assert_array_equal(variable.value, values[name])
    np.testing.assert_array_equal(after["dense_kernel_momentum"].value, 0)
    np.testing.assert_array_equal(after["dense_kernel_average"].value, kernel.value)

    take_steps(optimizer, both)
    assert not np.array_equal(after["dense_bias_momentum"].value, values["dense_bias_momentum"])
    optimizer.build(FlatParameters([kernel]))
    assert [variable.name for variable in optimizer.variables[2:]] == [
        f"dense_kernel_{slot}" for slot in ("average", "momentum", "velocity")
    ]


def test_a_step_on_other_parameters_builds_again():
    optimizer = SGD(momentum=0.5)
    take_steps(optimizer, FlatParameters(two_variables()))
    others = FlatParameters(two_variables())
    take_steps(optimizer, others)
    assert optimizer.parameters is others


@pytest.mark.parametrize("spared", [{"var_names": ["bias"]}, {"var_list": "bias"}])
def test_weight_decay_spares_the_excluded(spared):
    kernel, bias = two_variables()
    if "var_list" in spared:
        spared = {"var_list": [bias]}
    optimizer = SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(**spared)
    expected = kernel.value * np.float32(0.75), bias.numpy()
    parameters = FlatParameters([kernel, bias])
    optimizer.step(parameters)
    np.testing.assert_array_equal(kernel.value, expected[0])
    np.testing.assert_array_equal(bias.value, expected[1])
    with pytest.raises(ValueError, match="before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])


def test_clipnorm_is_per_variable_and_global_clipnorm_is_not():
    for optimizer, norms in ((SGD(1.0, clipnorm=1.0), (1, 1)), (SGD(1.0, global_clipnorm=1.0), (0.6, 0.8))):
        variables = [Variable(np.zeros(1, np.float32)), Variable(np.zeros(2, np.float32))]
        optimizer.apply([np.array([3.0]), np.array([0.0, -4.0])], variables)
        np.testing.assert_allclose(variables[0].value, [-norms[0]], rtol=1e-6)
        np.testing.assert_allclose(variables[1].value, [0, norms[1]], rtol=1e-6)


def test_gradients_that_are_not_finite_show():
    variable = Variable(np.zeros(2, np.float32))
    SGD(1.0, global_clipnorm=1.0).apply([np.array([np.inf, 1.0])], [variable])
    assert np.isnan(variable.value).all()


def test_averages_replace_the_weights_at_the_end():
    variables = two_variables()
    optimizer = SGD(0.1, use_ema=True, ema_momentum=0.5)
    optimizer.finalize_variable_values(variables)
    take_steps(optimizer, FlatParameters(variables))
    averages = [variable.numpy() for variable in optimizer.variables[2:4]]
    optimizer.finalize_variable_values(variables)
    for variable, average in zip(variables, averages, strict=True):
        np.testing.assert_array_equal(variable.value, average)


def test_float64_weights_are_trained_in_float64():
    variables = two_variables("float64")
    start = variables[0].numpy()
    optimizer = Adam(0.1)
    optimizer.apply([np.ones((3, 2)), np.ones(2)], variables)
    assert optimizer.variables[2].dtype == "float64"
    # The learning rate is kept as float32, as in Keras; the first step of Adam is the rate.
    np.testing.assert_allclose(start - variables[0].value, float(np.float32(0.1)), rtol=1e-5)
    np.testing.assert_allclose(optimizer.variables[2].value, 0.1, rtol=1e-15)


def test_applied_variables_stay_where_they_are():
    variables = two_variables()
    places = [variable.value for variable in variables]
    optimizer = SGD(0.5)
    assert optimizer.apply_gradients([(np.ones((3, 2)), variables[0]), (np.ones(2), variables[1])]).value == 1
    assert all(variable.value is place for variable, place in zip(variables, places, strict=True))
    assert variables[0].gradient is None
    expected = [place - np.float32(0.5) for place in places]
    optimizer.apply([np.ones((3, 2)), np.ones(2)])
    for variable, value in zip(variables, expected, strict=True):
        np.testing.assert_array_equal(variable.value, value)


def test_apply_works_on_the_weights_of_a_model():
    variables = two_variables()
    optimizer, parameters = SGD(0.5, momentum=0.5), FlatParameters(variables)
    take_steps(optimizer, parameters)
    before = parameters.values.copy()
    optimizer.apply([np.ones((3, 2)), np.ones(2)], variables)
    assert optimizer.parameters is parameters
    assert parameters.holds(variables)
    assert not np.array_equal(before, parameters.values)


def test_variables_without_gradient_stay_as_they_are():
    kernel, bias = two_variables()
    optimizer = Adam(0.1, weight_decay=0.5)
    optimizer.apply([np.ones((3, 2)), np.ones(2)], [kernel, bias])
    state = [variable.numpy() for variable in optimizer.variables[4:]]
    before = bias.numpy()
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['dense/bias'\]"):
        optimizer.apply([np.ones((3, 2)), None], [kernel, bias])
    optimizer.apply([np.ones((3, 2))], [kernel])
    np.testing.assert_array_equal(bias.value, before)
    for variable, value in zip(optimizer.variables[4:], state, strict=True):
        np.testing.assert_array_equal(variable.value, value)
    assert optimizer.iterations.value == 3


def test_apply_projects_onto_constraints():
    variable = Variable(np.ones(2, np.float32), constraint=NonNeg())
    SGD(2.0).apply([np.array([1.0, -1.0])], [variable])
    np.testing.assert_array_equal(variable.value, [0, 3])


def test_wrong_calls_of_apply():
    kernel, bias = two_variables()
    optimizer = SGD()
    optimizer.apply([])
    with pytest.raises(ValueError, match="must already be built"):
        optimizer.apply([np.ones(2)])
    optimizer.build([bias])
    with pytest.raises(ValueError, match="received 2 gradients for 1 variables"):
        optimizer.apply([np.ones(2), np.ones(2)])
    with pytest.raises(ValueError, match="no gradients provided for any variable"):
        optimizer.apply([None])
    with pytest.raises(ValueError, match=r"Unknown variable: .*path=dense/kernel"):
        optimizer.apply([np.ones((3, 2))], [kernel])
    with pytest.raises(ValueError, match=r"'dense/bias' has the wrong shape: expected \(2,\), received \(3,\)"):
        optimizer.apply([np.ones(3)])


def test_iterations_count_updates_when_gradients_accumulate():
    optimizer, variable = SGD(1.0, gradient_accumulation_steps=2), Variable(np.zeros(1, np.float32))
    for gradient in (1.0, 3.0, 5.0):
        optimizer.apply([np.array([gradient])], [variable])
    assert optimizer.iterations == 1
    assert optimizer.variables[0].value == 3
    np.testing.assert_array_equal(variable.value, [-2])


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(momentum=0.9, nesterov=True, weight_decay=0.1, clipnorm=1.0, use_ema=True, ema_overwrite_frequency=2),
        Adagrad(global_clipnorm=1.0),
        RMSprop(momentum=0.5, centered=True, clipvalue=1.0),
        Adadelta(gradient_accumulation_steps=2),
        AdamW(schedules.CosineDecay(0.1, 10), amsgrad=True),
    ],
)
@pytest.mark.skipif(config.kernel_mode() == "reference", reason="the reference kernels make temporaries")
def test_a_step_allocates_no_arrays(optimizer):
    parameters = FlatParameters([Variable(np.ones((50_000, 2), np.float32)), Variable(np.ones(50_000, np.float32))])
    take_steps(optimizer, parameters)
    tracemalloc.start()
    try:
        for _ in range(4):
            optimizer.step(parameters)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8192
