"""Layers written for channels last see the same arrays wherever the channels are."""

import numpy as np
import pytest

from kerasnp.layers.base import Buffer
from kerasnp.layers.channels import ChannelsLastLayer, copy_from_last, copy_to_last, shape_to_last
from kerasnp.layers.convolutional import Conv2D


class Cumulative(ChannelsLastLayer):
    """y_k = w (x_0 + ... + x_k)^2 / 2 over the channels: an equation that depends on their order and place."""

    backward_uses = ("x", "y")

    def __init__(self, data_format="channels_last", **kwargs):
        super().__init__(**kwargs)
        self.data_format = data_format

    def build(self, input_shape):
        self.w = self.add_weight((), "ones", name="w")

    def buffers_last(self, input_shape):
        return {"sums": Buffer(input_shape, "step"), "scratch": Buffer(input_shape, "backward")}

    def forward_last(self, x, y, buf, training):
        sums = np.cumsum(x, axis=-1)
        if buf.sums is not None:
            buf.sums[...] = sums
        y[...] = self.w.value * sums**2 / 2

    def backward_last(self, dy, dx, buf):
        np.testing.assert_allclose(np.cumsum(buf.x, axis=-1), buf.sums)
        assert buf.scratch.shape == buf.x.shape
        if self.w.gradient is not None:
            self.w.gradient[...] = np.sum(dy * buf.y) / self.w.value
        if dx is not None:
            dx[...] = np.cumsum((dy * self.w.value * buf.sums)[..., ::-1], axis=-1)[..., ::-1]


def run(data_format, x, dy):
    layer = Cumulative(data_format, dtype="float64")
    layer.ensure_built((None, *x.shape[1:]))
    layer.w.assign(1.5)
    layer.w.gradient = np.empty(())
    y, dx = np.empty_like(x), np.empty_like(x)
    buf = layer.workspace(x, y, training=True)
    layer.forward(x, y, buf, True)
    layer.backward(dy, dx, buf)
    layer.backward(dy, None, buf)
    return y, dx, layer.w.gradient, layer(x)


def test_channels_first_equals_channels_last():
    x, dy = np.random.default_rng(0).standard_normal((2, 2, 3, 4, 5))
    last = run("channels_last", x, dy)
    first = run("channels_first", *(np.ascontiguousarray(np.moveaxis(array, -1, 1)) for array in (x, dy)))
    for here, there in zip(last, first, strict=True):
        if there.ndim:
            there = np.moveaxis(there, 1, -1)
        np.testing.assert_allclose(there, here)


def test_backward_copies_only_what_it_reads():
    layer = Conv2D(3, 2, activation="relu", data_format="channels_first")
    layer.ensure_built((None, 2, 5, 5))
    assert layer.backward_uses == ("x", "y")
    buffers = layer.buffers((4, 2, 5, 5))
    assert "x_used" in buffers
    assert "y_used" not in buffers


def test_nothing_is_copied_where_channels_are_last():
    assert set(Cumulative().buffers((2, 3, 4, 5))) == {"sums", "scratch"}
    assert set(Cumulative("channels_first").buffers((2, 5))) == {"sums", "scratch"}


@pytest.mark.parametrize("axis", [1, 2, -1, -3])
def test_copies_are_inverse(axis):
    x = np.arange(120.0).reshape(2, 3, 4, 5)
    last = np.empty(shape_to_last(x.shape, axis))
    copy_to_last(x, axis, last)
    assert last.shape[-1] == x.shape[axis]
    np.testing.assert_array_equal(last, np.moveaxis(x, axis, -1))
    back = np.empty_like(x)
    copy_from_last(last, axis, back)
    np.testing.assert_array_equal(back, x)
