"""Models as transformers of scikit-learn."""

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from kerasnp.models import Sequential
from kerasnp.wrappers.base import DATA_RULES, ModelEstimator


class SKLearnTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ModelEstimator):
    """A model as a transformer of scikit-learn: its output, or that of one of its layers, takes the place of X.

    The first four arguments are Keras's. The others can be set in a search, as can ``model__x`` (the argument x of the
    function that makes the model), ``optimizer__x`` and ``fit__x``.

    Args:
        model: a compiled model, of which ``fit`` trains a copy with fresh weights, or a function
            ``model(X, y, **model_kwargs)`` that returns one.
        warm_start: whether ``fit`` goes on with the model of the last fit.
        model_kwargs: more arguments of the function.
        fit_kwargs: arguments of ``Model.fit``.
        target: what the model learns to give: ``"y"``, or ``"X"`` whatever y is, as an autoencoder does. Without
            y it is always X.
        output_layer: name or index of the layer that :meth:`transform` returns; None means the last.
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
        target="y",
        output_layer=None,
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
        self.target = target
        self.output_layer = output_layer
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

    def _validate(self, X, y, first):
        if self.target not in ("y", "X"):
            raise ValueError(f"`target` must be 'y' or 'X'; received {self.target!r}.")
        if y is None or self.target == "X":
            X = validate_data(self, X, reset=first, **DATA_RULES)
            return X, X
        return validate_data(self, X, y, reset=first, multi_output=True, y_numeric=True, **DATA_RULES)

    def _read(self, y, first, classes=None):
        return y[:, None] if y.ndim == 1 else y

    def fit(self, X, y=None, sample_weight=None, **kwargs):
        """Trains a new model, or with ``warm_start`` the one of the last fit.

        Args:
            X: array (samples, features) or (samples, ...), sparse matrix, or data frame.
            y: numbers or indices of classes, (samples,) or (samples, outputs), in the form that the loss takes; None
                means X.
            sample_weight: weights (samples,), of any scale.
            **kwargs: arguments of ``Model.fit``; they go before ``fit_kwargs``.

        Returns:
            The estimator.
        """
        goes_on = bool(self.warm_start) and hasattr(self, "model_")
        return self._fit(X, y, sample_weight, kwargs, goes_on=goes_on)

    def partial_fit(self, X, y=None, sample_weight=None, **kwargs):
        """Goes on training for one epoch; see :meth:`fit`."""
        return self._fit(X, y, sample_weight, kwargs, goes_on=hasattr(self, "model_"), epochs=1)

    def transform(self, X) -> np.ndarray:
        """Returns the output of the model, or of ``output_layer``, for X."""
        return self._outputs(X)

    def _predictor(self):
        if self.output_layer is None:
            return self.model_
        layers = self.model_.layers
        wanted = self.output_layer
        layer = self.model_.get_layer(**({"name": wanted} if isinstance(wanted, str) else {"index": wanted}))
        part = Sequential(layers[: layers.index(layer) + 1])
        part.build(self.model_.input_shape)
        return part

    @property
    def _n_features_out(self) -> int:
        return self._predictor().output_shape[-1]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
