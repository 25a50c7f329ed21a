"""The compiled loss, crossentropy and metric kernels against their references."""

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

from kerasnp.kernels import crossentropy, loss

FUNCTIONS = {name: code for name, code in vars(loss).items() if name.isupper() and not name.startswith("_")}
SOURCES = [crossentropy.PROBABILITIES, crossentropy.LOGITS, crossentropy.SOFTMAX]
EPSILON = 1e-7

each_shape = pytest.mark.parametrize("shape", [(1, 1), (5, 3), (2, 16), (7, 33), (3, 100), (2, 600)])


def both_agree(variant, name, inputs, dtype, with_gradient=True):
    """Runs a kernel and its twin on read-only inputs and used outputs, with and without the gradient."""
    rows, outputs = inputs[1].shape
    read_only(*(array for array in inputs if isinstance(array, np.ndarray)))
    results = []
    for kernel in (getattr(table_of(form, dtype), name) for form in ("reference", variant)):
        values, gradient = np.full(rows, np.nan, dtype), np.full((rows, outputs), np.nan, dtype)
        if not with_gradient:
            kernel(*inputs, values)
            results.append((values,))
            continue
        kernel(*inputs, values, gradient)
        alone = np.full(rows, np.nan, dtype)
        kernel(*inputs, alone, None)
        np.testing.assert_array_equal(alone, values)
        results.append((values, gradient))
    tolerance = 30 * np.finfo(dtype).eps
    for expected, received in zip(*results, strict=True):
        np.testing.assert_allclose(received, expected, rtol=tolerance, atol=tolerance)


def draw(shape, dtype, kind="normal", seed=0):
    generator = np.random.default_rng(seed)
    draws = {
        "normal": lambda: generator.normal(size=shape) * 3,
        "unit": lambda: generator.uniform(0.01, 0.99, shape),
        "bits": lambda: generator.integers(0, 2, shape),
        "rows": lambda: generator.uniform(0.1, 2.0, shape[0]),
        "labels": lambda: generator.integers(0, shape[1], shape[0]),
    }
    return draws[kind]().astype(dtype)


@each_variant
@each_dtype
@each_shape
@pytest.mark.parametrize("name", FUNCTIONS)
def test_pointwise(variant, dtype, shape, name):
    probable = name in ("KL_DIVERGENCE", "POISSON", "BINARY_PROBABILITIES", "BINARY_SIGMOID")
    y_pred = draw(shape, dtype, "unit" if probable else "normal")
    targets = ["unit", "bits"] if probable or name == "BINARY_LOGITS" else ["normal", "bits"]
    for kind in targets:
        inputs = (draw(shape, dtype, kind, 1), y_pred, draw(shape, dtype, "rows"), FUNCTIONS[name], 0.3, EPSILON)
        both_agree(variant, "pointwise_loss", inputs, dtype)


@each_variant
@each_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_pointwise_at_the_edges(variant, dtype, name):
    edges = np.array([0, 1, -1, 1e-9, 1 - 1e-9, 0.5, 40, -40, 200, -200], dtype)
    y_true, y_pred = (np.ascontiguousarray(grid.reshape(-1, 4)) for grid in np.meshgrid(edges, edges))
    y_true = np.clip(y_true, 0, 1) if name != "HINGE" else y_true
    inputs = (y_true, y_pred, np.ones(len(y_pred), dtype), FUNCTIONS[name], 0.1, EPSILON)
    both_agree(variant, "pointwise_loss", inputs, dtype)


@each_form
@each_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_nan_predictions_are_not_hidden(form, dtype, name):
    """Neither in the value nor in the gradient."""
    y_true, y_pred = np.full((1, 3), 0.5, dtype), np.array([[0.5, np.nan, 0.5]], dtype)
    values, gradient = np.empty(1, dtype), np.empty((1, 3), dtype)
    scale = np.ones(1, dtype)
    table_of(form, dtype).pointwise_loss(y_true, y_pred, scale, FUNCTIONS[name], 0.1, EPSILON, values, gradient)
    assert np.isnan(values[0])
    if name != "HINGE":  # its slope knows only two values
        assert np.isnan(gradient).tolist() == [[False, True, False]]


@each_variant
@each_dtype
@each_shape
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_categorical_crossentropy(variant, dtype, shape, source, smoothing):
    y_pred = draw(shape, dtype, "normal" if source == crossentropy.LOGITS else "unit")
    one_hot = np.eye(shape[1], dtype=dtype)[draw(shape, "int64", "labels")]
    for y_true in (one_hot, draw(shape, dtype, "unit", 1)):
        inputs = (y_true, y_pred, draw(shape, dtype, "rows"), source, smoothing, EPSILON)
        both_agree(variant, "categorical_crossentropy", inputs, dtype)


@each_variant
@each_dtype
@each_shape
@pytest.mark.parametrize("source", SOURCES)
def test_sparse_crossentropy(variant, dtype, shape, source):
    y_pred = draw(shape, dtype, "normal" if source == crossentropy.LOGITS else "unit")
    labels = draw(shape, "int64", "labels")
    for ignored in (crossentropy.NO_CLASS, 0):
        inputs = (labels, y_pred, draw(shape, dtype, "rows"), source, ignored, EPSILON)
        both_agree(variant, "sparse_categorical_crossentropy", inputs, dtype)


@each_variant
@each_dtype
@pytest.mark.parametrize("source", SOURCES)
def test_crossentropy_at_the_edges(variant, dtype, source):
    """Clipped, huge, NaN and infinite predictions, and labels that are no class."""
    rows = [[0, 0, 1], [1, 0, 0], [1e-9, 1, 0], [500, 0, -500], [np.nan, 0, 1], [-np.inf, 0, 1], [0.2, 0.3, 0.5]]
    y_pred = np.array(rows, dtype)
    labels = np.array([2, 1, 0, 0, 1, 0, 7])
    scale = np.ones(len(rows), dtype)
    both_agree(variant, "sparse_categorical_crossentropy", (labels, y_pred, scale, source, 1, EPSILON), dtype)
    y_true = np.eye(3, dtype=dtype)[labels % 3]
    both_agree(variant, "categorical_crossentropy", (y_true, y_pred, scale, source, 0.0, EPSILON), dtype)


@each_variant
@each_dtype
@each_shape
def test_losses_of_rows(variant, dtype, shape):
    y_pred, scale = draw(shape, dtype), draw(shape, dtype, "rows")
    both_agree(variant, "cosine_similarity", (draw(shape, dtype, seed=1), y_pred, scale, EPSILON), dtype)
    both_agree(variant, "cosine_similarity", (draw(shape, dtype), np.zeros(shape, dtype), scale, EPSILON), dtype)
    one_hot = np.eye(shape[1], dtype=dtype)[draw(shape, "int64", "labels")]
    for y_true in (one_hot, draw(shape, dtype, "unit", 1)):
        both_agree(variant, "categorical_hinge", (y_true, y_pred, scale), dtype)


@each_variant
@each_dtype
@each_shape
def test_metrics(variant, dtype, shape):
    y_pred = np.round(draw(shape, dtype, "unit"), 1)  # with ties
    y_pred[0, -1] = np.nan
    labels = draw(shape, "int64", "labels")
    labels[-1] = shape[1]
    bits = draw(shape, dtype, "bits")
    both_agree(variant, "binary_accuracy", (bits, y_pred, 0.5), dtype, with_gradient=False)
    both_agree(variant, "categorical_accuracy", (bits, y_pred), dtype, with_gradient=False)
    both_agree(variant, "sparse_categorical_accuracy", (labels, y_pred), dtype, with_gradient=False)
    for k in (1, 3):
        both_agree(variant, "top_k_accuracy", (labels, y_pred, k), dtype, with_gradient=False)


@each_form
@each_dtype
@pytest.mark.parametrize("place", [0, 31, 32, 70, 99])
def test_the_first_of_the_largest_is_the_prediction(form, dtype, place):
    y_pred = np.zeros((3, 100), dtype)
    y_pred[:, [place, 99]] = 1
    y_pred[1, place] = np.nan
    y_pred[2] = -np.inf
    values = np.full(3, np.nan, dtype)
    table_of(form, dtype).sparse_categorical_accuracy(np.array([place, place, 0]), y_pred, values)
    np.testing.assert_array_equal(values, 1)


@each_form
@each_dtype
def test_no_rows(form, dtype):
    """They are cut out of longer arrays: a kernel that touched a row would be seen."""
    rows, outputs = np.full(2, np.nan, dtype), np.full((2, 3), np.nan, dtype)
    none, empty, labels, table = rows[:0], outputs[:0], np.empty(0, np.int64), table_of(form, dtype)
    table.pointwise_loss(empty, empty, none, loss.SQUARED_ERROR, 0.0, EPSILON, none, empty)
    table.categorical_crossentropy(empty, empty, none, crossentropy.SOFTMAX, 0.0, EPSILON, none, empty)
    table.sparse_categorical_crossentropy(labels, empty, none, crossentropy.SOFTMAX, 0, EPSILON, none, empty)
    table.categorical_accuracy(empty, empty, none)
    assert np.isnan(rows).all()
    assert np.isnan(outputs).all()


@each_variant
@each_dtype
def test_threads_do_not_change_bits(variant, dtype):
    shape = (512, 1000)
    y_true, y_pred, scale = draw(shape, dtype, "unit", 1), draw(shape, dtype, "unit"), draw(shape, dtype, "rows")
    table = table_of(variant, dtype)

    def run():
        values, gradient = np.empty(shape[0], dtype), np.empty(shape, dtype)
        table.pointwise_loss(y_true, y_pred, scale, loss.BINARY_PROBABILITIES, 0.0, EPSILON, values, gradient)
        more, slopes = np.empty_like(values), np.empty_like(gradient)
        table.categorical_crossentropy(y_true, y_pred, scale, crossentropy.LOGITS, 0.0, EPSILON, more, slopes)
        return values, gradient, more, slopes

    check_threads(run)
