"""The dense layer's equations as functions."""

import numpy as np
import pytest

from kerasnp.nn.dense import dense_backward, dense_forward
from kerasnp.testing import numerical_gradient


@pytest.mark.parametrize("shape", [(4, 3), (1, 3), (2, 5, 3), (0, 3)])
def test_forward_and_backward(shape):
    generator = np.random.default_rng(0)
    x, w, b = generator.standard_normal(shape), generator.standard_normal((3, 2)), generator.standard_normal(2)
    y = dense_forward(x, w, b)
    np.testing.assert_allclose(y, x @ w + b)
    np.testing.assert_allclose(dense_forward(x, w), x @ w)
    dy = generator.standard_normal(y.shape)
    gradients = dense_backward(dy, x, w)
    for place, array in enumerate((x, w, b)):

        def loss(value, place=place):
            return float(np.vdot(dense_forward(*[value if k == place else a for k, a in enumerate((x, w, b))]), dy))

        np.testing.assert_allclose(gradients[place], numerical_gradient(loss, array), rtol=1e-7, atol=1e-9)


def test_number_types():
    x, w = np.arange(6).reshape(2, 3), np.ones((3, 2))
    assert dense_forward(x, w).dtype == "float32"
    assert dense_forward(x.astype("float64"), w.astype("float32")).dtype == "float64"
    assert [g.dtype for g in dense_backward(np.ones((2, 2)), x.astype("float32"), w)] == ["float32"] * 3
    np.testing.assert_array_equal(dense_forward(x[:, ::-1], w), [[3, 3], [12, 12]])


def test_shapes_that_do_not_fit():
    x, w = np.ones((2, 3)), np.ones((3, 4))
    with pytest.raises(ValueError, match=r"must agree in k; received the shapes \(2, 3\) and \(4, 3\)"):
        dense_forward(x, w.T)
    with pytest.raises(ValueError, match=r"b must have the shape \(4,\) .* received \(3,\)"):
        dense_forward(x, w, np.ones(3))
    with pytest.raises(ValueError, match=r"dy must have the shape of the output, \(2, 4\); received \(2, 3\)"):
        dense_backward(x, x, w)
