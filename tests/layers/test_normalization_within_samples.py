"""What the normalizations within samples accept and refuse. Values: test_layers_follow_keras.py."""

import numpy as np
import pytest
from layer_runs import run

from kerasnp import layers

RNG = np.random.default_rng(0)


def test_weights():
    layer = layers.LayerNormalization(axis=[2, 1], gamma_regularizer="l2", beta_constraint="non_neg")
    layer.ensure_built((None, 4, 5, 6))
    assert [(weight.name, weight.shape) for weight in layer.weights] == [("gamma", (4, 5)), ("beta", (4, 5))]
    assert type(layer.gamma.regularizer).__name__ == "L2"
    assert type(layer.beta.constraint).__name__ == "NonNeg"
    assert layer.axis == [1, 2]
    layer = layers.GroupNormalization(2, scale=False)
    layer.ensure_built((None, 4, 5, 6))
    assert [(weight.name, weight.shape) for weight in layer.weights] == [("beta", (6,))]
    layer = layers.RMSNormalization()
    layer.ensure_built((None, 4))
    assert [(weight.name, weight.shape) for weight in layer.weights] == [("scale", (4,))]
    assert layers.UnitNormalization().weights == []


def test_instance_normalization_has_a_group_for_each_channel():
    layer = layers.GroupNormalization(-1)
    layer.ensure_built((None, 4, 5, 6))
    assert layer.groups == 6
    y = layer(RNG.standard_normal((2, 4, 5, 6)) * 3 + 1)
    np.testing.assert_allclose(y.mean((1, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(y.var((1, 2)), 1, rtol=1e-3)


def test_a_large_mean_costs_no_digits():
    x = RNG.standard_normal((3, 1000))
    y = layers.LayerNormalization(epsilon=1e-6)(x + 1024)  # a power of two: most digits of x stay
    np.testing.assert_allclose(y, layers.LayerNormalization(epsilon=1e-6)(x), rtol=0, atol=2e-3)


def test_unit_normalization_of_zeros():
    layer = layers.UnitNormalization(dtype="float64")
    y, dx = run(layer, [[0.0, 0.0], [3.0, 4.0]], [[1.0, 2.0], [1.0, 0.0]], training=False)
    np.testing.assert_allclose(y, [[0, 0], [0.6, 0.8]])
    np.testing.assert_allclose(dx, [[1e12, 2e12], [0.2 * 0.64, -0.2 * 0.48]])


@pytest.mark.parametrize("cls", [layers.LayerNormalization, layers.RMSNormalization, layers.UnitNormalization])
@pytest.mark.parametrize("axis", ["last", 1.0, None, [1, "a"]])
def test_axis_is_an_integer_or_several(cls, axis):
    with pytest.raises(TypeError, match="expected an int or a list/tuple of ints for the argument `axis`") as error:
        cls(axis=axis)
    assert f"received {axis!r}" in str(error.value)


@pytest.mark.parametrize(
    "cls",
    [layers.LayerNormalization, layers.RMSNormalization, layers.UnitNormalization, layers.GroupNormalization],
)
@pytest.mark.parametrize("axis", [3, -4])
def test_axis_out_of_bounds(cls, axis):
    with pytest.raises(ValueError, match=rf"layer 'norm': axis {axis} is out of bounds for input shape \(None, 2, 3\)"):
        cls(axis=axis, name="norm").ensure_built((None, 2, 3))


def test_an_axis_named_twice():
    with pytest.raises(ValueError, match=r"named twice. Received: axis=\[-1, 2\]"):
        layers.LayerNormalization(axis=[2, -1]).ensure_built((None, 2, 3))


def test_unknown_sizes():
    with pytest.raises(ValueError, match=r"axes \(1,\) of the input must have known sizes; .* \(None, None, 3\)"):
        layers.LayerNormalization(axis=1).ensure_built((None, None, 3))
    with pytest.raises(ValueError, match=r"axis -1 of the input must have a known size; .* \(None, 3, None\)"):
        layers.GroupNormalization().ensure_built((None, 3, None))
    layer = layers.LayerNormalization()
    layer.ensure_built((None, None, 3))
    assert layer(np.zeros((2, 7, 3))).shape == (2, 7, 3)


def test_other_sizes_than_built_for():
    layer = layers.LayerNormalization(name="norm")
    layer.ensure_built((None, 3))
    with pytest.raises(ValueError, match=r"'norm' .*expected sizes \(3,\) of axes \(1,\), found \(4,\)"):
        layer(np.zeros((2, 4)))


@pytest.mark.parametrize("groups", [0, -2, 2.0, "a", True])
def test_wrong_number_of_groups(groups):
    with pytest.raises(ValueError, match="invalid value for argument `groups`") as error:
        layers.GroupNormalization(groups)
    assert f"groups={groups!r}" in str(error.value)


def test_groups_divide_the_channels():
    with pytest.raises(ValueError, match=r"groups \(32\) cannot be more than the number of channels \(6\)"):
        layers.GroupNormalization().ensure_built((None, 6))
    with pytest.raises(ValueError, match=r"channels \(6\) must be a multiple of the number of groups \(4\)"):
        layers.GroupNormalization(4).ensure_built((None, 6))
    with pytest.raises(ValueError, match=r"axis 0 of input shape \(2, 6\) is that of the batch"):
        layers.GroupNormalization(2, axis=0).ensure_built((2, 6))
    with pytest.raises(TypeError, match=r"argument `axis`; received \[1\]"):
        layers.GroupNormalization(2, axis=[1])


def test_scaling_by_the_variance_is_refused():
    assert layers.LayerNormalization(rms_scaling=False).get_config()["rms_scaling"] is False
    with pytest.raises(ValueError, match=r"rms_scaling=True is deprecated .* use RMSNormalization"):
        layers.LayerNormalization(rms_scaling=True)
