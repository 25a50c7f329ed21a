"""Networks of dense layers as estimators, ready to use."""

import numpy as np

from kerasnp import config, optimizers
from kerasnp.callbacks import EarlyStopping
from kerasnp.layers import Dense, Dropout, Input
from kerasnp.models import Sequential
from kerasnp.regularizers import L2
from kerasnp.wrappers.classifier import ClassifierOfModel
from kerasnp.wrappers.regressor import RegressorOfModel

LARGEST_BATCH = 200  # unless batch_size says more


class DenseNetwork:
    """What the two estimators below share.

    Args:
        hidden_layer_sizes: units of each hidden layer.
        activation: of the hidden layers.
        optimizer: name, config or optimizer; ``"lbfgs"`` is good for small tables and takes all rows in one batch.
        optimizer_kwargs: settings of the optimizer; ``optimizer__learning_rate`` and the like in a search.
        dropout: part of each hidden layer's outputs that is dropped in training.
        l2: factor of the squares of all kernels in the loss.
        batch_size: rows a step; None means 200, or all if they are fewer.
        epochs: most passes over the rows.
        dtype: number type of the network; None means that of X, where it is float32 or float64.
        warm_start: whether ``fit`` goes on with the network of the last fit.
        fit_kwargs: more arguments of ``Model.fit``.
        verbose: as in ``Model.fit``.
        early_stopping: whether to hold rows out and to judge by their loss when to stop; the best weights stay. Else
            the loss of the training decides.
        validation_fraction: the part of the rows that is held out.
        n_iter_no_change: epochs without improvement after which training stops.
        tol: the least improvement that counts.
        random_state: None, a seed or a ``RandomState``. With a seed, every fit gives the same bits.
    """

    loss = metrics = None

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        optimizer="adam",
        optimizer_kwargs=None,
        dropout=0.0,
        l2=0.0,
        batch_size=None,
        epochs=200,
        dtype=None,
        warm_start=False,
        fit_kwargs=None,
        verbose=0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        random_state=None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.optimizer_kwargs = optimizer_kwargs
        self.dropout = dropout
        self.l2 = l2
        self.batch_size = batch_size
        self.epochs = epochs
        self.dtype = dtype
        self.warm_start = warm_start
        self.fit_kwargs = fit_kwargs
        self.verbose = verbose
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state

    def _output(self, y) -> tuple[int, str | None, str]:
        """Returns units and activation of the last layer, and the loss, for shown targets."""
        raise NotImplementedError

    def _make_model(self, X, y):
        dtype = self.dtype or (X.dtype.name if X.dtype.name in config.FLOAT_TYPES else config.floatx())
        penalty = L2(self.l2) if self.l2 else None
        model = Sequential([Input(X.shape[1:])])
        for units in np.ravel(self.hidden_layer_sizes).tolist():
            model.add(Dense(units, self.activation, kernel_regularizer=penalty, dtype=dtype))
            if self.dropout:
                model.add(Dropout(self.dropout, dtype=dtype))
        units, activation, loss = self._output(y)
        model.add(Dense(units, activation, kernel_regularizer=penalty, dtype=dtype))
        model.compile(loss=loss)
        return model

    def _train(self, model, X, targets, weights, arguments, epochs):
        if self.batch_size is None:
            whole = isinstance(model.optimizer, optimizers.LBFGS)
            arguments.setdefault("batch_size", X.shape[0] if whole else min(LARGEST_BATCH, X.shape[0]))
        if epochs is None and not self.early_stopping:
            given = arguments.get("callbacks") or []
            stop = EarlyStopping("loss", self.tol, self.n_iter_no_change)
            arguments["callbacks"] = [*(given if isinstance(given, (list, tuple)) else [given]), stop]
        return super()._train(model, X, targets, weights, arguments, epochs)


class DenseClassifier(DenseNetwork, ClassifierOfModel):
    __doc__ = f"""Dense layers as a classifier of scikit-learn, for two classes, several, or several labels a row.

    {DenseNetwork.__doc__.partition("below share.")[2].strip()}
        class_weight: ``"balanced"``, or a factor for each label.

    Attributes:
        classes_, model_, history_, n_iter_, n_features_in_, feature_names_in_: as for ``SKLearnClassifier``.
    """

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        optimizer="adam",
        optimizer_kwargs=None,
        dropout=0.0,
        l2=0.0,
        batch_size=None,
        epochs=200,
        dtype=None,
        class_weight=None,
        warm_start=False,
        fit_kwargs=None,
        verbose=0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        random_state=None,
    ):
        super().__init__(
            hidden_layer_sizes,
            activation,
            optimizer=optimizer,
            optimizer_kwargs=optimizer_kwargs,
            dropout=dropout,
            l2=l2,
            batch_size=batch_size,
            epochs=epochs,
            dtype=dtype,
            warm_start=warm_start,
            fit_kwargs=fit_kwargs,
            verbose=verbose,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            random_state=random_state,
        )
        self.class_weight = class_weight

    def _output(self, y):
        classes = len(self.classes_)
        if self._multilabel:
            return classes, "sigmoid", "binary_crossentropy"
        if classes == 2:
            return 1, "sigmoid", "binary_crossentropy"
        return classes, "softmax", "sparse_categorical_crossentropy"


class DenseRegressor(DenseNetwork, RegressorOfModel):
    __doc__ = f"""Dense layers as a regressor of scikit-learn, by least squares, for one number a row or several.

    {DenseNetwork.__doc__.partition("below share.")[2].strip()}

    Attributes:
        model_, history_, n_iter_, n_features_in_, feature_names_in_: as for ``SKLearnRegressor``.
    """

    def _output(self, y):
        return y.shape[1], None, "mean_squared_error"
