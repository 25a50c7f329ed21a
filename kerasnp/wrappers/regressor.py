"""Models as regressors of scikit-learn."""

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from kerasnp.wrappers.base import DATA_RULES, ModelEstimator


class RegressorOfModel(RegressorMixin, ModelEstimator):
    """What regressors share: one number a sample or several."""

    def _validate(self, X, y, first):
        return validate_data(self, X, y, reset=first, multi_output=True, y_numeric=True, **DATA_RULES)

    def _read(self, y, first, classes=None):
        if first:
            self._flat = y.ndim == 1
        return y.reshape(len(y), -1)

    def _check(self, y, model):
        if y.shape[1:] != tuple(model.output_shape[1:]):
            raise ValueError(
                f"The model's output shape {model.output_shape} does not fit targets of shape {(None, *y.shape[1:])}."
            )

    def fit(self, X, y, sample_weight=None, **kwargs):
        """Trains a new model, or with ``warm_start`` the one of the last fit.

        Args:
            X: array (samples, features) or (samples, ...), sparse matrix, or data frame.
            y: numbers (samples,) or (samples, outputs).
            sample_weight: weights (samples,), of any scale.
            **kwargs: arguments of ``Model.fit``; they go before ``fit_kwargs``.

        Returns:
            The estimator.
        """
        goes_on = bool(self.warm_start) and hasattr(self, "model_")
        return self._fit(X, y, sample_weight, kwargs, goes_on=goes_on)

    def partial_fit(self, X, y, sample_weight=None, **kwargs):
        """Goes on training for one epoch; see :meth:`fit`."""
        return self._fit(X, y, sample_weight, kwargs, goes_on=hasattr(self, "model_"), epochs=1)

    def predict(self, X) -> np.ndarray:
        """Returns the predictions, of the shape that targets had: (samples,) or (samples, outputs)."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._flat and outputs.ndim == 2 and outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class SKLearnRegressor(RegressorOfModel):
    """A model as a regressor of scikit-learn.

    The first four arguments are Keras's. The others can be set in a search, as can ``model__x`` (the argument x of the
    function that makes the model), ``optimizer__x`` and ``fit__x``.

    Args:
        model: a compiled model, of which ``fit`` trains a copy with fresh weights, or a function
            ``model(X, y, **model_kwargs)`` that returns one; y is shown as (samples, outputs).
        warm_start: whether ``fit`` goes on with the model of the last fit.
        model_kwargs: more arguments of the function.
        fit_kwargs: arguments of ``Model.fit``.
        optimizer, loss, metrics: take the place of those the model was compiled with; None leaves them.
        optimizer_kwargs: settings of the optimizer to change, such as ``{"learning_rate": 0.01}``.
        batch_size, epochs, verbose: as in ``Model.fit``.
        early_stopping: whether to hold rows out and to stop when their loss no longer falls; the best weights stay.
        validation_fraction: the part of the rows that is held out.
        n_iter_no_change: epochs without improvement after which training stops.
        tol: the least improvement that counts.
        random_state: None, a seed or a ``RandomState``. With a seed, every fit gives the same bits.

    Attributes:
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
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state
