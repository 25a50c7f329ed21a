"""A tour of Sequential: layers added and taken off, building, summaries, models in models, features, freezing.

The script runs under Keras 3, too, with `import keras` in place of the import below.

python examples/sequential_guide.py
"""

import numpy as np

import kerasnp as keras
from kerasnp import layers


def stacking() -> None:
    """A model is a list of layers, given at once or one by one."""
    model = keras.Sequential(name="stack")
    model.add(keras.Input((4,)))
    model.add(layers.Dense(3, activation="relu", name="hidden"))
    model.add(layers.Dense(2, name="scores"))
    model.pop()
    print(f"after pop: {[layer.name for layer in model.layers]}, output {model.output_shape}")
    try:
        model.add(layers.Dense(5, name="hidden"))
    except ValueError:
        print("a second layer called 'hidden' is refused")


def building() -> None:
    """Without an Input the weights are made when the first data come."""
    model = keras.Sequential([layers.Dense(3, name="first"), layers.Dense(1, name="second")], name="late")
    print(f"built: {model.built}")
    y = model(np.ones((2, 4), "float32"))
    print(f"built: {model.built}, {len(model.weights)} weights, output of two rows: {tuple(y.shape)}")
    model.summary(line_length=60)


def growing() -> None:
    """While a network of convolutions grows, its summary tells how much of the image is left."""
    model = keras.Sequential([keras.Input((96, 96, 3)), layers.Conv2D(16, 5, strides=2, activation="relu")])
    model.add(layers.Conv2D(16, 3, activation="relu"))
    model.add(layers.MaxPooling2D(3))
    print(f"so far {model.output_shape[1:]}")
    model.add(layers.Conv2D(16, 3, activation="relu"))
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(10))
    print(f"in the end {model.output_shape[1:]}, {model.count_params():,} parameters")


def features_and_freezing() -> None:
    """The first layers of a trained model serve another one, which leaves them as they are."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(256, 8)).astype("float32")
    y = (x[:, :1] * x[:, 1:2] > 0).astype("float32")
    trained = keras.Sequential([keras.Input((8,)), layers.Dense(32, activation="tanh"), layers.Dense(1)])
    trained.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True))
    trained.fit(x, y, epochs=60, verbose=0)

    features = keras.Sequential(trained.layers[:-1], name="features")
    print(f"features of three rows: {features.predict(x[:3], verbose=0).shape}")
    features.trainable = False
    model = keras.Sequential([keras.Input((8,)), features, layers.Dense(1, activation="sigmoid")], name="head")
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    before = [np.array(weight) for weight in features.get_weights()]
    model.fit(x, y, epochs=60, verbose=0)
    same = all(np.array_equal(a, b) for a, b in zip(before, features.get_weights(), strict=True))
    print(f"trainable weights: {len(model.trainable_weights)}; the frozen ones are as before: {same}")
    print(f"accuracy {model.evaluate(x, y, verbose=0)[1]:.2f}")
    model.summary(line_length=76, expand_nested=True, show_trainable=True)


def main() -> None:
    keras.utils.set_random_seed(1)
    for part in (stacking, building, growing, features_and_freezing):
        print(f"-- {part.__doc__}")
        part()


if __name__ == "__main__":
    main()
