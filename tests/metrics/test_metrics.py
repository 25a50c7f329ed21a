"""Metrics: against frozen values of Keras, and their own rules."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from kerasnp import kernels, losses, metrics

GOLDEN = dict(np.load(Path(__file__).parents[1] / "golden" / "losses_metrics.npz"))
CASES = json.loads(str(GOLDEN["cases"]))["metrics"]
CLASSES = [
    cls
    for name in metrics.__all__
    if isinstance(cls := getattr(metrics, name), type) and name not in ("Metric", "MeanMetricWrapper")
]
REQUIRED = {
    **dict.fromkeys(["IoU", "OneHotIoU"], (3, [0, 2])),
    **dict.fromkeys(["MeanIoU", "OneHotMeanIoU"], (3,)),
    **dict.fromkeys(["PrecisionAtRecall", "RecallAtPrecision"], (0.5,)),
    **dict.fromkeys(["SensitivityAtSpecificity", "SpecificityAtSensitivity"], (0.5,)),
}


def case_id(case):
    name, settings, targets, predictions, *_ = case
    return "-".join([name, *settings, targets, predictions])


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_metrics_follow_keras(case):
    name, settings, targets, predictions, weights, expected = case
    y_true, y_pred = GOLDEN[targets], GOLDEN[predictions]
    expected = iter(expected)
    for weight in (None, GOLDEN[weights]):
        metric = getattr(metrics, name)(**settings)
        for rows in (slice(None), slice(2)):
            result = metric(y_true[rows], y_pred[rows], None if weight is None else weight[rows])
            assert type(result) is float
            assert result == pytest.approx(next(expected), rel=2e-6, abs=1e-6)
        metric.reset_state()
        assert metric.result() == 0.0


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_rows_of_a_plan_give_the_same(case):
    """A training step passes targets in the predictions' type, and weights one a row."""
    name, settings, targets, predictions, weights, _ = case
    y_true, y_pred, weight = GOLDEN[targets], GOLDEN[predictions], GOLDEN[weights]
    if y_true.dtype.kind == "f":
        y_true = y_true.reshape(y_pred.shape)
    elif y_true.ndim == y_pred.ndim and y_true.shape != y_pred.shape:
        y_true = y_true[..., 0]
    whole, rows = getattr(metrics, name)(**settings), getattr(metrics, name)(**settings)
    whole.update_state(y_true, y_pred, weight)
    flat = y_true.reshape(-1) if y_true.ndim < y_pred.ndim else y_true.reshape(-1, y_true.shape[-1])
    rows.update_state(flat, y_pred.reshape(-1, y_pred.shape[-1]), weight.reshape(-1))
    assert rows.result() == pytest.approx(whole.result(), rel=1e-6)


@pytest.mark.parametrize(
    ("metric", "targets"),
    [
        (metrics.BinaryAccuracy(), "dense"),
        (metrics.CategoricalAccuracy(), "dense"),
        (metrics.SparseCategoricalAccuracy(), "labels"),
        (metrics.SparseTopKCategoricalAccuracy(), "labels"),
        (metrics.TopKCategoricalAccuracy(), "dense"),
        (metrics.MeanSquaredError(), "dense"),
        (metrics.MeanAbsoluteError(), "dense"),
        (metrics.BinaryCrossentropy(), "dense"),
        (metrics.CategoricalCrossentropy(), "dense"),
        (metrics.SparseCategoricalCrossentropy(), "labels"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.skipif(not kernels.available_variants(), reason="the compiled kernels are not built")
def test_repeated_updates_allocate_nothing(metric, targets, weighted, monkeypatch):
    monkeypatch.setattr("kerasnp.config._settings.kernel_mode", "cython")
    rows = 5000
    y_pred = np.random.default_rng(0).random((rows, 10), dtype=np.float32)
    y_true = (y_pred > 0.5).astype(np.float32) if targets == "dense" else np.arange(rows) % 10
    weights = np.ones(rows, np.float32) if weighted else None
    metric.update_state(y_true, y_pred, weights)
    tracemalloc.start()
    metric.update_state(y_true, y_pred, weights)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8192


def test_functions():
    y_true, y_pred = [[0, 1], [1, 1]], [[0.2, 0.7], [0.3, 0.9]]
    np.testing.assert_array_equal(metrics.binary_accuracy(y_true, y_pred), [[1, 1], [0, 1]])
    np.testing.assert_array_equal(metrics.binary_accuracy(y_true, y_pred, threshold=0.8), [[1, 0], [0, 1]])
    np.testing.assert_array_equal(metrics.categorical_accuracy([[0, 1], [1, 0]], y_pred), [1, 0])
    np.testing.assert_array_equal(metrics.sparse_categorical_accuracy([1, 0], y_pred), [1, 0])
    np.testing.assert_array_equal(metrics.sparse_categorical_accuracy([[1], [0]], y_pred), [1, 0])
    np.testing.assert_array_equal(metrics.top_k_categorical_accuracy([[0, 1], [1, 0]], y_pred, k=1), [1, 0])
    np.testing.assert_array_equal(metrics.sparse_top_k_categorical_accuracy([1, 0], y_pred, k=2), [1, 1])
    assert metrics.mean_squared_error is losses.mean_squared_error


def test_labels_that_are_no_class_are_never_hit():
    y_pred = np.eye(3)
    for labels in ([-1, 3, 7], [0.5, np.nan, 1.5]):
        assert metrics.SparseCategoricalAccuracy()(labels, y_pred) == 0
        assert metrics.SparseTopKCategoricalAccuracy(3)(labels, y_pred) == 0


def test_mean():
    mean = metrics.Mean()
    assert mean.result() == 0.0
    mean.update_state([1.0, 2.0, 6.0])
    assert mean.result() == 3.0
    mean.update_state(9.0)
    assert mean.result() == 4.5
    mean.reset_state()
    mean.update_state(2.0, sample_weight=3)
    mean.update_state([8.0, 100.0], sample_weight=[1, 0])
    assert mean.result() == 3.5
    mean.update_state([])
    assert mean.result() == 3.5
    mean.reset_state()
    mean.update_state([[1, 3], [5, 7]], sample_weight=[1, 3])
    assert mean.result() == 5.0
    assert [variable.path for variable in mean.variables] == ["mean/total", "mean/count"]


def test_mean_keeps_digits_over_many_batches():
    mean = metrics.Mean()
    mean.update_state(np.float32(0.1), sample_weight=10**8)
    for _ in range(1000):
        mean.update_state(np.float32(0.1))
    assert mean.result() == pytest.approx(np.float32(0.1), rel=1e-9)


def test_sum():
    total = metrics.Sum()
    total.update_state([1.0, 2.0])
    assert total([[3.0, 4.0]], sample_weight=[2.0]) == 17.0
    assert type(total.result()) is float


def test_own_metric():
    class Largest(metrics.Metric):
        def __init__(self, name=None, dtype=None):
            super().__init__(dtype, name)
            self.largest = self.add_weight(name="largest", initializer="zeros")
            self.mean = metrics.Mean()

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.largest.assign(np.maximum(self.largest, np.max(y_pred)))
            self.mean.update_state(y_pred)

        def result(self):
            return self.largest.numpy()

    metric = Largest()
    assert metric.name == "largest"
    assert metric([0], [[1.0, 4.0]]) == 4.0
    assert [variable.name for variable in metric.variables] == ["largest", "total", "count"]
    metric.reset_state()
    assert metric.result() == metric.mean.result() == 0
    assert repr(metric) == "<Largest name=largest>"
    with pytest.raises(NotImplementedError, match="update_state"):
        metrics.Metric().update_state()


@pytest.mark.parametrize(
    ("y_shape", "y_pred_shape", "accuracy", "crossentropy"),
    [
        ((8, 1), (8, 1), metrics.BinaryAccuracy, metrics.BinaryCrossentropy),
        ((8,), (8, 1), metrics.BinaryAccuracy, metrics.BinaryCrossentropy),
        ((8,), (8, 3), metrics.SparseCategoricalAccuracy, metrics.SparseCategoricalCrossentropy),
        ((8, 1), (8, 3), metrics.SparseCategoricalAccuracy, metrics.SparseCategoricalCrossentropy),
        ((8, 5), (8, 5, 3), metrics.SparseCategoricalAccuracy, metrics.SparseCategoricalCrossentropy),
        ((8, 3), (8, 3), metrics.CategoricalAccuracy, metrics.CategoricalCrossentropy),
    ],
)
def test_chosen_by_shapes(y_shape, y_pred_shape, accuracy, crossentropy):
    loss = losses.CategoricalCrossentropy(from_logits=True)
    for name in ("accuracy", "acc", "Acc"):
        metric = metrics.resolve(name, loss, y_shape, y_pred_shape)
        assert type(metric) is accuracy
        assert metric.name == name
    for name in ("crossentropy", "ce"):
        metric = metrics.resolve(name, loss, y_shape, y_pred_shape)
        assert type(metric) is crossentropy
        assert metric.name == name
        assert metric.from_logits
        assert not metrics.resolve(name, losses.MeanSquaredError(), y_shape, y_pred_shape).from_logits


def test_resolve():
    def bias(y_true, y_pred):
        return (y_pred - y_true).mean(axis=-1)

    def resolve(identifier):
        return metrics.resolve(identifier, None, (8, 3), (8, 3))

    assert resolve("mae").name == "mae"
    assert resolve("mean_absolute_error").name == "mean_absolute_error"
    assert resolve("MeanAbsoluteError").name == "MeanAbsoluteError"
    assert resolve(metrics.RootMeanSquaredError()).name == "root_mean_squared_error"
    assert resolve(metrics.RootMeanSquaredError).name == "root_mean_squared_error"
    metric = resolve(bias)
    assert metric.name == "bias"
    assert metric([[1.0, 2.0]], [[2.0, 4.0]]) == 1.5
    assert resolve(losses.huber).name == "huber"
    assert resolve(losses.Huber()).name == "huber_loss"
    assert resolve({"class_name": "BinaryAccuracy", "config": {"threshold": 0.3}}).threshold == 0.3
    with pytest.raises(ValueError, match=r"Unknown metric: 'acuracy'. Did you mean 'accuracy'"):
        resolve("acuracy")
    with pytest.raises(ValueError, match="received None"):
        resolve(None)


def test_get():
    assert isinstance(metrics.get("accuracy"), metrics.Accuracy)
    assert isinstance(metrics.get("binary_accuracy"), metrics.BinaryAccuracy)
    for name in ("mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "bce", "BCE", "kld", "KLD"):
        assert isinstance(metrics.get(name), metrics.Mean)
    assert metrics.get(None) is None


@pytest.mark.parametrize("cls", CLASSES)
def test_config(cls):
    metric = cls(*REQUIRED.get(cls.__name__, ()), name="mine", dtype="float64")
    config = metrics.serialize(metric)
    assert config["module"] == "keras.metrics"
    again = metrics.deserialize(config)
    assert type(again) is cls
    assert again.get_config() == metric.get_config()


def test_config_with_settings():
    for metric in (
        metrics.BinaryAccuracy(threshold=0.3),
        metrics.TopKCategoricalAccuracy(k=3),
        metrics.SparseTopKCategoricalAccuracy(k=3),
        metrics.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        metrics.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1, axis=1),
        metrics.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2, axis=1),
        metrics.CosineSimilarity(axis=1),
    ):
        assert metrics.deserialize(metrics.serialize(metric)).get_config() == metric.get_config()
    wrapper = metrics.MeanMetricWrapper(metrics.binary_accuracy, name="mine", threshold=0.3)
    again = metrics.deserialize(metrics.serialize(wrapper))
    assert again([[1.0]], [[0.4]]) == 1.0
    wrapper = metrics.MeanMetricWrapper(losses.huber, delta=2.0)
    assert metrics.deserialize(metrics.serialize(wrapper)).get_config() == wrapper.get_config()


def test_directions():
    assert metrics.BinaryAccuracy()._direction == "up"
    assert metrics.MeanSquaredError()._direction == metrics.MeanMetricWrapper(losses.huber)._direction == "down"
    assert not hasattr(metrics.Mean(), "_direction")


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"'binary_accuracy'.*\(2, 3\).*received shape \(2, 2\)"):
        metrics.BinaryAccuracy()(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"class indices.*shape \(2,\).*received shape \(2, 3\)"):
        metrics.SparseCategoricalAccuracy()(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"`sample_weight` of shape \(3,\) does not fit"):
        metrics.BinaryAccuracy()(np.ones((2, 3)), np.ones((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match=r"`threshold` must be in \[0, 1\]; received 2"):
        metrics.BinaryAccuracy(threshold=2)
