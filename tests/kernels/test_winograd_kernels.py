"""Winograd's kernels: the reference against the plain correlation, every compiled variant against the reference."""

from typing import NamedTuple

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

from kerasnp.kernels import conv2d, winograd

# Error allowed, in units of what the sums would be if all their terms were positive.
TOLERANCE = {"float32": 2e-6, "float64": 4e-15}


class Geometry(NamedTuple):
    images: tuple[int, int, int]
    channels: int
    filters: int
    output: tuple[int, int]
    top: int = 0
    left: int = 0


# Squares within the image and beyond each of its edges, channels and filters below, at and above a vector and a panel,
# fewer and more squares than a tile has rows, several blocks of squares, more windows than are kept, with one block of
# squares and with two, one large image, single pixels.
GEOMETRIES = [
    Geometry((24, 13, 13), 32, 64, (11, 11)),
    Geometry((3, 8, 8), 5, 7, (8, 8), 1, 1),
    Geometry((1, 2, 2), 40, 33, (2, 2), 1, 1),
    Geometry((40, 4, 4), 20, 40, (4, 4), 1, 1),
    Geometry((2, 9, 30), 16, 16, (7, 29), 0, 1),
    Geometry((1, 1, 1), 3, 3, (1, 1), 1, 1),
    Geometry((2, 7, 6), 17, 1, (8, 6), 2, 0),
    Geometry((3, 50, 27), 40, 10, (49, 25), 1, 0),
    Geometry((1, 6, 6), 400, 140, (4, 4)),
    Geometry((8, 10, 9), 200, 150, (10, 9), 1, 1),
    Geometry((1, 40, 40), 20, 40, (38, 38)),
    Geometry((0, 8, 8), 16, 16, (8, 8), 1, 1),
]

each_geometry = pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: "-".join(map(str, (*g.images, *g[1:3]))))
each_size = pytest.mark.parametrize("size", sorted(winograd.POINTS))


class Problem:
    """Inputs of a geometry, and what the kernels make of them."""

    def __init__(self, geometry, size, dtype):
        generator = np.random.default_rng(0)
        self.size, self.dtype, self.corner = size, dtype, (geometry.top, geometry.left)
        n = geometry.images[0]

        def numbers(*shape):
            return read_only(generator.standard_normal(shape).astype(dtype))

        self.x = numbers(*geometry.images, geometry.channels)
        self.w = numbers(3, 3, geometry.channels, geometry.filters)
        self.b = numbers(geometry.filters)
        self.dy = numbers(n, *geometry.output, geometry.filters)
        self.squares = winograd.count_squares(size, self.dy.shape)

    def run(self, form, relu=False, bias=True):
        """Returns y, dx, dw and db as the kernels of one form make them."""
        table = table_of(form, self.dtype)
        channels, filters = self.w.shape[2:]
        y, dx, dw, db = (np.full_like(a, np.nan) for a in (self.dy, self.x, self.w, self.b))
        b, db = (self.b, db) if bias else (None, None)
        with self.scratch(winograd.product_scratch(self.size, self.squares, channels, filters)) as scratch:
            table.winograd_forward(self.x, self.w, b, self.size, *self.corner, relu, y, scratch)
        with self.scratch(winograd.product_scratch(self.size, self.squares, filters, channels)) as scratch:
            table.winograd_backward_input(self.dy, self.w, self.size, *self.corner, dx, scratch)
        with self.scratch(winograd.weights_scratch(self.size, self.squares, channels, filters)) as scratch:
            table.winograd_backward_weights(self.dy, self.x, self.size, *self.corner, dw, db, scratch)
        return [y, dx, dw, db] if bias else [y, dx, dw]

    def scratch(self, count):
        return Scratch(count, self.dtype)

    def plain(self, positive=False):
        """Returns y, dx, dw and db of the plain sum in float64; `positive`: with the sign taken off all numbers."""
        x, w, b, dy = (np.abs(a) if positive else a for a in (self.x, self.w, self.b, self.dy))
        x, w, b, dy = (a.astype("float64") for a in (x, w, b, dy))
        (n, height, width, channels), (rows, columns) = x.shape, dy.shape[1:3]
        top, left = self.corner
        whole = np.zeros((n, max(rows + 2, top + height), max(columns + 2, left + width), channels))
        inside = whole[:, top : top + height, left : left + width]
        inside[...] = x
        padded = np.ascontiguousarray(whole[:, : rows + 2, : columns + 2])
        y, dw, db, dx = np.empty_like(dy), np.empty_like(w), np.empty_like(b), np.empty_like(padded)
        conv2d.conv2d_forward(padded, w, b, 1, 1, 1, 1, False, y, None)
        conv2d.conv2d_backward_weights(dy, padded, 1, 1, 1, 1, dw, db, None)
        conv2d.conv2d_backward_input(dy, w, 1, 1, 1, 1, dx, None)
        whole[...] = 0
        whole[:, : rows + 2, : columns + 2] = dx
        return [y, inside, dw, db]


class Scratch:
    """An array full of NaN inside a larger one: on leaving, fails if anything was written around it."""

    def __init__(self, count, dtype):
        self.whole = np.full(count + 256, np.nan, dtype)

    def __enter__(self):
        return self.whole[128:-128]

    def __exit__(self, *_):
        assert np.isnan(self.whole[:128]).all()
        assert np.isnan(self.whole[-128:]).all()


def check(received, problem):
    for mine, expected, scale in zip(received, problem.plain(), problem.plain(positive=True), strict=False):
        assert (np.abs(mine - expected) <= TOLERANCE[problem.dtype] * scale.max(initial=0)).all()


@each_size
@each_geometry
def test_reference_is_the_plain_sum(geometry, size):
    problem = Problem(geometry, size, "float64")
    check(problem.run("reference"), problem)


@each_variant
@each_dtype
@each_size
@each_geometry
def test_compiled_is_the_plain_sum(variant, dtype, size, geometry):
    problem = Problem(geometry, size, dtype)
    check(problem.run(variant), problem)


@each_form
@each_size
def test_relu_and_no_bias(form, size):
    problem = Problem(GEOMETRIES[0], size, "float64")
    y, _, dw = problem.run(form, relu=True, bias=False)
    plain, _, dw_plain, _ = problem.plain()
    np.testing.assert_allclose(y, np.maximum(plain - problem.b, 0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(dw, dw_plain, rtol=0, atol=1e-11)


@each_form
def test_relu_keeps_what_is_no_number(form):
    problem = Problem(GEOMETRIES[0], 4, "float32")
    problem.b = np.full_like(problem.b, np.nan)
    assert np.isnan(problem.run(form, relu=True)[0]).all()


@each_variant
@each_dtype
def test_results_do_not_depend_on_the_number_of_threads(variant, dtype):
    for geometry in (GEOMETRIES[0], *GEOMETRIES[7:11]):
        check_threads(lambda geometry=geometry: Problem(geometry, 4, dtype).run(variant))


@each_variant
def test_rounding_errors_stay_small(variant):
    """Many channels and values that are all positive, as after relu: below 1e-5 of the largest result."""
    problem = Problem(Geometry((4, 8, 8), 512, 64, (8, 8), 1, 1), 4, "float32")
    problem.x = np.maximum(problem.x, 0)
    for mine, expected in zip(problem.run(variant), problem.plain(), strict=True):
        assert np.abs(mine - expected).max() <= 1e-5 * np.abs(expected).max()


@each_size
def test_matrices_make_a_correlation(size):
    """A^T ((G g) * (B^T d)) is the correlation of d with g."""
    a, g, b_transposed = winograd.matrices(size)
    generator = np.random.default_rng(0)
    window, line = generator.standard_normal(3), generator.standard_normal(size + 2)
    result = a.T @ ((g @ window) * (b_transposed @ line))
    np.testing.assert_allclose(result, np.correlate(line, window, "valid"), rtol=1e-12)


@pytest.mark.parametrize(
    ("output", "kernel", "size"),
    [
        ((128, 11, 11, 64), (3, 3, 32, 64), 4),
        ((32, 4, 4, 512), (3, 3, 256, 512), 4),
        ((32, 2, 2, 512), (3, 3, 512, 512), 2),
        ((32, 1, 1, 512), (3, 3, 512, 512), None),
        ((128, 26, 26, 32), (3, 3, 1, 32), None),  # one channel
        ((128, 26, 26, 32), (5, 5, 32, 32), None),
        ((1, 11, 11, 64), (3, 3, 32, 64), None),  # few squares
        ((0, 8, 8, 64), (3, 3, 64, 64), None),
    ],
)
def test_method_depends_on_the_shapes(output, kernel, size):
    assert winograd.square_size(output, kernel) == size
