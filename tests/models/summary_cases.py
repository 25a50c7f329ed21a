"""Models and arguments whose summaries are compared with real Keras; ``keras`` is either library."""

import numpy as np

COLUMNS = 120  # of the terminal; Keras cuts what is wider


def convnet(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.BatchNormalization(name="norm"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.5, name="dropout"),
            layers.Dense(1000, name="wide"),
            layers.Dense(10, activation="softmax", name="classes"),
        ],
        name="convnet",
    )


def frozen(keras):
    model = convnet(keras)
    model.get_layer("conv").trainable = False
    model.get_layer("wide").trainable = False
    return model


def compiled(keras):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense")], name="compiled")
    model.compile("adam", "mse")
    return model


def trained(keras):
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(30, name="dense")], name="trained")
    model.compile("adam", "mse")
    model.train_on_batch(np.zeros((1, 40)), np.zeros((1, 30)))
    return model


def unbuilt(keras):
    layers = keras.layers
    return keras.Sequential([layers.Flatten(name="flatten"), layers.Dense(3, name="dense")], name="unbuilt")


def empty(keras):
    return keras.Sequential(name="empty")


def nested(keras):
    layers = keras.layers
    inner = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(6, name="first_of_the_inner_model"),
            layers.Dense(7, name="second"),
        ],
        name="inner",
    )
    middle = keras.Sequential([keras.Input((5,)), inner, layers.Dense(2, name="third")], name="middle")
    return keras.Sequential([keras.Input((5,)), middle, layers.Dense(1, name="last")], name="nested")


def long_names(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.AveragePooling2D(2, name="a_name_that_wraps_before_class"),
            layers.GlobalAveragePooling2D(name="a_name_without_any_space_that_is_wider_than_its_column"),
            layers.Dense(123456, use_bias=False, name="many"),
        ],
        name="long_names_go_on_for_quite_a_while_here",
    )


def functional(keras):
    layers = keras.layers
    inputs = keras.Input((None,), dtype="int32", name="words")
    x = layers.Embedding(100, 8, name="embedding")(inputs)
    x = layers.Bidirectional(layers.LSTM(4), name="both_ways")(x)
    return keras.Model(inputs, layers.Dense(1, name="dense")(x), name="functional")


CASES = {
    "convnet": (convnet, {}),
    "convnet_on_80_columns": (convnet, {"columns": 80}),
    "convnet_60": (convnet, {"line_length": 60}),
    "convnet_47_trainable": (convnet, {"line_length": 47, "show_trainable": True}),
    "convnet_positions": (convnet, {"positions": [0.2, 0.7, 1.0], "line_length": 100}),
    "convnet_short_positions": (convnet, {"positions": [0.3, 0.6, 0.7]}),
    "convnet_range": (convnet, {"layer_range": ["pool", "flat"]}),
    "convnet_range_backwards": (convnet, {"layer_range": ["drop.*", "norm"]}),
    "frozen": (frozen, {"show_trainable": True}),
    "compiled": (compiled, {}),
    "trained": (trained, {}),
    "unbuilt": (unbuilt, {}),
    "empty": (empty, {}),
    "nested": (nested, {}),
    "functional": (functional, {}),
    "nested_expanded": (nested, {"expand_nested": True, "show_trainable": True}),
    "nested_expanded_50": (nested, {"expand_nested": True, "line_length": 50}),
    "long_names": (long_names, {}),
    "long_names_40": (long_names, {"line_length": 40}),
}


def text(keras, case: str, environment) -> str:
    """Returns the summary of a case; ``environment`` is ``os.environ`` or a stand-in."""
    make, arguments = CASES[case]
    arguments = dict(arguments)
    environment["COLUMNS"] = str(arguments.pop("columns", COLUMNS))
    printed = []
    make(keras).summary(print_fn=printed.append, **arguments)
    return "".join(printed)
