"""Correlation kernels: the reference against the formula as loops, every compiled variant against the reference."""

import copy
import itertools
import os
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
from kernel_cases import each_dtype, each_form, each_variant, read_only, table_of

from kerasnp.kernels import conv2d

# Error allowed, in units of what the sums would be if all their terms were positive.
TOLERANCE = {"float32": 1e-6, "float64": 2e-15}


class Geometry(NamedTuple):
    images: tuple[int, int, int]
    channels: int
    filters: int
    window: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1

    @property
    def output(self):
        axes = zip(self.images[1:], self.window, self.strides, self.dilation, strict=True)
        return tuple((size - (window - 1) * dilation - 1) // stride + 1 for size, window, stride, dilation in axes)


SMALL = [
    Geometry((2, 5, 4), 2, 3, (3, 2)),
    Geometry((1, 6, 7), 1, 1, (2, 3), strides=(2, 3)),
    Geometry((2, 7, 6), 3, 2, (2, 3), dilation=(3, 2)),
    Geometry((1, 4, 4), 4, 6, (2, 2), strides=(1, 2), groups=2),
]
# Fewer and more than a tile's rows and columns, lines longer than a block of pixels, lines that merge, many images of
# few pixels, gradients above and below the size that is summed in parts.
GEOMETRIES = [
    *SMALL,
    Geometry((3, 13, 11), 4, 20, (3, 3), strides=(2, 3)),
    Geometry((1, 9, 9), 1, 1, (3, 3)),
    Geometry((2, 15, 14), 4, 6, (3, 3), dilation=(2, 3), groups=2),
    Geometry((2, 8, 8), 16, 33, (1, 1)),
    Geometry((5, 8, 8), 8, 48, (1, 1), strides=(2, 2)),
    Geometry((1, 3, 3), 5, 40, (3, 3)),
    Geometry((2, 10, 12), 6, 6, (3, 3), strides=(2, 1), groups=6),
    Geometry((2, 12, 12), 40, 64, (3, 3)),
    Geometry((1, 20, 7), 3, 17, (5, 7)),
    Geometry((40, 4, 4), 7, 9, (2, 2), strides=(2, 2)),
    Geometry((1, 200, 5), 3, 7, (1, 5)),
    Geometry((1, 5, 300), 3, 7, (2, 5)),
    Geometry((3, 9, 20), 8, 64, (1, 1), groups=8),
    Geometry((0, 5, 5), 3, 7, (2, 2)),
]


def label(geometry):
    return "-".join("x".join(map(str, np.atleast_1d(value))) for value in geometry)


class Guarded:
    """An array full of NaN inside a larger one, which shows whether anything was written around it."""

    def __init__(self, shape, dtype):
        size = int(np.prod(shape))
        self.whole = np.full(size + 128, np.nan, dtype)
        self.array = self.whole[64 : 64 + size].reshape(shape)

    def check(self):
        assert np.isnan(self.whole[:64]).all()
        assert np.isnan(self.whole[64 + self.array.size :]).all()


class Problem:
    """Inputs of a geometry, and what the kernels make of them."""

    def __init__(self, geometry, dtype, seed=0):
        generator = np.random.default_rng(seed)
        n, height, width = geometry.images
        self.kernel_shape = (*geometry.window, geometry.channels // geometry.groups, geometry.filters)

        def numbers(*shape):
            return read_only(generator.standard_normal(shape).astype(dtype))

        self.geometry, self.dtype = geometry, dtype
        self.x = numbers(n, height, width, geometry.channels)
        self.w = numbers(*self.kernel_shape)
        self.b = numbers(geometry.filters)
        self.dy = numbers(n, *geometry.output, geometry.filters)

    def positive(self):
        """Returns the problem with the sign taken off all numbers."""
        other = copy.copy(self)
        other.x, other.w, other.b, other.dy = map(np.abs, (self.x, self.w, self.b, self.dy))
        return other

    def run(self, form, relu=False, bias=True):
        """Returns what the kernels of one form make of it: y, dw, db, dx, and db computed without dw."""
        table, steps = table_of(form, self.dtype), (*self.geometry.strides, *self.geometry.dilation)
        forward_scratch = Guarded(conv2d.forward_scratch(self.kernel_shape, self.geometry.groups), self.dtype)
        backward_scratch = Guarded(conv2d.backward_scratch(self.kernel_shape, self.geometry.groups), self.dtype)
        y, dw, db, dx, alone = (Guarded(a.shape, self.dtype) for a in (self.dy, self.w, self.b, self.x, self.b))
        b = self.b if bias else None
        table.conv2d_forward(self.x, self.w, b, *steps, relu, y.array, forward_scratch.array)
        table.conv2d_backward_weights(
            self.dy, self.x, *steps, dw.array, db.array if bias else None, backward_scratch.array
        )
        table.conv2d_backward_weights(self.dy, self.x, *steps, None, alone.array, backward_scratch.array)
        table.conv2d_backward_input(self.dy, self.w, *steps, dx.array, backward_scratch.array)
        results = [y, dw, db, dx, alone] if bias else [y, dw, dx, alone]
        for guarded in (*results, forward_scratch, backward_scratch):
            guarded.check()
        return [guarded.array for guarded in results]


@pytest.mark.parametrize("geometry", SMALL, ids=label)
def test_reference_is_the_formula(geometry):
    problem = Problem(geometry, "float64")
    x, w, b, dy = problem.x, problem.w, problem.b, problem.dy
    y, dw, db, dx = np.zeros_like(dy) + b, np.zeros_like(w), dy.sum((0, 1, 2)), np.zeros_like(x)
    channels, filters = w.shape[2], geometry.filters // geometry.groups
    for n, i, j, d in np.ndindex(dy.shape):
        for u, v, k in itertools.product(*map(range, w.shape[:3])):
            r = i * geometry.strides[0] + u * geometry.dilation[0]
            q = j * geometry.strides[1] + v * geometry.dilation[1]
            c = d // filters * channels + k
            y[n, i, j, d] += x[n, r, q, c] * w[u, v, k, d]
            dw[u, v, k, d] += x[n, r, q, c] * dy[n, i, j, d]
            dx[n, r, q, c] += dy[n, i, j, d] * w[u, v, k, d]
    for received, expected in zip(problem.run("reference"), (y, dw, db, dx, db), strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-12, atol=1e-13)


@each_variant
@each_dtype
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=label)
@pytest.mark.parametrize(("relu", "bias"), [(False, True), (True, False)])
def test_compiled_is_the_reference(variant, dtype, geometry, relu, bias):
    problem = Problem(geometry, dtype)
    received, wanted = problem.run(variant, relu, bias), problem.run("reference", relu, bias)
    scales = problem.positive().run("reference", relu, bias)
    for mine, expected, scale in zip(received, wanted, scales, strict=True):
        assert (np.abs(mine - expected) <= TOLERANCE[dtype] * scale).all()


@each_form
@each_dtype
def test_relu_keeps_what_is_no_number(form, dtype):
    x = read_only(np.array([np.nan, np.inf, -np.inf, -1, 2], dtype).reshape(1, 5, 1, 1))
    w, y = np.ones((1, 1, 1, 40), dtype), np.empty((1, 5, 1, 40), dtype)
    scratch = np.empty(conv2d.forward_scratch(w.shape, 1), dtype)
    table_of(form, dtype).conv2d_forward(x, w, None, 1, 1, 1, 1, True, y, scratch)
    np.testing.assert_array_equal(y[0, :, 0], np.array([[np.nan], [np.inf], [0], [0], [2]]) + np.zeros(40))


THREADS = """
import hashlib
import numpy as np
from kerasnp import config, kernels
from kerasnp.kernels import conv2d, dense

generator = np.random.default_rng(0)

def numbers(*shape):
    return generator.standard_normal(shape).astype("float32")

def digests(table):
    for n, size, c, d, k, stride in [(8, 14, 16, 33, 3, 1),
                                     (2, 30, 3, 64, 3, 2), (1, 40, 8, 24, 5, 1), (9, 30, 1, 8, 3, 1)]:
        out = (size - k) // stride + 1
        x, w, b, dy = numbers(n, size, size, c), numbers(k, k, c, d), numbers(d), numbers(n, out, out, d)
        y, dw, db, dx = map(np.empty_like, (dy, w, b, x))
        scratch = np.empty(max(conv2d.forward_scratch(w.shape, 1), conv2d.backward_scratch(w.shape, 1)), "float32")
        table.conv2d_forward(x, w, b, stride, stride, 1, 1, True, y, scratch)
        table.conv2d_backward_weights(dy, x, stride, stride, 1, 1, dw, db, scratch)
        table.conv2d_backward_input(dy, w, stride, stride, 1, 1, dx, scratch)
        yield from (y, dw, db, dx)
    for m, k, d in [(1, 700, 900), (5, 300, 700), (150, 90, 70), (3000, 20, 30)]:
        x, w, b, dy = numbers(m, k), numbers(k, d), numbers(d), numbers(m, d)
        y, dw, db, dx = map(np.empty_like, (dy, w, b, x))
        scratch = np.empty(max(dense.forward_scratch(k, d), dense.backward_scratch(k, d)), "float32")
        table.dense_forward(x, w, b, False, y, scratch)
        table.dense_backward_weights(dy, x, dw, db, scratch)
        table.dense_backward_input(dy, w, dx, scratch)
        yield from (y, dw, db, dx)

for count in (1, 2, 3, 4):
    config.set_num_threads(count)
    generator = np.random.default_rng(0)
    print(*(hashlib.sha256(array).hexdigest()[:16] for array in digests(kernels.table("float32", "cython"))))
"""


@each_variant
def test_results_do_not_depend_on_the_number_of_threads(variant):
    """Convolution and dense kernels; in a process of its own, which may have more threads than processors."""
    environment = {**os.environ, "OMP_NUM_THREADS": "4", "KERASNP_VARIANT": variant}
    run = subprocess.run([sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert len(lines) == 4
    assert len(set(lines)) == 1
