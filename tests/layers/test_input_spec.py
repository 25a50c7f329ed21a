"""``input_spec``: what a layer of one's own demands of its input. The messages are Keras's."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers

InputSpec = keras.InputSpec


class Demanding(layers.Layer):
    def __init__(self, spec, **kwargs):
        super().__init__(name="demanding", **kwargs)
        self.input_spec = spec

    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("spec", "shape", "expected"),
    [
        (InputSpec(ndim=3), (2, 4), r"expected ndim=3, found ndim=2. Full shape received: \(2, 4\)"),
        ([InputSpec(ndim=3)], (2, 4), "expected ndim=3, found ndim=2"),
        (InputSpec(max_ndim=2), (2, 4, 1), "expected max_ndim=2, found ndim=3"),
        (InputSpec(min_ndim=3), (2, 4), r"expected min_ndim=3, found ndim=2. Full shape received: \(2, 4\)"),
        (InputSpec(dtype="int32"), (2, 4), "expected dtype=int32, found dtype=float32"),
        (
            InputSpec(min_ndim=2, axes={-1: 5}),
            (2, 4),
            r"expected axis -1 of input shape to have value 5, but received input with shape \(2, 4\)",
        ),
        (InputSpec(shape=(None, 5)), (2, 4), r"expected shape=\(None, 5\), found shape=\(2, 4\)"),
        (InputSpec(shape=(None, 4), allow_last_axis_squeeze=True), (2, 5, 1), "found shape"),
    ],
)
def test_inputs_that_do_not_fit(spec, shape, expected):
    match = f"Input 0 with name 'None' of layer 'demanding' is incompatible with the layer: .*{expected}"
    with pytest.raises(ValueError, match=match):
        Demanding(spec)(np.zeros(shape))
    with pytest.raises(ValueError, match="of layer 'demanding' is incompatible with the layer"):
        keras.Sequential([keras.Input(shape[1:]), Demanding(spec)])


@pytest.mark.parametrize(
    "spec",
    [
        None,
        [],
        InputSpec(ndim=2),
        InputSpec(dtype="float32"),
        InputSpec(axes={1: 4, 0: None}),
        InputSpec(shape=(None, 4)),
        InputSpec(shape=(None, 4, 1), allow_last_axis_squeeze=True),
    ],
)
def test_inputs_that_fit(spec):
    np.testing.assert_array_equal(Demanding(spec)(np.ones((2, 4))), np.ones((2, 4)))
    model = keras.Sequential([keras.Input((4,)), Demanding(spec)])
    np.testing.assert_array_equal(model.predict(np.ones((2, 4)), verbose=0), np.ones((2, 4)))


def test_several_inputs():
    with pytest.raises(ValueError, match=r"Layer 'demanding' expects 2 input\(s\), but it received 1"):
        Demanding([InputSpec(), InputSpec()])(np.ones((2, 4)))


def test_a_specification_made_while_building():
    class Remembering(layers.Layer):
        def build(self, input_shape):
            self.input_spec = InputSpec(ndim=3, axes={2: 3})

        def call(self, x):
            return x

    layer = Remembering(name="remembering")
    layer(np.zeros((2, 4, 3)))
    with pytest.raises(ValueError, match="expected axis 2 of input shape to have value 3"):
        layer(np.zeros((2, 4, 5)))
    layer(np.zeros((2, 6, 3)))


def test_a_model_checks_every_shape_it_meets():
    class Even(layers.Layer):
        input_spec = InputSpec(axes={1: 4})

        def call(self, x):
            return x

    model = keras.Sequential([keras.Input((None, 3)), Even(name="even")])
    assert model.predict(np.zeros((2, 4, 3)), verbose=0).shape == (2, 4, 3)
    with pytest.raises(ValueError, match=r"layer 'even' .* value 4, but received input with shape \(2, 5, 3\)"):
        model.predict(np.zeros((2, 5, 3)), verbose=0)
