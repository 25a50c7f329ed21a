"""kerasnp.nn: losses as functions."""

import numpy as np
import pytest

from kerasnp import nn
from kerasnp.testing import numerical_gradient

GENERATOR = np.random.default_rng(0)
TARGETS, NUMBERS = GENERATOR.random((4, 3)), GENERATOR.normal(size=(4, 3))
PAIRS = [
    (nn.mean_squared_error_forward, nn.mean_squared_error_backward),
    (nn.softmax_crossentropy_forward, nn.softmax_crossentropy_backward),
]


@pytest.mark.parametrize(("forward", "backward"), PAIRS)
def test_backward_by_finite_differences(forward, backward):
    expected = numerical_gradient(lambda p: forward(TARGETS, p), NUMBERS)
    np.testing.assert_allclose(backward(1, TARGETS, NUMBERS), expected, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(backward(-0.3, TARGETS, NUMBERS), -0.3 * expected, rtol=1e-8, atol=1e-10)


def test_formulas():
    assert nn.mean_squared_error_forward(TARGETS, NUMBERS) == pytest.approx(((NUMBERS - TARGETS) ** 2).mean())
    logarithms = np.log(nn.softmax_forward(NUMBERS))
    expected = -(TARGETS * logarithms).sum(axis=1).mean()
    assert nn.softmax_crossentropy_forward(TARGETS, NUMBERS) == pytest.approx(expected)
    huge = np.array([[1000.0, 0.0]])
    assert nn.softmax_crossentropy_forward(np.array([[0.0, 1.0]]), huge) == 1000
    np.testing.assert_array_equal(nn.softmax_crossentropy_backward(1, np.array([[0.0, 1.0]]), huge), [[1, -1]])


@pytest.mark.parametrize(("forward", "backward"), PAIRS)
def test_number_types_and_shapes(forward, backward):
    assert backward(1, TARGETS.astype("f"), NUMBERS.astype("f")).dtype == np.float32
    assert isinstance(forward([[1, 0]], [[2, 3]]), float)
    with pytest.raises(ValueError, match=r"\(4, 3\) and \(3, 3\)"):
        forward(TARGETS, NUMBERS[:3])
