"""What estimators do with labels, weights, parameters, and in scikit-learn's own tools."""

import copy
import pickle

import joblib
import numpy as np
import pytest
from estimator_models import autoencoder, classifier, one_unit, regressor, uncompiled
from scipy import sparse
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, load_wine, make_classification, make_multilabel_classification, make_regression
from sklearn.ensemble import StackingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasnp as keras
from kerasnp import layers
from kerasnp.wrappers import DenseClassifier, DenseRegressor, SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

SETTINGS = {"epochs": 30, "batch_size": 32, "random_state": 0}


@pytest.fixture(scope="module")
def iris():
    data = load_iris()
    return StandardScaler().fit_transform(data.data), np.array(data.target_names)[data.target]


@pytest.fixture(scope="module")
def two_classes():
    return make_classification(120, 6, random_state=0)


def compiled_model(units=3):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(units, "softmax")])
    model.compile(keras.optimizers.Adam(0.05), "categorical_crossentropy", metrics=["accuracy"])
    return model


def weights_of(estimator):
    return estimator.model_.get_weights()


def same(left, right):
    return all(np.array_equal(a, b) for a, b in zip(weights_of(left), weights_of(right), strict=True))


# -- labels and outputs ------------------------------------------------------------------------------


def test_labels_may_be_names(iris):
    X, y = iris
    estimator = SKLearnClassifier(classifier, **SETTINGS).fit(X, y)
    assert estimator.score(X, y) > 0.9
    assert list(estimator.classes_) == ["setosa", "versicolor", "virginica"]
    chances = estimator.predict_proba(X)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    np.testing.assert_array_equal(estimator.classes_[chances.argmax(axis=1)], estimator.predict(X))
    np.testing.assert_allclose(np.exp(estimator.decision_function(X)), chances)
    np.testing.assert_allclose(np.exp(estimator.predict_log_proba(X)), chances)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy", "mse"])
def test_every_form_of_targets_that_a_loss_takes(iris, loss):
    estimator = SKLearnClassifier(classifier, **SETTINGS).set_params(model__loss=loss).fit(*iris)
    assert estimator.score(*iris) > 0.9


@pytest.mark.parametrize(
    ("loss", "activation"),
    [("binary_crossentropy", "sigmoid"), (keras.losses.BinaryCrossentropy(from_logits=True), None)],
)
def test_one_unit_for_two_classes(two_classes, loss, activation):
    X, y = two_classes
    estimator = SKLearnClassifier(one_unit, model_kwargs={"loss": loss, "activation": activation}, **SETTINGS)
    y = np.array(["no", "yes"])[y]
    estimator.fit(X, y)
    assert estimator.score(X, y) > 0.9
    scores, chances = estimator.decision_function(X), estimator.predict_proba(X)
    assert scores.shape == (120,)
    assert chances.shape == (120, 2)
    np.testing.assert_allclose(1 / (1 + np.exp(-scores.astype(float))), chances[:, 1], rtol=1e-4)
    np.testing.assert_array_equal(estimator.predict(X) == "yes", scores > 0)


@pytest.mark.parametrize(("loss", "activation"), [("hinge", "tanh"), ("mse", None)])
def test_outputs_that_are_no_probabilities(two_classes, loss, activation):
    X, y = two_classes
    estimator = SKLearnClassifier(one_unit, model_kwargs={"loss": loss, "activation": activation}, **SETTINGS)
    estimator.fit(X, y)
    assert estimator.score(X, y) > 0.85
    assert not hasattr(estimator, "predict_proba")
    with pytest.raises(AttributeError) as caught:
        estimator.predict_proba(X)
    assert "ends in sigmoid or softmax" in str(caught.value.__cause__ or caught.value)


def test_scores_of_sure_predictions_are_finite_and_ordered():
    X = np.linspace(-200, 200, 41)[:, None]
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.compile("sgd", "binary_crossentropy")
    estimator = SKLearnClassifier(model, epochs=0).fit(X, X[:, 0] > 0)
    scores = estimator.decision_function(X)
    assert np.isfinite(scores).all()
    assert (np.diff(scores) >= 0).all()
    np.testing.assert_array_equal(scores > 0, X[:, 0] > 0)


def test_several_labels():
    X, y = make_multilabel_classification(150, 8, n_classes=4, random_state=0)
    X = StandardScaler().fit_transform(X)
    estimator = SKLearnClassifier(classifier, epochs=60, random_state=0).fit(X, sparse.csr_matrix(y))
    assert estimator.predict(X).shape == estimator.predict_proba(X).shape == estimator.decision_function(X).shape
    assert (estimator.predict(X) == y).mean() > 0.9
    np.testing.assert_array_equal(estimator.predict(X), estimator.predict_proba(X) > 0.5)


def test_several_outputs():
    X, y = make_regression(150, 5, n_targets=3, random_state=0)
    y /= y.std(axis=0)
    estimator = SKLearnRegressor(regressor, **SETTINGS).fit(X, y)
    assert estimator.predict(X).shape == (150, 3)
    assert estimator.score(X, y) > 0.9
    assert estimator.fit(X, y[:, 0]).predict(X).shape == (150,)


def test_images():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 255, (60, 6, 6, 1), dtype=np.uint8)
    y = (X[:, :3].mean(axis=(1, 2, 3)) > X[:, 3:].mean(axis=(1, 2, 3))).astype(int)

    def convnet(X, y):
        model = keras.Sequential(
            [layers.Rescaling(1 / 255), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(y.shape[1], "softmax")]
        )
        model.compile(keras.optimizers.Adam(0.02), "categorical_crossentropy")
        return model

    estimator = SKLearnClassifier(convnet, epochs=60, random_state=0).fit(X, y)
    assert estimator.n_features_in_ == 6
    assert estimator.score(X, y) > 0.9


def test_a_transformer_gives_the_output_of_a_layer(iris):
    X, _ = iris
    estimator = SKLearnTransformer(autoencoder, output_layer="code", **SETTINGS)
    code = estimator.fit_transform(X)
    assert code.shape == (150, 2)
    assert list(estimator.get_feature_names_out()) == ["sklearntransformer0", "sklearntransformer1"]
    np.testing.assert_array_equal(clone(estimator).set_params(output_layer=0).fit(X).transform(X), code)
    back = clone(estimator).set_params(output_layer=None).fit(X).transform(X)
    assert np.mean((back - X) ** 2) < 0.3
    assert clone(estimator).fit(X, load_iris().target).model_.output_shape == (None, 1)
    pipeline = make_pipeline(estimator.set_params(target="X"), LogisticRegression()).fit(*iris)
    np.testing.assert_array_equal(pipeline[0].transform(X), code)
    assert pipeline.score(*iris) > 0.8
    with pytest.raises(ValueError, match="`target` must be 'y' or 'X'; received 'Z'"):
        estimator.set_params(target="Z").fit(X)


def test_dense_networks_are_ready_to_use(iris, two_classes):
    for X, y, optimizer in (
        (*iris, "adam"),
        (*two_classes, "lbfgs"),
        (two_classes[0], np.eye(2, dtype=int)[two_classes[1]], "sgd"),
    ):
        estimator = DenseClassifier((8, 4), "tanh", optimizer=optimizer, dropout=0.0, random_state=0)
        estimator.set_params(epochs=150, optimizer_kwargs={} if optimizer == "lbfgs" else {"learning_rate": 0.05})
        assert estimator.fit(X, y).score(X, y) > 0.85
        assert estimator.model_.layers[0].dtype == "float64"
        assert estimator.fit(X.astype("float32"), y).model_.layers[0].dtype == "float32"
    X, y = make_regression(150, 5, n_targets=2, random_state=0)
    y /= y.std(axis=0)
    estimator = DenseRegressor((16,), optimizer="lbfgs", l2=1e-4, epochs=300, random_state=0).fit(X, y)
    assert estimator.score(X, y) > 0.99
    assert estimator.n_iter_ < 300  # the loss stood still
    stopped = clone(estimator).set_params(early_stopping=True, dropout=0.2, dtype="float32").fit(X, y)
    assert "val_loss" in stopped.history_.history
    search = GridSearchCV(DenseRegressor(epochs=3), {"hidden_layer_sizes": [(4,), (4, 4)]}, cv=2).fit(X, y)
    assert len(search.best_estimator_.model_.layers) in (2, 3)


# -- data --------------------------------------------------------------------------------------------


def test_sparse_input_is_read_as_dense(two_classes):
    X, y = two_classes
    X = np.where(np.abs(X) > 0.5, X, 0)
    dense = SKLearnClassifier(classifier, **SETTINGS).fit(X, y)
    for form in (sparse.csr_matrix, sparse.csc_array, sparse.coo_array):
        thin = clone(dense).fit(form(X), y)
        assert same(dense, thin)
        np.testing.assert_array_equal(dense.predict_proba(X), thin.predict_proba(form(X)))


def test_names_of_columns_are_kept_and_checked(iris):
    pandas = pytest.importorskip("pandas", reason="scikit-learn knows the columns' names in real data frames alone")
    X, y = iris
    frame = pandas.DataFrame(X, columns=load_iris().feature_names)
    estimator = SKLearnClassifier(classifier, **SETTINGS).fit(frame, pandas.Series(y))
    assert list(estimator.feature_names_in_) == load_iris().feature_names
    assert estimator.n_features_in_ == 4
    np.testing.assert_array_equal(estimator.predict(frame), clone(estimator).fit(X, y).predict(X))
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame.rename(columns=str.upper))
    code = SKLearnTransformer(autoencoder, **SETTINGS).set_output(transform="pandas").fit_transform(frame)
    assert list(code.columns) == [f"sklearntransformer{i}" for i in range(4)]


# -- weights -----------------------------------------------------------------------------------------


def test_weights_are_repetitions_of_rows(two_classes):
    X, y = two_classes
    times = np.random.default_rng(0).integers(0, 4, len(X))
    estimator = SKLearnClassifier(classifier, **SETTINGS, optimizer="sgd").set_params(batch_size=1000)
    weighted = clone(estimator).fit(X, y, sample_weight=7 * times)
    repeated = clone(estimator).fit(X.repeat(times, axis=0), y.repeat(times))
    for left, right in zip(weights_of(weighted), weights_of(repeated), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-12)


def test_class_weights_are_sample_weights(iris):
    X, y = iris
    factors = {"setosa": 1, "versicolor": 4, "virginica": 2}
    estimator = SKLearnClassifier(classifier, **SETTINGS)
    expected = clone(estimator).fit(X, y, sample_weight=np.vectorize(factors.get)(y))
    assert same(expected, clone(estimator).set_params(class_weight=factors).fit(X, y))
    assert same(expected, clone(estimator).fit(X, y, class_weight=factors))
    assert same(clone(estimator).fit(X, y), clone(estimator).set_params(class_weight="balanced").fit(X, y))


def test_class_weights_without_classes(iris):
    with pytest.raises(ValueError, match="needs classes, which SKLearnRegressor does not have"):
        SKLearnRegressor(regressor).fit(iris[0], iris[0][:, 0], class_weight={0: 1})


# -- fitting again -----------------------------------------------------------------------------------


def test_a_seed_decides_everything_and_leaves_the_global_streams_alone(iris):
    keras.utils.set_random_seed(1)
    before = np.random.get_state()[1].copy()
    first = keras.random.next_generator().random()
    estimator = SKLearnClassifier(classifier, **SETTINGS).fit(*iris)
    keras.utils.set_random_seed(1)
    assert keras.random.next_generator().random() == first
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert same(estimator, clone(estimator).fit(*iris))
    assert not same(estimator, clone(estimator).set_params(random_state=1).fit(*iris))
    assert not same(estimator, clone(estimator).set_params(random_state=None).fit(*iris))


def test_warm_start_goes_on(iris):
    cold = SKLearnClassifier(classifier, **SETTINGS).fit(*iris)
    warm = clone(cold).set_params(warm_start=True).fit(*iris)
    assert same(cold, warm)
    model = warm.model_
    warm.fit(*iris)
    assert warm.model_ is model
    assert not same(cold, warm)
    assert warm.history_.history["loss"][-1] < cold.history_.history["loss"][-1]
    with pytest.raises(ValueError, match=r"`y` has classes \['new'\] that are not"):
        warm.fit(iris[0], np.where(iris[1] == "setosa", "new", iris[1]))


def test_partial_fit_is_one_epoch(iris):
    X, y = iris
    estimator = SKLearnClassifier(classifier, **SETTINGS)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        estimator.partial_fit(X, y)
    for start in range(0, 150, 30):  # the table is sorted: the first calls see one class
        estimator.partial_fit(X[start : start + 30], y[start : start + 30], classes=np.unique(y))
    assert estimator.n_iter_ == 1
    assert int(estimator.model_.optimizer.iterations) == 5
    with pytest.raises(ValueError, match="not the same as on last call"):
        estimator.partial_fit(X, y, classes=["a", "b"])
    whole = SKLearnRegressor(regressor, **SETTINGS).fit(X, X[:, 0])
    steps = SKLearnRegressor(regressor, **SETTINGS)
    for _ in range(30):
        steps.partial_fit(X, X[:, 0])
    assert np.allclose(whole.predict(X), steps.predict(X), atol=0.3)


def test_early_stopping_holds_rows_out(two_classes):
    X, y = two_classes
    estimator = SKLearnClassifier(classifier, epochs=300, early_stopping=True, n_iter_no_change=4, random_state=0)
    estimator.fit(X, y, sample_weight=np.ones(len(y)))
    history = estimator.history_.history
    assert estimator.n_iter_ == len(history["val_loss"]) < 300
    best = int(np.argmin(np.array(history["val_loss"])))
    assert estimator.n_iter_ - best >= 4
    own = clone(estimator).fit(X[:100], y[:100], validation_data=(X[100:], y[100:]))
    assert own.model_.evaluate(X[100:], np.eye(2)[y[100:]], verbose=0) == pytest.approx(
        min(own.history_.history["val_loss"]), abs=1e-4
    )


def test_validation_data_may_have_names_as_labels(iris):
    estimator = SKLearnClassifier(classifier, **SETTINGS, metrics=["accuracy"])
    estimator.fit(*iris, validation_data=iris)
    assert estimator.history_.history["val_accuracy"][-1] > 0.9


# -- parameters --------------------------------------------------------------------------------------


def test_the_arguments_of_keras():
    estimator = SKLearnClassifier(classifier, True, {"units": 3}, {"shuffle": False})
    assert (estimator.warm_start, estimator.model_kwargs, estimator.fit_kwargs) == (
        True,
        {"units": 3},
        {"shuffle": False},
    )


def test_parameters_of_the_parts_have_names():
    estimator = SKLearnClassifier(classifier, model_kwargs={"units": 3})
    estimator.set_params(model__units=5, model__activation="tanh", optimizer__learning_rate=0.1, fit__shuffle=False)
    assert estimator.model_kwargs == {"units": 5, "activation": "tanh"}
    assert estimator.get_params()["model__units"] == 5
    assert "model__units" not in estimator.get_params(deep=False)
    twin = clone(estimator)
    assert twin.get_params() == estimator.get_params()
    assert twin.optimizer_kwargs == {"learning_rate": 0.1}
    assert twin.fit_kwargs == {"shuffle": False}
    twin.set_params(model__units=7)
    assert estimator.model_kwargs["units"] == 5
    with pytest.raises(ValueError, match="Invalid parameter 'nonsense'"):
        estimator.set_params(nonsense__units=7)


def test_parameters_reach_the_model(iris):
    estimator = SKLearnClassifier(classifier, epochs=1, optimizer="sgd", loss="mse", metrics=["accuracy"])
    estimator.set_params(model__units=5, optimizer__learning_rate=0.25, optimizer__momentum=0.5).fit(*iris)
    model = estimator.model_
    assert model.layers[0].units == 5
    assert type(model.optimizer).__name__ == "SGD"
    assert (float(model.optimizer.learning_rate), model.optimizer.momentum) == (0.25, 0.5)
    assert model.loss == "mse"
    assert list(estimator.history_.history) == ["accuracy", "loss"]
    with pytest.raises(ValueError, match=r"`optimizer_kwargs` .* do not fit SGD"):
        estimator.set_params(optimizer__beta_1=0.5).fit(*iris)


def test_a_model_may_be_given_itself(iris):
    X, y = iris
    model = compiled_model()
    start = model.get_weights()
    estimator = SKLearnClassifier(model, **SETTINGS).fit(X, y)
    assert all(np.array_equal(a, b) for a, b in zip(start, model.get_weights(), strict=True))
    assert estimator.model_ is not model
    assert "accuracy" in estimator.history_.history
    assert estimator.score(X, y) > 0.9
    twin = clone(estimator)
    assert twin.model is not model
    assert twin.fit(X, y).score(X, y) > 0.9
    faster = clone(estimator).set_params(optimizer__learning_rate=0.1).fit(X, y)
    assert float(faster.model_.optimizer.learning_rate) == pytest.approx(0.1)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.05)


def test_what_is_no_model(iris):
    with pytest.raises(RuntimeError, match="Given model needs to be compiled"):
        SKLearnClassifier(uncompiled).fit(*iris)
    assert SKLearnClassifier(uncompiled, loss="categorical_crossentropy").fit(*iris).n_iter_ == 1
    with pytest.raises(TypeError, match="must be a compiled model, or a function"):
        SKLearnClassifier(3).fit(*iris)
    with pytest.raises(TypeError, match="returned a NoneType"):
        SKLearnClassifier(lambda X, y: None).fit(*iris)
    with pytest.raises(ValueError, match=r"output shape \(None, 2\) does not fit 3 classes"):
        SKLearnClassifier(compiled_model(2)).fit(*iris)
    with pytest.raises(ValueError, match=r"does not fit targets of shape \(None, 1\)"):
        SKLearnRegressor(compiled_model(2)).fit(iris[0], iris[0][:, 0])
    with pytest.raises(NotFittedError):
        SKLearnClassifier(classifier).predict(iris[0])
    with pytest.raises(ValueError, match="only one class"):
        SKLearnClassifier(classifier).fit(iris[0], np.zeros(150))


def test_nothing_is_printed(iris, capsys):
    SKLearnClassifier(classifier).fit(*iris).predict(iris[0])
    assert capsys.readouterr().out == ""
    SKLearnClassifier(classifier, verbose=2).fit(*iris)
    assert "loss" in capsys.readouterr().out


# -- copies and processes ----------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy])
def test_copies_predict_the_same_and_go_on(iris, copied):
    estimator = SKLearnClassifier(classifier, warm_start=True, **SETTINGS).fit(*iris)
    twin = copied(estimator)
    np.testing.assert_array_equal(estimator.predict_proba(iris[0]), twin.predict_proba(iris[0]))
    assert same(estimator.fit(*iris), twin.fit(*iris))


def test_joblib_files(iris, tmp_path):
    estimator = SKLearnClassifier(classifier, **SETTINGS).fit(*iris)
    joblib.dump(estimator, tmp_path / "estimator.joblib")
    for mode in (None, "r"):
        twin = joblib.load(tmp_path / "estimator.joblib", mmap_mode=mode)
        np.testing.assert_array_equal(estimator.predict_proba(iris[0]), twin.predict_proba(iris[0]))


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_jobs(two_classes, backend):
    X, y = two_classes
    estimator = SKLearnClassifier(classifier, epochs=3, random_state=0).fit(X, y)  # threads run before the fork
    alone = cross_val_score(estimator, X, y, cv=2)
    with joblib.parallel_backend(backend, n_jobs=2):
        np.testing.assert_array_equal(cross_val_score(estimator, X, y, cv=2), alone)


# -- scikit-learn's tools ----------------------------------------------------------------------------


def test_grid_search(iris):
    grid = {
        "model__units": [2, 16],
        "optimizer__learning_rate": [1e-4, 0.05],
        "batch_size": [150],
        "epochs": [10],
    }
    search = GridSearchCV(SKLearnClassifier(classifier, random_state=0), grid, cv=3, scoring="neg_log_loss").fit(*iris)
    assert search.best_params_["optimizer__learning_rate"] == 0.05
    assert search.best_estimator_.model_.layers[0].units == search.best_params_["model__units"]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_area_under_the_curve_as_a_score(two_classes):
    X, y = two_classes
    for model in (classifier, one_unit):
        scores = cross_val_score(SKLearnClassifier(model, **SETTINGS), X, y, scoring="roc_auc", cv=3)
        assert scores.min() > 0.8


def test_pipeline_calibration_and_stacking():
    X, y = load_wine(return_X_y=True)
    base = make_pipeline(StandardScaler(), SKLearnClassifier(classifier, **SETTINGS))
    assert cross_val_score(base, X, y, cv=3).mean() > 0.9
    calibrated = CalibratedClassifierCV(base, cv=2).fit(X, y)
    assert calibrated.score(X, y) > 0.9
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    stack = StackingClassifier([("net", base), ("line", make_pipeline(StandardScaler(), LogisticRegression()))], cv=2)
    assert stack.fit(X, y).score(X, y) > 0.9
