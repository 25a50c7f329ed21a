"""Writes files/nested.*: a Sequential with a Sequential and two Functional models in it, as Keras 2 and 3 save it.

    KERAS_BACKEND=jax python tests/interop/make_nested_files.py      # Keras 3
    python tests/interop/make_nested_files.py tf_keras               # Keras 2

Run it where that Keras can be imported. As the other files: one step of Adam, then inputs and outputs beside it.
"""

import importlib
import pathlib
import sys

import numpy as np

keras = importlib.import_module(sys.argv[1] if len(sys.argv) > 1 else "keras")
layers = keras.layers
FILES = pathlib.Path(__file__).with_name("files")


def chain(name, *steps):
    x = inputs = keras.Input((3,), name=f"{name}_input")
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x, name=name)


def main():
    generation = int(keras.__version__[0])
    inner = keras.Sequential([layers.Dense(3, name="one"), layers.BatchNormalization(name="two")], name="inner")
    wide = chain("wide", layers.Dense(5, activation="tanh", name="three"), layers.Dense(3, name="four"))
    # This one can be told from the Sequential by its place alone, not by its shapes.
    alike = chain("alike", layers.Dense(3, name="five"), layers.BatchNormalization(name="six"))
    model = keras.Sequential([keras.Input((3,)), wide, inner, alike, layers.Dense(2, name="top")], name="nested")
    model.compile(keras.optimizers.Adam(0.01), "mse")
    generator = np.random.default_rng(0)
    model.set_weights([generator.uniform(0.1, 0.9, weight.shape).astype("float32") for weight in model.get_weights()])
    x = generator.normal(size=(6, 3)).astype("float32")
    model.train_on_batch(x, generator.normal(size=(6, 2)).astype("float32"))
    stem = FILES / f"nested.keras{generation}"
    np.savez(f"{stem}.npz", x=x, y=model.predict(x, verbose=0))
    pathlib.Path(f"{stem}.json").write_text(model.to_json())
    model.save_weights(f"{stem}.weights.h5")
    if generation == 2:
        model.save_weights(f"{stem}.topological.h5")
    else:
        model.save(f"{stem}.keras")
    model.save(f"{stem}.h5")


if __name__ == "__main__":
    main()
