"""Metrics of counts, areas, overlaps and determination: against frozen values of Keras, and against scikit-learn."""

import json
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn.metrics

from kerasnp import metrics
from kerasnp.metrics.confusion import Levels, count

GOLDEN = dict(np.load(Path(__file__).parents[1] / "golden" / "confusion_metrics.npz"))
CASES = json.loads(str(GOLDEN["cases"]))


def make(name, settings):
    return getattr(metrics, name)(*settings) if isinstance(settings, list) else getattr(metrics, name)(**settings)


def case_id(case):
    name, settings, targets, predictions, *_ = case
    return f"{name}-{settings}-{targets}-{predictions}"


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_results_follow_keras(case):
    name, settings, targets, predictions, _, expected = case
    y_true, y_pred = GOLDEN[targets], GOLDEN[predictions]
    half, expected = len(y_true) // 2, iter(expected)
    for weight in (None, GOLDEN[f"weights_{len(y_true)}"]):
        metric = make(name, settings)
        for rows in (slice(half), slice(half, None)):
            part = None if weight is None else weight[rows]
            with warnings.catch_warnings():
                # Float weights beside labels of integers: Keras warns as well.
                warnings.filterwarnings("ignore", "You are passing weight as `float`")
                result = metric(y_true[rows], y_pred[rows], part)
            wanted = next(expected)
            assert type(result) is float or np.shape(result) == np.shape(wanted) != ()
            np.testing.assert_allclose(result, wanted, rtol=5e-6, atol=2e-6)
        metric.reset_state()
        np.testing.assert_array_equal(metric.result(), np.zeros(np.shape(metric.result())))


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_configs_follow_keras(case):
    name, settings, _, _, config, _ = case
    metric = make(name, settings)
    metric.name = "it"
    assert json.loads(json.dumps(metric.get_config())) == config
    again = metrics.deserialize(metrics.serialize(metric))
    assert again.get_config() == metric.get_config()
    if name == "AUC" and "num_thresholds" not in settings and "thresholds" not in settings:
        assert again.num_thresholds == 200


# -- scikit-learn as a second oracle ---------------------------------------------------------------


@pytest.fixture
def answers():
    generator = np.random.default_rng(4)
    y_true = generator.integers(0, 2, 3000)
    y_pred = np.clip(0.5 + 0.2 * (y_true - 0.5) + 0.2 * generator.normal(size=3000), 0, 1)
    return y_true, y_pred.astype(np.float32), generator.random(3000)


@pytest.mark.parametrize("weighted", [False, True])
def test_decisions_as_in_scikit_learn(answers, weighted):
    y_true, y_pred, weight = answers
    weight = weight if weighted else None
    guess = y_pred > 0.5
    tn, fp, fn, tp = sklearn.metrics.confusion_matrix(y_true, guess, sample_weight=weight).ravel()
    assert metrics.TruePositives()(y_true, y_pred, weight) == pytest.approx(tp)
    assert metrics.TrueNegatives()(y_true, y_pred, weight) == pytest.approx(tn)
    assert metrics.FalsePositives()(y_true, y_pred, weight) == pytest.approx(fp)
    assert metrics.FalseNegatives()(y_true, y_pred, weight) == pytest.approx(fn)
    precision = sklearn.metrics.precision_score(y_true, guess, sample_weight=weight)
    assert metrics.Precision()(y_true, y_pred, weight) == pytest.approx(precision)
    recall = sklearn.metrics.recall_score(y_true, guess, sample_weight=weight)
    assert metrics.Recall()(y_true, y_pred, weight) == pytest.approx(recall)


@pytest.mark.parametrize("weighted", [False, True])
def test_areas_as_in_scikit_learn(answers, weighted):
    y_true, y_pred, weight = answers
    weight = weight if weighted else None
    y_pred = np.round(y_pred * 500) / 500  # then a threshold between each two values makes the sum exact
    thresholds = (np.arange(500) + 0.5) / 500
    roc = sklearn.metrics.roc_auc_score(y_true, y_pred, sample_weight=weight)
    assert metrics.AUC(thresholds=thresholds)(y_true, y_pred, weight) == pytest.approx(roc, rel=1e-9)
    average = sklearn.metrics.average_precision_score(y_true, y_pred, sample_weight=weight)
    low, between, high = (
        metrics.AUC(curve="PR", summation_method=method, thresholds=thresholds)(y_true, y_pred, weight)
        for method in ("minoring", "interpolation", "majoring")
    )
    assert low < average < high
    assert low < between < high


@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
def test_f_scores_as_in_scikit_learn(average):
    generator = np.random.default_rng(5)
    y_true, y_pred = generator.integers(0, 2, (400, 3)), generator.random((400, 3))
    wanted = sklearn.metrics.fbeta_score(y_true, y_pred > 0.3, beta=2, average=average)
    result = metrics.FBetaScore(average, 2.0, 0.3, dtype="float64")(y_true, y_pred)
    np.testing.assert_allclose(result, wanted, atol=1e-6)  # Keras adds an epsilon to each divisor


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(None, "raw_values"), ("uniform_average",) * 2, ("variance_weighted_average", "variance_weighted")],
)
def test_r2_as_in_scikit_learn(ours, theirs):
    generator = np.random.default_rng(6)
    y_true = generator.normal([0, 100, 0], size=(400, 3))
    y_pred, weight = y_true + generator.normal(size=(400, 3)), generator.random(400)
    metric = metrics.R2Score(ours, dtype="float64")
    for rows in (slice(150), slice(150, None)):
        result = metric(y_true[rows], y_pred[rows], weight[rows])
    wanted = sklearn.metrics.r2_score(y_true, y_pred, sample_weight=weight, multioutput=theirs)
    np.testing.assert_allclose(result, wanted, rtol=1e-9)


def test_overlaps_as_in_scikit_learn():
    generator = np.random.default_rng(7)
    y_true, y_pred = generator.integers(0, 5, (20, 8, 8)), generator.integers(0, 5, (20, 8, 8))
    wanted = sklearn.metrics.jaccard_score(y_true.ravel(), y_pred.ravel(), average="macro")
    assert metrics.MeanIoU(5)(y_true, y_pred) == pytest.approx(wanted, abs=1e-6)


# -- rules of their own ----------------------------------------------------------------------------


def test_counts_at_unsorted_thresholds_are_those_of_a_loop():
    generator = np.random.default_rng(8)
    thresholds = generator.random(9).astype(np.float32)
    y_true, y_pred = generator.random((50, 3)) > 0.5, generator.random((50, 3), dtype=np.float32)
    y_pred[0] = thresholds[:3]  # a prediction at a threshold is not above it
    weights = generator.random((50, 3))
    found = count(Levels(thresholds, "float32"), y_true, y_pred, weights, by_label=True)
    for index, threshold in enumerate(thresholds):
        above = y_pred > threshold
        for name, chosen in (
            ("true_positives", y_true & above),
            ("false_positives", ~y_true & above),
            ("true_negatives", ~y_true & ~above),
            ("false_negatives", y_true & ~above),
        ):
            np.testing.assert_allclose(found[name][index], (weights * chosen).sum(axis=0), rtol=1e-12)


def test_counts_go_beyond_float32():
    metric = metrics.TruePositives()
    metric.update_state([1.0], [1.0], sample_weight=[2.0**24])
    metric.update_state([1.0], [1.0])
    assert metric.result() == 2**24 + 1


def test_a_batch_needs_memory_for_its_rows_alone():
    y_true, y_pred = np.ones((20000, 1), np.float32), np.full((20000, 1), 0.5, np.float32)
    metric = metrics.AUC(2000)
    tracemalloc.start()
    metric.update_state(y_true, y_pred)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * len(y_true)


@pytest.mark.parametrize("metric", [metrics.Precision(), metrics.Precision([0.0, 0.5, 1.0]), metrics.AUC()], ids=repr)
def test_nan_is_above_no_threshold(metric):
    clean, spoilt = type(metric).from_config(metric.get_config()), metric
    np.testing.assert_array_equal(
        spoilt([1, 0, 1, 0], [0.7, 0.6, np.nan, np.nan]), clean([1, 0, 1, 0], [0.7, 0.6, 0.0, 0.0])
    )


def test_samples_that_are_no_class_do_not_count():
    metric = metrics.MeanIoU(2, dtype="float32")
    assert metric([0, 1, -1, 7, 0.5, np.nan], [0, 1, 1, 1, 0, 1]) == pytest.approx(1, abs=1e-6)
    assert metric.total_cm.value.sum() == 2


def test_no_data():
    for metric in (metrics.AUC(), metrics.AUC(multi_label=True), metrics.F1Score(), metrics.R2Score()):
        metric.reset_state()
        assert metric.result() == 0.0
    for cls in (metrics.Precision, metrics.TruePositives):
        assert cls().result() == metrics.MeanIoU(3).result() == 0.0


def test_float_weights_of_integer_labels_warn():
    with pytest.warns(UserWarning, match="weight as `float`, but dtype is `int`") as caught:
        metrics.MeanIoU(2)([0, 1], [0, 1], [0.5, 1.5])
    assert len(caught) == 1
    metrics.MeanIoU(2)([0, 1], [0, 1], [1, 2])
    metrics.MeanIoU(2, dtype="float32")([0, 1], [0, 1], [0.5, 1.5])


def test_few_rows_for_many_regressors_warn():
    y_true, y_pred = np.array([[1.0], [2.0], [4.0]]), np.array([[1.0], [2.5], [4.0]])
    plain = metrics.R2Score()(y_true, y_pred)
    with pytest.warns(UserWarning, match="Division by zero in Adjusted R2"):
        assert metrics.R2Score(num_regressors=2)(y_true, y_pred) == plain
    with pytest.warns(UserWarning, match="More independent predictors than datapoints"):
        assert metrics.R2Score(num_regressors=3)(y_true, y_pred) == plain


def test_targets_without_variance():
    thirds = np.full((3, 1), 1 / 3)
    assert metrics.R2Score()(thirds, thirds + 0.1) == 0
    assert np.isnan(metrics.R2Score()(thirds, thirds.astype(np.float32)))  # 0 / 0, as in Keras


def test_directions_are_known():
    for metric in (metrics.AUC(), metrics.Precision(), metrics.F1Score(), metrics.R2Score(), metrics.MeanIoU(2)):
        assert metric._direction == "up"
    assert not hasattr(metrics.TruePositives(), "_direction")


def test_names():
    assert metrics.get("f1_score").name == "f1_score"
    assert metrics.get("FBetaScore").name == "fbeta_score"
    assert metrics.get("AUC").name.startswith("auc")
    assert metrics.get("binary_io_u").name.startswith("binary_io_u")
    assert metrics.MeanIoU(2, name="m").variables[0].path == "m/total_confusion_matrix"
    assert [variable.name for variable in metrics.AUC().variables] == [
        "true_positives",
        "false_positives",
        "true_negatives",
        "false_negatives",
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.Precision(1.5), r"Threshold values must be in \[0, 1\]. Received: \[1.5\]"),
        (lambda: metrics.TruePositives([0.1, None]), r"in \[0, 1\]. Received: \[None\]"),
        (lambda: metrics.AUC(1), "`num_thresholds` must be an integer > 1. Received: num_thresholds=1"),
        (
            lambda: metrics.AUC(curve="x"),
            r'curve value: "x". Expected values are \["PR", "ROC", "PRGAIN"\]',
        ),
        (lambda: metrics.AUC(summation_method="x"), 'Invalid AUC summation method value: "x"'),
        (lambda: metrics.AUC(num_labels=2), "`num_labels` is needed only when `multi_label` is True"),
        (lambda: metrics.PrecisionAtRecall(2), r"`recall` must be in the range \[0, 1\]. Received: recall=2"),
        (lambda: metrics.RecallAtPrecision(0.5, 0), "`num_thresholds` must be an integer > 0"),
        (lambda: metrics.F1Score("mean"), "Invalid `average` argument value.*Received: average=mean"),
        (lambda: metrics.F1Score(threshold=1), "`threshold` argument value. It should be a Python float"),
        (lambda: metrics.FBetaScore(beta=2), "`beta` argument value. It should be a Python float"),
        (lambda: metrics.FBetaScore(beta=-1.0), "`beta` argument value. It should be > 0. Received: beta=-1.0"),
        (lambda: metrics.F1Score(threshold=1.5), "should verify 0 < threshold <= 1. Received: threshold=1.5"),
        (lambda: metrics.R2Score("mean"), "Invalid value for argument `class_aggregation`"),
        (lambda: metrics.R2Score(num_regressors=-1), "Expected a value >= 0. Received: num_regressors=-1"),
        (lambda: metrics.IoU(2, [2]), r"Target class id 2 is out of range, which is \[0, 2\)"),
    ],
)
def test_settings_that_make_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("metric", "y_shape", "y_pred_shape", "message"),
    [
        (metrics.Precision(name="p"), (4, 2), (4, 3), r"'p' expects targets .* \(4, 3\); received shape \(4, 2\)"),
        (metrics.Recall(class_id=1), (4,), (4,), r"y_pred must be a 2D array .* found shape: \(4,\)"),
        (metrics.AUC(multi_label=True), (4,), (4,), r"must have rank 2 when `multi_label=True`. Found rank 1"),
        (metrics.AUC(multi_label=True, num_labels=3), (4, 2), (4, 2), r"counts 3 labels; received .* \(4, 2\)"),
        (metrics.F1Score(), (4,), (4,), r"expects 2D inputs .* y_pred.shape=\(4,\)"),
        (metrics.F1Score(), (4, 1), (4, 2), r"expects targets .* \(4, 2\); received shape \(4, 1\)"),
        (metrics.R2Score(), (4,), (4,), r"R2Score expects 2D inputs .* y_pred.shape=\(4,\)"),
        (metrics.MeanIoU(2), (4,), (4, 2), r"one target \(y_true\) for each prediction .* \(4,\) and \(4, 2\)"),
    ],
)
def test_shapes_that_make_no_sense(metric, y_shape, y_pred_shape, message):
    with pytest.raises(ValueError, match=message):
        metric(np.ones(y_shape), np.ones(y_pred_shape))
