"""Models as classifiers of scikit-learn."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from kerasnp.wrappers.base import ModelEstimator
from kerasnp.wrappers.probabilities import gives_probabilities, log_odds, probabilities


def _has_probabilities(estimator) -> bool:
    if not hasattr(estimator, "model_") or gives_probabilities(estimator.model_):
        return True
    raise AttributeError(
        "predict_proba needs a model that ends in sigmoid or softmax, or a loss with from_logits=True; this one's "
        f"loss is {estimator.model_.loss_object.name!r} and its outputs are no probabilities."
    )


class ClassifierOfModel(ClassifierMixin, ModelEstimator):
    """What classifiers share: labels of any type to the targets of a model, and its outputs back to labels."""

    # -- targets -----------------------------------------------------------------------------------

    def _read(self, y, first, classes=None):
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind == "multiclass-multioutput":
            raise ValueError(
                f"Unknown label type: {kind}. Only binary, multiclass and multilabel targets are supported."
            )
        several = kind == "multilabel-indicator"
        y = (y.toarray() if hasattr(y, "toarray") else np.asarray(y)) if several else column_or_1d(y, warn=True)
        if first:
            self._multilabel = several
            found = np.arange(y.shape[1]) if several else np.unique(y if classes is None else classes)
            self.classes_ = found
        if several != self._multilabel or (several and y.shape[1] != len(self.classes_)):
            raise ValueError(
                f"`y` is of another kind than before: {kind}, shape {y.shape}; {len(self.classes_)} labels."
            )
        if several:
            return y
        codes = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        unknown = np.unique(y[self.classes_[codes] != y])
        if len(unknown):
            raise ValueError(f"`y` has classes {unknown} that are not among those of the first fit: {self.classes_}.")
        return codes

    def _show(self, y):
        return y.astype(np.float32) if self._multilabel else np.eye(len(self.classes_), dtype=np.float32)[y]

    def _feed(self, y, model):
        if self._multilabel or model.loss_object.sparse_targets:
            return y
        return y[:, None] if model.output_shape[-1] == 1 else self._show(y)

    def _strata(self, y):
        return None if self._multilabel else y

    def _class_weights(self, y, given):
        weights = self.class_weight if given is None else given
        return None if weights is None else compute_sample_weight(weights, y)

    def _check(self, y, model):
        if not self._multilabel and len(np.unique(y)) < 2:
            raise ValueError(
                "Classifier can't train when only one class is present: "
                f"received one class, {self.classes_[y[0]]!r}, with a weight above zero."
            )
        units, classes = model.output_shape[-1], len(self.classes_)
        if len(model.output_shape) != 2 or (units != classes and (units != 1 or self._multilabel or classes != 2)):
            raise ValueError(
                f"The model's output shape {model.output_shape} does not fit {classes} classes: expected {classes} "
                "units, or one for two classes."
            )

    # -- public ------------------------------------------------------------------------------------

    def fit(self, X, y, sample_weight=None, **kwargs):
        """Trains a new model, or with ``warm_start`` the one of the last fit.

        Args:
            X: array (samples, features) or (samples, ...), sparse matrix, or data frame.
            y: labels (samples,) of any type, or 0s and 1s (samples, labels).
            sample_weight: weights (samples,), of any scale.
            **kwargs: arguments of ``Model.fit``; they go before ``fit_kwargs``.

        Returns:
            The estimator.
        """
        goes_on = bool(self.warm_start) and hasattr(self, "model_")
        return self._fit(X, y, sample_weight, kwargs, goes_on=goes_on)

    def partial_fit(self, X, y, classes=None, sample_weight=None, **kwargs):
        """Goes on training for one epoch.

        Args:
            X, y, sample_weight, **kwargs: see :meth:`fit`.
            classes: all labels that any call will bring; needed in the first one, unless targets are multilabel.

        Returns:
            The estimator.
        """
        goes_on = hasattr(self, "model_")
        if not goes_on and classes is None and not type_of_target(y).startswith("multilabel"):
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if goes_on and classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError(f"`classes={classes!r}` is not the same as on last call, which was {self.classes_!r}.")
        return self._fit(X, y, sample_weight, kwargs, goes_on=goes_on, classes=classes, epochs=1)

    def predict(self, X) -> np.ndarray:
        """Returns the most likely label of each row, (samples,); multilabel: 0s and 1s (samples, labels)."""
        scores = self.decision_function(X)
        if self._multilabel:
            return (scores > 0).astype(np.int64)
        return self.classes_[(scores > 0).astype(np.int64) if scores.ndim == 1 else scores.argmax(axis=1)]

    @available_if(_has_probabilities)
    def predict_proba(self, X) -> np.ndarray:
        """Returns the probability of each class, (samples, classes), in the order of ``classes_``."""
        return probabilities(self._outputs(X), self.model_, self._multilabel)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X) -> np.ndarray:
        """Returns the logarithms of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def decision_function(self, X) -> np.ndarray:
        """Returns scores: (samples,) for two classes, else (samples, classes).

        They are log-odds where the model gives probabilities of one class each, log-probabilities (or logits) of more
        than two classes, and the outputs themselves where those are no probabilities.
        """
        return log_odds(self._outputs(X), self.model_, self._multilabel)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class SKLearnClassifier(ClassifierOfModel):
    """A model as a classifier of scikit-learn.

    The first four arguments are Keras's. The others can be set in a search, as can ``model__x`` (the argument x of the
    function that makes the model), ``optimizer__x`` and ``fit__x``.

    Args:
        model: a compiled model, of which ``fit`` trains a copy with fresh weights, or a function
            ``model(X, y, **model_kwargs)`` that returns one; y is shown as one column a class. A model has one unit a
            class, or one for two classes; its loss may take indices or one column a class.
        warm_start: whether ``fit`` goes on with the model of the last fit.
        model_kwargs: more arguments of the function.
        fit_kwargs: arguments of ``Model.fit``.
        optimizer, loss, metrics: take the place of those the model was compiled with; None leaves them.
        optimizer_kwargs: settings of the optimizer to change, such as ``{"learning_rate": 0.01}``.
        batch_size, epochs, verbose: as in ``Model.fit``.
        class_weight: ``"balanced"``, or a factor for each label.
        early_stopping: whether to hold rows out and to stop when their loss no longer falls; the best weights stay.
        validation_fraction: the part of the rows that is held out, each class by its share.
        n_iter_no_change: epochs without improvement after which training stops.
        tol: the least improvement that counts.
        random_state: None, a seed or a ``RandomState``. With a seed, every fit gives the same bits.

    Attributes:
        classes_: the labels, sorted.
        model_, history_, n_iter_, n_features_in_, feature_names_in_: see ``ModelEstimator``.
    """

    def __init__(
        self,
        model,
        warm_start=False,
        model_kwargs=None,
        fit_kwargs=None,
        *,
        optimizer=None,
        optimizer_kwargs=None,
        loss=None,
        metrics=None,
        batch_size=None,
        epochs=None,
        verbose=0,
        class_weight=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        random_state=None,
    ):
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs
        self.optimizer = optimizer
        self.optimizer_kwargs = optimizer_kwargs
        self.loss = loss
        self.metrics = metrics
        self.batch_size = batch_size
        self.epochs = epochs
        self.verbose = verbose
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state
