"""The checker must pass a right layer and catch each way of being wrong."""

import numpy as np
import pytest

from kerasnp import testing
from kerasnp.layers.base import Buffer, Layer
from kerasnp.random import SeedGenerator
from kerasnp.utils.arrays import rows_of


class Affine(Layer):
    """y = x * scale + offset, by element of the last axis, with a buffer to hold a product."""

    backward_uses = ("x",)

    def build(self, input_shape):
        self.scale = self.add_weight(input_shape[-1:], "ones", name="scale")
        self.offset = self.add_weight(input_shape[-1:], "zeros", name="offset")
        self.calls = self.add_weight((), "zeros", trainable=False, name="calls")

    def buffers(self, input_shape):
        return {"product": Buffer(input_shape, "forward"), "kept": Buffer(input_shape, "step")}

    def forward(self, x, y, buf, training):
        np.multiply(x, self.scale.value, out=buf.product)
        np.add(buf.product, self.offset.value, out=y)
        if buf.kept is not None:
            buf.kept[...] = x
        if training:
            self.calls.assign_add(1.0)

    def backward(self, dy, dx, buf):
        if self.scale.gradient is not None:
            self.scale.gradient[...] = rows_of(dy * buf.kept).sum(axis=0)
        if self.offset.gradient is not None:
            self.offset.gradient[...] = rows_of(dy).sum(axis=0)
        if dx is not None:
            np.multiply(dy, self.scale.value, out=dx)


class Simple(Layer):
    """The simple form: y = x ** 3."""

    def call(self, x):
        return x**3

    def gradient(self, x, y, dy):
        return 3 * x**2 * dy


class Noise(Layer):
    """Multiplies by random numbers while training."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = SeedGenerator(seed)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed_generator.get_config()["seed"]}

    def passes_through(self, training):
        return not training

    def buffers(self, input_shape):
        return {"noise": Buffer(input_shape, "step")}

    def forward(self, x, y, buf, training):
        buf.noise[...] = self.seed_generator.next_generator().random(x.shape)
        np.multiply(x, buf.noise, out=y)

    def backward(self, dy, dx, buf):
        if dx is not None:
            np.multiply(dy, buf.noise, out=dx)


class IgnoresShift(Layer):
    """y = softmax(x + shift). What is added to a whole row changes nothing: the gradient by it is rounding alone."""

    backward_uses = ("y",)

    def build(self, input_shape):
        self.shift = self.add_weight((), "zeros", name="shift")

    def forward(self, x, y, buf, training):
        np.add(x, self.shift.value, out=y)
        buf.kernels.softmax_forward(rows_of(y), rows_of(y))

    def backward(self, dy, dx, buf):
        buf.kernels.softmax_backward(rows_of(dy), rows_of(buf.y), rows_of(dy))
        if self.shift.gradient is not None:
            self.shift.gradient[...] = dy.sum()
        if dx is not None:
            dx[...] = dy


@pytest.mark.parametrize("factory", [Affine, Simple, Noise, IgnoresShift])
def test_a_right_layer_passes(factory):
    testing.check_layer(factory, (3, 4))
    testing.check_layer(factory, (2, 3, 2))


class WrongInputGradient(Affine):
    found = "gradient by the input"

    def backward(self, dy, dx, buf):
        super().backward(dy, dx, buf)
        if dx is not None:
            dx *= 1.001


class WrongWeightGradient(Affine):
    found = "gradient by .*/offset"

    def backward(self, dy, dx, buf):
        super().backward(dy, dx, buf)
        if self.offset.gradient is not None:
            self.offset.gradient *= 0.0


class AddsToGradient(Affine):
    found = "depends on what the arrays held before"

    def backward(self, dy, dx, buf):
        before = None if self.scale.gradient is None else self.scale.gradient.copy()
        super().backward(dy, dx, buf)
        if before is not None:
            self.scale.gradient += before


class ReadsScratchInBackward(Affine):
    found = "depends on what the arrays held before"

    def backward(self, dy, dx, buf):
        super().backward(dy, dx, buf)
        if self.scale.gradient is not None:
            self.scale.gradient[...] = rows_of(dy * buf.product).sum(axis=0)


class ReadsUndeclaredOutput(Affine):
    found = "NoneType"

    def backward(self, dy, dx, buf):
        super().backward(dy, dx, buf)
        dx[...] = dy * buf.y.sum()


class NeedsInputGradient(Affine):
    found = "NoneType"

    def backward(self, dy, dx, buf):
        super().backward(dy, dx, buf)
        dx[...] = dy * self.scale.value


class NeedsWeightGradient(Affine):
    found = "NoneType"

    def backward(self, dy, dx, buf):
        self.scale.gradient[...] = 0.0
        super().backward(dy, dx, buf)


class ChangesInput(Affine):
    found = "read-only"

    def forward(self, x, y, buf, training):
        super().forward(x, y, buf, training)
        x *= 2.0


class AddsToScratch(Affine):
    found = "depends on what the arrays held before"

    def forward(self, x, y, buf, training):
        buf.product += x
        y[...] = buf.product


class LearnsWhilePredicting(Affine):
    found = "changed weights"

    def forward(self, x, y, buf, training):
        super().forward(x, y, buf, True)


class KeepsBuffersWhilePredicting(Affine):
    found = "NoneType"

    def forward(self, x, y, buf, training):
        super().forward(x, y, buf, training)
        buf.kept[...] = x


class WrongShape(Affine):
    found = "broadcast"

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2 * input_shape[-1])


class WrongUnknownBatch(Affine):
    found = "unknown batch size"

    def compute_output_shape(self, input_shape):
        return (input_shape[0] or 3, *input_shape[1:])


class LosesConfig(Affine):
    found = "config"

    def get_config(self):
        return {**super().get_config(), "name": f"{self.name}_copy"}


@pytest.mark.parametrize("cls", Affine.__subclasses__())
def test_a_wrong_layer_is_caught(cls):
    with pytest.raises((AssertionError, AttributeError, TypeError, ValueError), match=cls.found):
        testing.check_layer(cls, (3, 4))


def test_gradients_need_float64():
    with pytest.raises(ValueError, match="float64"):
        testing.check_gradients(Affine(dtype="float32"), (3, 4))


def test_the_layer_is_put_back():
    layer = Affine(dtype="float64")
    testing.check_gradients(layer, (3, 4))
    assert [weight.tolist() for weight in layer.get_weights()] == [[1.0] * 4, [0.0] * 4, 0.0]
    assert layer.scale.gradient is None


def test_numerical_gradient():
    x = np.array([[0.3, -1.2], [2.0, 0.1]])
    np.testing.assert_allclose(testing.numerical_gradient(lambda x: np.sin(x).sum(), x), np.cos(x), rtol=1e-10)
    # Exact, but for rounding, up to the fourth power.
    np.testing.assert_allclose(testing.numerical_gradient(lambda x: (x**4).sum(), x, step=0.1), 4 * x**3, rtol=1e-10)
