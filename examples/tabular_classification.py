"""A table with columns of numbers and of words: who will have heart trouble, from made-up patients.

Each kind of column is prepared by its own layers, then all go side by side into one small network.

python examples/tabular_classification.py
"""

import argparse

import numpy as np

import kerasnp as keras
from kerasnp import layers

NUMBERS = ("age", "pressure", "cholesterol")
WORDS = {"pain": ("none", "typical", "atypical"), "thal": ("normal", "fixed", "reversible")}
AGES = [40.0, 50.0, 60.0]  # between these, age has an effect of its own


def patients(count: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Returns columns, by name, and whether each patient is ill."""
    generator = np.random.default_rng(seed)
    table = {
        "age": generator.integers(29, 78, count).astype("float32"),
        "pressure": generator.normal(131, 17, count).astype("float32"),
        "cholesterol": generator.normal(246, 50, count).astype("float32"),
        **{name: generator.choice(words, count) for name, words in WORDS.items()},
    }
    risk = 0.03 * (table["pressure"] - 131) + 0.01 * (table["cholesterol"] - 246)
    risk += 1.5 * (table["age"] > 60) - 1.5 * (table["age"] < 45)
    risk += 2.0 * (table["pain"] == "atypical") + 2.5 * (table["thal"] == "reversible") - 1.5
    return table, (risk + generator.normal(0, 0.7, count) > 0).astype("float32")


def preparations(table: dict[str, np.ndarray]) -> list[tuple[str, keras.Sequential]]:
    """Returns what turns a column (rows, 1) into numbers, learned from the columns of a table."""
    found = []
    for name in NUMBERS:
        normalization = layers.Normalization()
        normalization.adapt(table[name][:, None])
        found.append((name, keras.Sequential([normalization])))
    for name in WORDS:
        lookup = layers.StringLookup()
        lookup.adapt(table[name])
        one_hot = layers.CategoryEncoding(lookup.vocabulary_size(), output_mode="one_hot")
        found.append((name, keras.Sequential([lookup, one_hot])))
    ranges = layers.Discretization(AGES)
    found.append(("age", keras.Sequential([ranges, layers.CategoryEncoding(len(AGES) + 1, output_mode="one_hot")])))
    return found


def prepared(table: dict[str, np.ndarray], columns: list[tuple[str, keras.Sequential]]) -> np.ndarray:
    """Returns a table as one array (rows, numbers)."""
    return np.concatenate([prepare.predict(table[name][:, None], verbose=0) for name, prepare in columns], axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=30)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    (train, ill), (test, test_ill) = patients(1600, seed=0), patients(400, seed=1)
    columns = preparations(train)
    x, x_test = prepared(train, columns), prepared(test, columns)
    print(f"{len(train)} columns become {x.shape[1]} numbers")

    model = keras.Sequential([layers.Dense(32, "relu"), layers.Dropout(0.2), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
    model.fit(x, ill, epochs=arguments.epochs, validation_split=0.2, verbose=0)
    _, accuracy, auc = model.evaluate(x_test, test_ill, verbose=0)
    print(f"guess by the more frequent answer {max(test_ill.mean(), 1 - test_ill.mean()):.3f}")
    print(f"test accuracy {accuracy:.3f}, area under the curve {auc:.3f}")

    patient = {name: test[name][:1] for name in test}
    risk = model.predict(prepared(patient, columns), verbose=0)[0, 0]
    print("patient", {name: str(column[0]) for name, column in patient.items()}, f"is ill with probability {risk:.2f}")


if __name__ == "__main__":
    main()
