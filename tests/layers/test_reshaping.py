"""Flatten, Reshape, Permute and RepeatVector: shapes, order of the numbers, errors."""

import numpy as np
import pytest

from kerasnp.layers.reshaping import Flatten, Permute, RepeatVector, Reshape


def roundtrip(layer, x):
    """Returns output and input gradient of the written equations, which a plan need not call; dy is the output."""
    y, dx = np.empty(layer.compute_output_shape(x.shape)), np.full_like(x, np.nan)
    buf = layer.workspace(x, y, training=True)
    layer.forward(x, y, buf, True)
    layer.backward(y.copy(), dx, buf)
    layer.backward(y.copy(), None, buf)
    return y, dx


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((None, 3, 4), (None, 12)), ((None, 5), (None, 5)), ((None,), (None, 1)), ((2, None, 3), (2, None))],
)
def test_flatten_shape(shape, expected):
    assert Flatten().compute_output_shape(shape) == expected
    assert Flatten("channels_first").compute_output_shape(shape) == expected


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 3, 4), (2, 3, 4, 5)])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_flatten(data_format, shape):
    x = np.arange(float(np.prod(shape))).reshape(shape)
    layer = Flatten(data_format, dtype="float64")
    y, dx = roundtrip(layer, x)
    moved = np.moveaxis(x, 1, -1) if data_format == "channels_first" and x.ndim > 2 else x
    np.testing.assert_array_equal(y, moved.reshape(2, -1))
    np.testing.assert_array_equal(dx, x)
    np.testing.assert_array_equal(layer(x), y)


def test_only_copies_if_it_must():
    assert Flatten().passes_through(training=True)
    assert not Flatten("channels_first").passes_through(training=True)
    assert Reshape((2, 3)).passes_through(training=True)


@pytest.mark.parametrize(
    ("target", "shape", "expected"),
    [
        ((3, 4), (None, 12), (None, 3, 4)),
        ((-1, 2), (5, 3, 4), (5, 6, 2)),
        ((-1,), (None, 3, 4), (None, 12)),
        ((), (None, 1), (None,)),
        ((2, -1), (None, None, 3), (None, 2, None)),
        ([6, 2], (None, 3, 4), (None, 6, 2)),
    ],
)
def test_reshape_shape(target, shape, expected):
    assert Reshape(target).compute_output_shape(shape) == expected


def test_reshape():
    x = np.arange(24.0).reshape(2, 3, 4)
    layer = Reshape((2, -1), dtype="float64")
    y, dx = roundtrip(layer, x)
    np.testing.assert_array_equal(y, x.reshape(2, 2, 6))
    np.testing.assert_array_equal(dx, x)
    np.testing.assert_array_equal(layer(x), y)


@pytest.mark.parametrize("target", [(5, 2), (-1, 5), (0, -1)])
def test_size_must_stay(target):
    with pytest.raises(ValueError, match="total size must be unchanged") as error:
        Reshape(target, name="shape").compute_output_shape((None, 3, 4))
    for quoted in ("'shape'", "input_shape=(3, 4)", f"target_shape={target}"):
        assert quoted in str(error.value)


@pytest.mark.parametrize("target", [(-1, -1), (-2, 3)])
def test_one_unknown_size_at_most(target):
    with pytest.raises(ValueError, match="at most one unknown dimension"):
        Reshape(target)


def test_configs():
    base = {"name": "layer", "trainable": True, "dtype": "float32"}
    assert Flatten(name="layer").get_config() == {**base, "data_format": "channels_last"}
    assert Reshape([3, -1], name="layer").get_config() == {**base, "target_shape": (3, -1)}
    assert Permute([2, 1], name="layer").get_config() == {**base, "dims": (2, 1)}
    assert RepeatVector(3, name="layer").get_config() == {**base, "n": 3}


def test_permute():
    assert Permute((3, 1, 2)).compute_output_shape((None, 4, None, 5)) == (None, 5, 4, None)
    assert Permute((1, 2)).passes_through(training=True)
    assert not Permute((2, 1)).passes_through(training=True)
    with pytest.raises(ValueError, match=r"expected ndim=3 \(batch and .* dims=\(2, 1\)\), found ndim=2"):
        Permute((2, 1))(np.zeros((2, 3)))


@pytest.mark.parametrize("dims", [(0, 1), (1, 3), (1, 1), (2, "a"), 2])
def test_dims_are_an_order(dims):
    with pytest.raises(ValueError, match="must be consecutive and start from 1") as error:
        Permute(dims)
    assert f"Received: dims={dims!r}" in str(error.value)


def test_repeat_vector():
    assert RepeatVector(3).compute_output_shape((None, 4)) == (None, 3, 4)
    with pytest.raises(ValueError, match=r"expected ndim=2 \(batch, features\), found ndim=3"):
        RepeatVector(3)(np.zeros((2, 3, 4)))


@pytest.mark.parametrize(("n", "error"), [(2.0, TypeError), (True, TypeError), (0, ValueError), (-1, ValueError)])
def test_number_of_steps(n, error):
    with pytest.raises(error, match=f"`n`.*{n}"):
        RepeatVector(n)
