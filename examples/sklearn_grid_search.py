"""A grid search over the units of a network, its optimizer, learning rate and batches.

python examples/sklearn_grid_search.py --jobs 2
"""

import argparse

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split

import kerasnp as keras
from kerasnp import layers
from kerasnp.wrappers import SKLearnClassifier

GRID = [
    {"model__units": [16, 64], "optimizer": ["adam", "rmsprop"], "optimizer__learning_rate": [0.001, 0.01]},
    {
        "model__units": [64],
        "optimizer": ["sgd"],
        "optimizer__learning_rate": [0.1],
        "optimizer__momentum": [0.0, 0.9],
        "batch_size": [16, 64],
    },
]


def network(X, y, units=32):
    """Returns a network; what it is compiled with comes from the estimator."""
    return keras.Sequential(
        [
            keras.Input(X.shape[1:]),
            layers.Rescaling(1 / 16),
            layers.Dense(units, activation="relu"),
            layers.Dense(y.shape[1], activation="softmax"),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()

    x_train, x_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
    classifier = SKLearnClassifier(
        network, loss="categorical_crossentropy", optimizer="adam", epochs=arguments.epochs, random_state=0
    )
    search = GridSearchCV(classifier, GRID, cv=3, n_jobs=arguments.jobs).fit(x_train, y_train)

    results = search.cv_results_
    for rank, score, seconds, chosen in sorted(
        zip(
            results["rank_test_score"],
            results["mean_test_score"],
            results["mean_fit_time"],
            results["params"],
            strict=True,
        ),
        key=lambda row: row[0],
    ):
        settings = ", ".join(f"{name.rpartition('__')[2]}={value}" for name, value in chosen.items())
        print(f"{rank:2}  accuracy {score:.4f}  {seconds:.2f} s  {settings}")
    print(f"test accuracy of the best: {search.score(x_test, y_test):.4f}")


if __name__ == "__main__":
    main()
