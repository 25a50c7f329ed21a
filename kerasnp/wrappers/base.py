"""What all estimators share: their data, and how they train the model behind them."""

import contextlib

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from kerasnp import random
from kerasnp.callbacks import EarlyStopping
from kerasnp.wrappers.making import finish_model, make_model
from kerasnp.wrappers.parameters import NestedParameters

DATA_RULES = {"accept_sparse": "csr", "allow_nd": True, "dtype": "numeric"}


class ModelEstimator(NestedParameters, BaseEstimator):
    """An estimator of scikit-learn with a model behind it; subclasses say how targets are read.

    Targets go three ways: what the user passes is *read* (checked, classes as numbers), *shown* to the function that
    makes the model (one column an output), and *fed* to the model in the form that its loss takes.

    Attributes:
        model_: the trained model.
        history_: the :class:`~kerasnp.callbacks.History` of the last training.
        n_iter_: number of epochs of the last training.
        n_features_in_: number of columns of X.
        feature_names_in_: their names, if X was a data frame with names.
    """

    def _make_model(self, X, y):
        """Returns a new model, compiled or not, for X and shown targets."""
        return make_model(self.model, X, y, self.model_kwargs)

    def _read(self, y, first: bool, classes=None) -> np.ndarray:
        """Checks targets and returns them as numbers; ``first``: takes note of what there is."""
        raise NotImplementedError

    def _show(self, y: np.ndarray) -> np.ndarray:
        """Returns read targets with one column an output."""
        return y

    def _feed(self, y: np.ndarray, model) -> np.ndarray:
        """Returns read targets in the form that the model takes."""
        return y

    def _class_weights(self, y, given) -> np.ndarray | None:
        """Returns one factor a row for its class, or None; ``given`` is fit's ``class_weight``."""
        return None if given is None else _refuse_class_weights(self)

    def _strata(self, y: np.ndarray):
        """Returns the labels whose shares a split into training and validation keeps, or None."""
        return None

    def _check(self, y: np.ndarray, model) -> None:
        """Raises a ValueError if read targets are none to train ``model`` on."""

    # -- fitting -----------------------------------------------------------------------------------

    def _fit(self, X, y, sample_weight, arguments: dict, *, goes_on: bool, classes=None, epochs: int | None = None):
        X, y = self._validate(X, y, first=not goes_on)
        targets = self._read(y, first=not goes_on, classes=classes)
        arguments = {**(self.fit_kwargs or {}), **arguments}
        weights = self._weights(X, y, sample_weight, arguments.pop("class_weight", None))
        if weights is not None:
            X, targets, weights = _without_weightless(X, targets, weights)
        if not goes_on:
            self._seeds = None
            if self.random_state is not None:
                seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
                self._seeds = random.SeedGenerator(seed)
        with contextlib.nullcontext() if self._seeds is None else random.stream(self._seeds):
            model = self.model_ if goes_on else self._new_model(X, targets)
            if epochs is None:
                self._check(targets, model)
            history = self._train(model, X, targets, weights, arguments, epochs)
        self.model_, self.history_, self.n_iter_ = model, history, len(history.epoch)
        return self

    def _validate(self, X, y, first: bool):
        return validate_data(self, X, y, reset=first, multi_output=True, **DATA_RULES)

    def _weights(self, X, y, sample_weight, class_weight) -> np.ndarray | None:
        """Returns one weight a row, 1 in the mean; None if nobody asked for weights.

        With that mean neither the learning rate nor penalties depend on the scale of the weights.
        """
        by_class = self._class_weights(y, class_weight)
        if sample_weight is None and by_class is None:
            return None
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if weights.min() < 0:
            raise ValueError(f"Sample weights must not be negative; the least is {weights.min()}.")
        if by_class is not None:
            weights = weights * by_class
        total = weights.sum()
        if not total > 0:
            raise ValueError("Sample weights must contain at least one non-zero number.")
        return weights * (np.count_nonzero(weights) / total)

    def _new_model(self, X, targets):
        model = self._make_model(X, self._show(targets))
        finish_model(model, X.shape, self.optimizer, self.optimizer_kwargs, self.loss, self.metrics)
        return model

    def _train(self, model, X, targets, weights, arguments: dict, epochs: int | None):
        """Runs ``model.fit``; ``epochs`` is what partial_fit wants, None otherwise."""
        shared = {name: getattr(self, name) for name in ("batch_size", "epochs", "verbose")}
        settings = {name: value for name, value in shared.items() if value is not None} | arguments
        if settings.get("validation_data") is not None:
            settings["validation_data"] = self._read_validation(model, *settings["validation_data"])
        if epochs is not None:
            settings["epochs"] = settings.get("initial_epoch", 0) + epochs
        elif self.early_stopping:
            if settings.get("validation_data") is None:
                X, targets, weights, settings["validation_data"] = self._hold_out(model, X, targets, weights)
            given = settings.get("callbacks") or []
            stop = EarlyStopping("val_loss", self.tol, self.n_iter_no_change, restore_best_weights=True)
            settings["callbacks"] = [*(given if isinstance(given, (list, tuple)) else [given]), stop]
        return model.fit(X, self._feed(targets, model), sample_weight=weights, **settings)

    def _hold_out(self, model, X, targets, weights):
        """Splits the rows into those that train and, as ``validation_data``, those that judge."""
        arrays = [X, targets] if weights is None else [X, targets, weights]
        parts = train_test_split(
            *arrays,
            test_size=self.validation_fraction,
            random_state=random.make_default_seed() % 2**31,
            stratify=self._strata(targets),
        )
        x, y, weights = (*parts[::2], None)[:3]
        held_x, held_y, *held_weights = parts[1::2]
        return x, y, weights, (held_x, self._feed(held_y, model), *held_weights)

    def _read_validation(self, model, X, y, *weights) -> tuple:
        X, y = self._validate(X, y, first=False)
        return X, self._feed(self._read(y, first=False), model), *weights

    # -- using -------------------------------------------------------------------------------------

    def _outputs(self, X) -> np.ndarray:
        """Returns what the model gives for X, (samples, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, **DATA_RULES)
        return self._predictor().predict(X, batch_size=self.batch_size, verbose=0)

    def _predictor(self):
        """Returns the model whose output is asked for."""
        return self.model_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _without_weightless(X, y, weights):
    """Leaves out the rows of weight zero, so that batches, steps and held-out rows are what they are without them."""
    kept = np.flatnonzero(weights)
    if len(kept) == len(weights):
        return X, y, weights
    return X[kept], y[kept], weights[kept]


def _refuse_class_weights(estimator):
    raise ValueError(f"`class_weight` needs classes, which {type(estimator).__name__} does not have.")
