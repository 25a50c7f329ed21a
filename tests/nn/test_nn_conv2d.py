"""Convolution's equations as functions: against the formula as loops and against finite differences."""

import itertools

import numpy as np
import pytest

from kerasnp import config
from kerasnp.nn.conv2d import conv2d_backward, conv2d_forward
from kerasnp.testing import numerical_gradient

# Image, window, strides, padding as given, padding above and left, output.
CASES = [
    ((5, 4), (3, 2), (1, 1), "valid", (0, 0), (3, 3)),
    ((5, 6), (2, 3), (2, 3), 0, (0, 0), (2, 2)),
    ((5, 4), (3, 3), 1, "same", (1, 1), (5, 4)),
    ((6, 5), (3, 2), 2, "same", (0, 0), (3, 3)),
    ((4, 4), (2, 2), (1, 1), (1, 2), (1, 2), (5, 7)),
    ((3, 3), (5, 4), (2, 1), (1, 1), (1, 1), (1, 2)),
    ((2, 3), (1, 1), (1, 2), 1, (1, 1), (4, 3)),
]


def arrays(image, window, n=2, channels=2, filters=3):
    generator = np.random.default_rng(0)
    return (
        generator.standard_normal((n, *image, channels)),
        generator.standard_normal((*window, channels, filters)),
        generator.standard_normal(filters),
    )


def by_loops(x, w, b, strides, before, output):
    """Returns the sums of the formula, one term at a time."""
    n, height, width, _ = x.shape
    s1, s2 = np.broadcast_to(strides, 2)
    y = np.zeros((n, *output, len(b))) + b
    for i, j, u, v in itertools.product(*map(range, (*output, *w.shape[:2]))):
        r, q = i * s1 + u - before[0], j * s2 + v - before[1]
        if 0 <= r < height and 0 <= q < width:
            y[:, i, j] += x[:, r, q] @ w[u, v]
    return y


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_forward_is_the_formula(case, data_format):
    image, window, strides, padding, before, output = case
    x, w, b = arrays(image, window)
    expected = by_loops(x, w, b, strides, before, output)
    if data_format == "channels_first":
        x, expected = x.transpose(0, 3, 1, 2), expected.transpose(0, 3, 1, 2)
    y = conv2d_forward(x, w, b, strides, padding, data_format)
    assert y.flags.c_contiguous
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("first", [False, True])
def test_backward_is_the_derivative(case, first):
    image, window, strides, padding, *_ = case
    x, w, b = arrays(image, window)
    x = np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if first else x
    settings = (strides, padding, "channels_first" if first else "channels_last")
    y = conv2d_forward(x, w, b, *settings)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    gradients = conv2d_backward(dy, x, w, *settings)
    for place, array in enumerate((x, w, b)):

        def loss(value, place=place):
            inputs = [value if k == place else a for k, a in enumerate((x, w, b))]
            return float(np.vdot(conv2d_forward(*inputs, *settings), dy))

        assert gradients[place].flags.c_contiguous
        np.testing.assert_allclose(gradients[place], numerical_gradient(loss, array), rtol=1e-7, atol=1e-8)


def test_input_gradient_is_the_correlation_with_the_flipped_window():
    x, w, _ = arrays((6, 7), (3, 2))
    dy = np.random.default_rng(1).standard_normal((2, 6, 8, 3))
    dx, _, _ = conv2d_backward(dy, x, w, padding=(1, 1))
    flipped = w[::-1, ::-1].transpose(0, 1, 3, 2)
    np.testing.assert_allclose(dx, conv2d_forward(dy, flipped, padding=(1, 0)), rtol=1e-12, atol=1e-13)


def test_number_types_and_default_format():
    x, w, _ = arrays((5, 5), (3, 3))
    assert conv2d_forward(x.astype("float32"), w).dtype == "float32"
    assert conv2d_forward(np.ones((1, 5, 5, 2), np.uint8), w).dtype == "float32"
    config.set_image_data_format("channels_first")
    try:
        assert conv2d_forward(x.transpose(0, 3, 1, 2), w).shape == (2, 3, 3, 3)
    finally:
        config.set_image_data_format("channels_last")


def test_shapes_that_do_not_fit():
    x, w, _ = arrays((5, 5), (3, 3))
    with pytest.raises(ValueError, match=r"agree in c; received the shapes \(2, 5, 5, 1\) and \(3, 3, 2, 3\)"):
        conv2d_forward(x[..., :1], w)
    with pytest.raises(ValueError, match=r"x \(n, c, h, w\) and w .* must have four axes"):
        conv2d_forward(x[0], w, data_format="channels_first")
    with pytest.raises(ValueError, match=r"b must have the shape \(3,\) .* received \(2,\)"):
        conv2d_forward(x, w, np.ones(2))
    with pytest.raises(ValueError, match=r"The window, \(3, 3\), is larger than the image, \(2, 5\)"):
        conv2d_forward(x[:, :2], w)
    with pytest.raises(ValueError, match=r"dy must have the shape of the output, \(2, 3, 3, 3\); received \(2, 5, 5"):
        conv2d_backward(x, x, w)
    with pytest.raises(ValueError, match="received 'full'"):
        conv2d_forward(x, w, padding="full")
    with pytest.raises(ValueError, match=r"`padding` .* received \(1, 2, 3\)"):
        conv2d_forward(x, w, padding=(1, 2, 3))
