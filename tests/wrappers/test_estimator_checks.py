"""scikit-learn's own checks of estimators: all of them, none marked as failing."""

from collections.abc import Iterator

import pytest
from estimator_models import autoencoder, classifier, regressor
from sklearn.utils.estimator_checks import estimator_checks_generator

from kerasnp import wrappers

# Batches of all rows in double precision: there a weight is the same as repeated rows to the last digits, which
# scikit-learn checks, and checks its own networks with settings where it holds.
WHOLE = {"batch_size": 1000, "random_state": 0}

ESTIMATORS = [
    wrappers.SKLearnClassifier(classifier, epochs=80, **WHOLE),
    wrappers.SKLearnRegressor(regressor, epochs=150, **WHOLE),
    wrappers.SKLearnTransformer(autoencoder, epochs=5, **WHOLE),
    wrappers.DenseClassifier((16,), optimizer="lbfgs", epochs=60, l2=1e-3, random_state=0),
    wrappers.DenseRegressor(
        (16,), optimizer_kwargs={"learning_rate": 0.05}, epochs=120, n_iter_no_change=120, random_state=0
    ),
]


def checks() -> Iterator:
    """Yields what parametrize_with_checks does, under names that are the same in every process."""
    for number, estimator in enumerate(ESTIMATORS):
        for made, check in estimator_checks_generator(estimator):
            function = getattr(check, "func", check)
            yield pytest.param(made, check, id=f"{type(estimator).__name__}-{number}-{function.__name__}")


@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)
