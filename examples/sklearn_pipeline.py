"""A network in a scikit-learn pipeline: scaling, early stopping, cross-validation, calibrated probabilities.

python examples/sklearn_pipeline.py
"""

import argparse

from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasnp as keras
from kerasnp import layers
from kerasnp.wrappers import SKLearnClassifier


def network(X, y, units=32, dropout=0.3):
    """Returns a compiled network for rows like those of X and classes like those of y, one column each."""
    model = keras.Sequential(
        [
            keras.Input(X.shape[1:]),
            layers.Dense(units, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(y.shape[1], activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "categorical_crossentropy")
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folds", type=int, default=5)
    folds = parser.parse_args().folds

    table = load_breast_cancer()
    X, y = table.data, table.target_names[table.target]  # 569 tumours, 30 measurements; labels may be strings
    classifiers = {
        "network": SKLearnClassifier(network, epochs=100, early_stopping=True, validation_fraction=0.2, random_state=0),
        "logistic regression": LogisticRegression(),
    }
    print(f"{'':20}  ROC AUC in {folds} folds")
    for name, classifier in classifiers.items():
        pipeline = make_pipeline(StandardScaler(), classifier)
        scores = cross_val_score(pipeline, X, y, scoring="roc_auc", cv=folds)
        print(f"{name:20}  {scores.mean():.4f} +- {scores.std():.4f}")

    x_train, x_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    plain = make_pipeline(StandardScaler(), classifiers["network"]).fit(x_train, y_train)
    calibrated = CalibratedClassifierCV(plain, cv=3).fit(x_train, y_train)
    print(f"epochs until the held-out loss stopped falling: {plain[-1].n_iter_}")
    for name, classifier in {"as it is": plain, "calibrated": calibrated}.items():
        benign = classifier.predict_proba(x_test)[:, 0]
        error = brier_score_loss(y_test == "benign", benign)
        area = roc_auc_score(y_test == "benign", benign)
        print(f"{name:20}  accuracy {classifier.score(x_test, y_test):.4f}  AUC {area:.4f}  Brier score {error:.4f}")


if __name__ == "__main__":
    main()
