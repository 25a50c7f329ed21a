"""Writes configs_*.json: the configs of the same models as each Keras writes them.

    KERAS_BACKEND=jax python make_config_files.py keras      # Keras 3, any version
    python make_config_files.py tf_keras                     # Keras 2

`models` has for each model the `config.json` of its `.keras` file and the `model_config` of its `.h5` file, `compiled`
the `compile_config` and the `training_config` of one small model, compiled in several ways.
"""

import importlib
import json
import pathlib
import sys
import tempfile
import zipfile

import h5py
import numpy as np

keras = importlib.import_module(sys.argv[1])
layers, losses, metrics = keras.layers, keras.losses, keras.metrics
new = keras.__version__ >= "3"
slope = "negative_slope" if new else "alpha"


def every_layer():
    l2 = keras.regularizers.L2(0.01)
    return keras.Sequential(
        [
            layers.Conv2D(
                4,
                3,
                padding="same",
                kernel_initializer="he_normal",
                kernel_regularizer=l2,
                bias_constraint=keras.constraints.MaxNorm(3.0),
                activity_regularizer=keras.regularizers.L1L2(0.5, 0.25),
                name="first",
                **({} if new else {"input_shape": (8, 8, 2)}),
            ),
            layers.BatchNormalization(momentum=0.5, beta_regularizer=l2, name="norm"),
            layers.LeakyReLU(**{slope: 0.125}, name="leaky"),
            layers.MaxPooling2D(2, name="largest"),
            layers.PReLU(shared_axes=[1, 2], name="learned"),
            layers.AveragePooling2D(2, padding="same", name="mean"),
            layers.Activation("hard_sigmoid", name="hard"),
            layers.Dropout(0.25, noise_shape=(None, 1, 1, 4), seed=3, name="drop"),
            layers.ReLU(max_value=6.0, negative_slope=0.0, threshold=0.25, name="rectified"),
            layers.Conv2D(6, (2, 1), use_bias=False, activation="swish", groups=2, name="grouped"),
            layers.ELU(alpha=0.5, name="exponential"),
            layers.Reshape((-1, 6), name="rows"),
            layers.Flatten(name="flat"),
            layers.Dense(
                5,
                activation="relu",
                kernel_initializer=keras.initializers.RandomUniform(-0.5, 0.5, seed=1),
                bias_initializer=keras.initializers.Constant(0.125),
                kernel_constraint=keras.constraints.MinMaxNorm(0.5, 2.0, 0.75, axis=1),
                trainable=False,
                name="frozen",
            ),
            layers.Dense(
                4, kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform"), name="last"
            ),
            layers.Softmax(name="probabilities"),
        ],
        name="every_layer",
    )


def functional():
    x = inputs = keras.Input((6, 6, 3), name="image")
    for step in (layers.Conv2D(4, 3, name="zeta"), layers.GlobalAveragePooling2D(name="alpha"), layers.Dropout(0.5)):
        x = step(x)
    return keras.Model(inputs, layers.Dense(2, activation="softmax", name="classes")(x), name="chain")


def nested():
    inner = keras.Sequential([layers.Dense(4, activation="relu"), layers.BatchNormalization()], name="inner")
    x = inputs = keras.Input((4,), name="between")
    chain = keras.Model(inputs, layers.Dense(3, name="deep")(x), name="chain_within")
    return keras.Sequential([keras.Input((3,)), inner, chain, layers.Dense(2, name="top")], name="outer")


def branching():
    inputs = keras.Input((4,), name="start")
    trunk = layers.Dense(4, name="trunk")(inputs)
    side = layers.Dense(4, name="side")(trunk)
    return keras.Model(inputs, layers.Add(name="sum")([trunk, side]), name="branching")


def two_inputs():
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    return keras.Model([one, two], layers.Concatenate(name="joined")([one, two]), name="two_inputs")


def used_twice():
    inputs = keras.Input((4,), name="start")
    again = layers.Dense(4, name="again")
    return keras.Model(inputs, again(again(inputs)), name="used_twice")


def recurrent():
    return keras.Sequential(
        [
            layers.Embedding(10, 4, input_length=5, name="words") if not new else layers.Embedding(10, 4, name="words"),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="lstm"), name="both"),
            layers.TimeDistributed(layers.Dense(4, name="each"), name="timewise"),
            layers.SeparableConv1D(3, 2, name="separable"),
            layers.LayerNormalization(name="layer_norm"),
            layers.GRU(2, name="gru"),
        ],
        name="recurrent",
    )


SHAPES = {"every_layer": (None, 8, 8, 2), "recurrent": (None, 5)}


def my_loss(y_true, y_pred):
    return losses.mean_squared_error(y_true, y_pred)


COMPILED = {
    "names": {"optimizer": "adam", "loss": "categorical_crossentropy", "metrics": ["accuracy", "mae"]},
    "short": {"optimizer": "sgd", "loss": "mse", "metrics": ["acc", "MSE"], "weighted_metrics": ["mae"]},
    "objects": {
        "optimizer": "rmsprop",
        "loss": lambda: losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.125),
        "metrics": lambda: [
            metrics.CategoricalAccuracy(name="right"),
            metrics.TopKCategoricalAccuracy(k=2),
            metrics.MeanAbsoluteError(),
        ],
    },
    "binary": {
        "optimizer": "sgd",
        "loss": lambda: losses.BinaryCrossentropy(),
        "metrics": lambda: [metrics.BinaryAccuracy(threshold=0.25), "binary_crossentropy"],
    },
    "huber": {"optimizer": "adam", "loss": lambda: losses.Huber(delta=0.5), "metrics": None},
    "function": {"optimizer": "adam", "loss": lambda: losses.mean_squared_error, "metrics": None},
    "own_function": {"optimizer": "adam", "loss": lambda: my_loss, "metrics": lambda: [my_loss]},
    "by_output": {"optimizer": "adam", "loss": {"out": "mse"}, "metrics": {"out": ["mae"]}},
    "lists": {
        "optimizer": "adam",
        "loss": ["mse"],
        "metrics": ["mae", "mse"],
        **({} if new else {"loss_weights": [1.0]}),
    },
}
if not new:
    COMPILED["lists"]["loss_weights"] = [1.0]


def text(value):
    return json.loads(value.decode() if isinstance(value, bytes) else value)


def both_forms(model):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model.save(folder / "m.keras")
        with zipfile.ZipFile(folder / "m.keras") as archive:
            config = json.loads(archive.read("config.json"))
        model.save(folder / "m.h5")
        with h5py.File(folder / "m.h5") as file:
            training = text(file.attrs["training_config"]) if "training_config" in file.attrs else None
            return (config, text(file.attrs["model_config"])), (config.get("compile_config"), training)


result = {"models": {}, "compiled": {}}
for make in (every_layer, functional, nested, branching, two_inputs, used_twice, recurrent):
    model = make()
    if make.__name__ in SHAPES:
        model.build(SHAPES[make.__name__])
    result["models"][make.__name__] = both_forms(model)[0]
for name, arguments in COMPILED.items():
    x = inputs = keras.Input((3,), name="in")
    model = keras.Model(inputs, layers.Dense(3, name="out")(x))
    model.compile(**{key: value() if callable(value) else value for key, value in arguments.items()})
    model.train_on_batch(np.eye(3), np.eye(3))
    result["compiled"][name] = both_forms(model)[1]
    print(name, json.dumps(result["compiled"][name])[:300])
path = pathlib.Path(__file__).with_name(f"configs_{keras.__version__}.json")
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
