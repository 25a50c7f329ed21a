"""Depthwise kernels: the reference against the correlation kernels with groups, compiled variants against it."""

from typing import NamedTuple

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

from kerasnp.kernels import conv2d, depthwise

# Error allowed, in units of what the sums would be if all their terms were positive.
TOLERANCE = {"float32": 1e-6, "float64": 2e-15}


class Geometry(NamedTuple):
    images: tuple[int, int, int, int]
    window: tuple[int, int]
    output: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    before: tuple[int, int] = (0, 0)


# Windows that fit exactly, that leave pixels over, that hang over each border, that never touch the image at all;
# channels for vectors of all widths; lines for whole blocks of pixels and for single ones.
GEOMETRIES = [
    Geometry((2, 5, 4, 3), (3, 2), (3, 3)),
    Geometry((1, 6, 12, 16), (3, 3), (6, 12), before=(1, 1)),
    Geometry((2, 9, 21, 37), (3, 3), (5, 11), strides=(2, 2), before=(1, 1)),
    Geometry((2, 8, 9, 21), (2, 5), (3, 3), strides=(3, 4), before=(0, 2)),
    Geometry((1, 9, 30, 8), (3, 4), (9, 30), dilation=(2, 3), before=(2, 4)),
    Geometry((2, 7, 20, 5), (3, 3), (4, 7), strides=(2, 3), dilation=(3, 2), before=(3, 2)),
    Geometry((1, 9, 19, 4), (2, 3), (3, 5), strides=(4, 4), dilation=(2, 2), before=(1, 1)),
    Geometry((1, 2, 2, 6), (7, 9), (2, 2), before=(3, 4)),
    Geometry((1, 3, 3, 2), (1, 1), (4, 6), strides=(1, 2), before=(0, 4)),
    Geometry((30, 1, 40, 20), (1, 3), (1, 40), before=(0, 1)),
    Geometry((0, 5, 5, 4), (3, 3), (3, 3)),
]


def label(geometry):
    return "-".join("x".join(map(str, value)) for value in geometry)


class Problem:
    """Inputs of a geometry, and what the kernels make of them."""

    def __init__(self, geometry, dtype, positive=False):
        generator = np.random.default_rng(0)
        n, _, _, c = geometry.images

        def numbers(*shape):
            values = generator.standard_normal(shape).astype(dtype)
            return read_only(np.abs(values) if positive else values)

        self.geometry, self.dtype = geometry, dtype
        self.x, self.w, self.b = numbers(*geometry.images), numbers(*geometry.window, c), numbers(c)
        self.dy = numbers(n, *geometry.output, c)

    def run(self, form, relu=False, bias=True):
        """Returns y, dw, dx, and with a bias db as well, computed with dw and without."""
        table, geometry = table_of(form, self.dtype), self.geometry
        where = (*geometry.strides, *geometry.dilation, *geometry.before)
        scratch = np.full(depthwise.weights_scratch(self.w.shape) + 1, np.nan, self.dtype)
        y, dw, dx, db, alone = (np.full_like(array, np.nan) for array in (self.dy, self.w, self.x, self.b, self.b))
        table.depthwise_forward(self.x, self.w, self.b if bias else None, *where, relu, y)
        table.depthwise_backward_weights(self.dy, self.x, *where, dw, db if bias else None, scratch[:-1])
        table.depthwise_backward_input(self.dy, self.w, *where, dx)
        table.depthwise_backward_weights(self.dy, self.x, *where, None, alone, scratch[:-1])
        assert np.isnan(scratch[-1])
        return [y, dw, dx, db, alone] if bias else [y, dw, dx]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=label)
def test_reference_is_a_correlation_with_a_group_for_each_channel(geometry):
    problem = Problem(geometry, "float64")
    (n, h, w, c), (top, left) = geometry.images, geometry.before
    spans = [
        (count - 1) * stride + (window - 1) * dilation + 1
        for count, stride, window, dilation in zip(
            geometry.output, geometry.strides, geometry.window, geometry.dilation, strict=True
        )
    ]
    padded = np.zeros((n, max(top + h, spans[0]), max(left + w, spans[1]), c))
    padded[:, top : top + h, left : left + w] = problem.x
    kernel, steps = problem.w[:, :, None], (*geometry.strides, *geometry.dilation)
    y, dw, dx, db = np.empty_like(problem.dy), np.empty_like(kernel), np.empty_like(padded), np.empty_like(problem.b)
    conv2d.conv2d_forward(padded, kernel, problem.b, *steps, True, y, None)
    conv2d.conv2d_backward_weights(problem.dy, padded, *steps, dw, db, None)
    conv2d.conv2d_backward_input(problem.dy, kernel, *steps, dx, None)
    expected = [y, dw[:, :, 0], dx[:, top : top + h, left : left + w], db, db]
    for mine, wanted in zip(problem.run("reference", relu=True), expected, strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-12, atol=1e-13)


@each_variant
@each_dtype
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=label)
@pytest.mark.parametrize(("relu", "bias"), [(False, True), (True, False)])
def test_compiled_is_the_reference(variant, dtype, geometry, relu, bias):
    problem = Problem(geometry, dtype)
    received, wanted = problem.run(variant, relu, bias), problem.run("reference", relu, bias)
    scales = Problem(geometry, dtype, positive=True).run("reference", relu, bias)
    for mine, expected, scale in zip(received, wanted, scales, strict=True):
        assert (np.abs(mine - expected) <= TOLERANCE[dtype] * scale).all()


@each_form
@each_dtype
def test_what_is_no_number_stays_in_its_channel_and_window(form, dtype):
    x = np.ones((1, 1, 9, 23), dtype)
    x[0, 0, 4, 3], x[0, 0, 4, 20] = np.nan, -np.inf
    w, y = np.ones((1, 3, 23), dtype), np.empty_like(x)
    table_of(form, dtype).depthwise_forward(x, w, None, 1, 1, 1, 1, 0, 1, True, y)
    expected = np.full_like(x, 3)
    expected[0, 0, [0, 8]] = 2
    expected[0, 0, 3:6, 3], expected[0, 0, 3:6, 20] = np.nan, 0
    np.testing.assert_array_equal(y, expected)


@each_variant
@pytest.mark.parametrize("dtype", ["float32"])
def test_results_do_not_depend_on_the_number_of_threads(variant, dtype):
    problem = Problem(Geometry((7, 33, 40, 40), (3, 3), (17, 20), strides=(2, 2), before=(1, 1)), dtype)
    check_threads(lambda: problem.run(variant))
