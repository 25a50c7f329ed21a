"""Checks with real Keras 3 that models go both ways, whole and in training: run it where Keras can be imported.

    KERAS_BACKEND=jax PYTHONPATH=. python tests/interop/round_trips.py [WORD ...]

For every layer, optimizer, schedule, activation, initializer, regularizer, constraint, loss and metric of kerasnp, one
library trains three steps and saves; the other one loads, predicts the same, evaluates the same, and after one more
step on the same batch has the same weights. Then with the parts exchanged. A kind without a case here is an error; what
the installed Keras does not have yet is told and left out. With words, only the cases run that have one in their name.

Of an ``.h5`` that kerasnp wrote, Keras is only asked to predict: Keras 3 itself loses the state of the training in that
format. So is an older Keras of what it stores in another order (:func:`other_order`). The test suite needs no Keras and
does not run this.
"""

import dataclasses
import logging
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

import kerasnp
from kerasnp import registry

ALL = (".keras", ".weights.h5", ".h5")
WHOLE = (".keras", ".h5")
VERSION = tuple(map(int, keras.__version__.split(".")[:2]))


@dataclasses.dataclass
class Case:
    """One model.

    Attributes:
        name: what is checked.
        layers: called with a library, returns the layers.
        shape: of a row of the input.
        optimizer, loss, metrics: called with a library, return what ``compile`` takes.
        targets: "numbers", "classes" or "binary classes" (one-hot), or "labels".
        formats: endings of files.
        random: whether training draws random numbers, so that no two steps are equal.
        inputs: "numbers", "categories" (integers from 0 to 5) or "texts".
        words: whether the input is made of integers from 0 to 8.
    """

    name: str
    layers: Callable = lambda library: [library.layers.Dense(3)]
    shape: tuple = (6,)
    optimizer: Callable = lambda library: library.optimizers.SGD(0.05)
    loss: Callable = lambda library: "mse"
    metrics: Callable = lambda library: None
    targets: str = "numbers"
    formats: tuple = ALL
    random: bool = False
    inputs: str = "numbers"
    words: bool = False


# -- the cases -------------------------------------------------------------------------------------


@keras.saving.register_keras_serializable("cases")
@kerasnp.saving.register_keras_serializable("cases")
def scaled(x, factor):
    """What a ``Lambda`` computes."""
    return factor * x


SEQUENCE, IMAGE, VOLUME = (7, 3), (8, 8, 3), (3, 4, 5, 2)


def _layers() -> dict[str, list[Case]]:
    """Returns cases by the class of the layer that they check."""
    cases: dict[str, list[Case]] = {}

    def around(kind, make):
        layers = lambda library: [library.layers.Dense(5), make(library), library.layers.Dense(3)]  # noqa: E731
        cases.setdefault(kind, []).append(Case(f"{kind} {len(cases.get(kind, ()))}", layers, SEQUENCE))

    def case(
        kind,
        *settings,
        shape=(6,),
        before=True,
        behind=True,
        random=False,
        formats=ALL,
        inputs="numbers",
        recurrent=False,
    ):
        for options in settings or ({},):

            def layers(library, options=options):
                image = len(shape) == 3
                first = library.layers.Conv2D(4, 3) if image else library.layers.Dense(5)
                layer = getattr(library.layers, kind)(**options)
                above = [*([library.layers.LSTM(4)] if recurrent else []), library.layers.Dense(3)]
                return [*([first] if before else []), layer, *(above if behind else [])]

            title = " ".join([kind, *(f"{key}={value}" for key, value in options.items())])
            cases.setdefault(kind, []).append(Case(title, layers, shape, random=random, formats=formats, inputs=inputs))

    case("Dense", {"units": 4}, {"units": 4, "use_bias": False, "activation": "tanh"}, {"units": 4, "trainable": False})
    case("Conv2D", {"filters": 4, "kernel_size": 3}, shape=IMAGE)
    case("Conv2D", {"filters": 4, "kernel_size": [1, 3], "strides": [1, 2], "padding": "same"}, shape=IMAGE)
    case("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 2, "use_bias": False}, shape=IMAGE)
    case("Conv2D", {"filters": 4, "kernel_size": 2, "dilation_rate": 2, "activation": "relu"}, shape=IMAGE)
    case("Conv1D", {"filters": 4, "kernel_size": 3}, {"filters": 4, "kernel_size": 2, "strides": 2}, shape=SEQUENCE)
    case("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, shape=SEQUENCE)
    case("Conv3D", {"filters": 4, "kernel_size": 2}, {"filters": 4, "kernel_size": 3, "padding": "same"}, shape=VOLUME)
    case("Conv3D", {"filters": 4, "kernel_size": [1, 2, 2], "strides": [1, 2, 1], "use_bias": False}, shape=VOLUME)
    for dimensions, shape in ((1, SEQUENCE), (2, IMAGE)):
        kind, two = f"Conv{dimensions}DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2}
        case(
            kind, {"filters": 4, "kernel_size": 3}, {**two, "padding": "same"}, {**two, "use_bias": False}, shape=shape
        )
        case(kind, {**two, "output_padding": 1}, {"filters": 4, "kernel_size": 2, "dilation_rate": 2}, shape=shape)
        kind, three = f"DepthwiseConv{dimensions}D", {"kernel_size": 3}
        case(kind, three, {**three, "strides": 2, "padding": "same"}, {**three, "depth_multiplier": 2}, shape=shape)
        case(kind, {"kernel_size": 2, "dilation_rate": 2, "use_bias": False, "activation": "relu"}, shape=shape)
        kind, three = f"SeparableConv{dimensions}D", {"filters": 4, "kernel_size": 3}
        case(kind, three, {**three, "strides": 2, "padding": "same"}, {**three, "depth_multiplier": 2}, shape=shape)
        case(kind, {"filters": 4, "kernel_size": 2, "dilation_rate": 2, "use_bias": False}, shape=shape)
    case("Lambda", {"function": scaled, "arguments": {"factor": 3.0}}, before=False)
    case("Lambda", {"function": scaled, "arguments": {"factor": 3.0}, "output_shape": (6,)}, before=False)
    case("BatchNormalization", {}, {"scale": False}, {"center": False, "momentum": 0.8, "epsilon": 0.01}, shape=IMAGE)
    case("BatchNormalization", {"axis": 1}, {"axis": 2, "center": False}, shape=IMAGE)
    case("BatchNormalization", {"trainable": False}, {"axis": 1})
    case("LayerNormalization", {}, {"scale": False, "epsilon": 0.01}, {"axis": 1, "center": False}, shape=IMAGE)
    case("GroupNormalization", {"groups": 2}, {"groups": -1, "scale": False}, {"groups": 3, "axis": 1}, shape=IMAGE)
    case("RMSNormalization", {}, {"epsilon": 0.01}, shape=IMAGE)
    case("UnitNormalization", {}, {"axis": 2}, shape=IMAGE)
    case("RMSNormalization", {"axis": [2, 3]}, shape=IMAGE)  # Keras has it for the last axes only
    case("Normalization", {"axis": None}, {"axis": [1, 3]}, shape=IMAGE)
    for kind in ("LayerNormalization", "UnitNormalization"):
        case(kind, {"axis": [1, 3]}, shape=IMAGE)
    for kind in ("MaxPooling2D", "AveragePooling2D"):
        case(kind, {"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}, shape=IMAGE)
    for kind in ("GlobalMaxPooling2D", "GlobalAveragePooling2D"):
        case(kind, {}, {"keepdims": True}, shape=IMAGE)
    for kind in ("MaxPooling1D", "AveragePooling1D"):
        case(kind, {"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}, shape=SEQUENCE)
    for kind in ("GlobalMaxPooling1D", "GlobalAveragePooling1D"):
        case(kind, {}, {"keepdims": True}, shape=SEQUENCE)
    for kind in ("MaxPooling3D", "AveragePooling3D"):
        case(kind, {"pool_size": 2}, {"pool_size": [2, 3, 2], "strides": [1, 2, 1], "padding": "same"}, shape=VOLUME)
    for kind in ("GlobalMaxPooling3D", "GlobalAveragePooling3D"):
        case(kind, {}, {"keepdims": True}, shape=VOLUME)
    case("Flatten", shape=IMAGE)
    case("Reshape", {"target_shape": [5, 1]}, {"target_shape": [-1]})
    case("Dropout", {"rate": 0.3}, {"rate": 0.3, "seed": 5}, random=True)
    case("AlphaDropout", {"rate": 0.3}, {"rate": 0.3, "seed": 5}, random=True)
    case("GaussianDropout", {"rate": 0.3}, {"rate": 0.3, "seed": 5}, random=True)
    case("GaussianNoise", {"stddev": 0.3}, {"stddev": 0.3, "seed": 5}, random=True)
    for kind, shape in (("SpatialDropout1D", SEQUENCE), ("SpatialDropout2D", IMAGE), ("SpatialDropout3D", VOLUME)):
        case(kind, {"rate": 0.3}, {"rate": 0.3, "seed": 5}, shape=shape, random=True)
    case("ActivityRegularization", {}, {"l1": 0.01, "l2": 0.02})
    case("Activation", {"activation": "relu"})
    case("ReLU", {}, {"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.2})
    case("LeakyReLU", {}, {"negative_slope": 0.1})
    case("ELU", {"alpha": 0.7})
    case("PReLU", {}, shape=IMAGE)
    case("PReLU", {"shared_axes": [1, 2]}, shape=IMAGE)
    case("Softmax", {}, {"axis": 1})
    case("Softmax", {"axis": 1}, {"axis": [1, 2]}, shape=IMAGE)
    case("Identity")
    case("Permute", {"dims": [3, 1, 2]}, shape=IMAGE)
    case("RepeatVector", {"n": 3})
    case("Rescaling", {"scale": 0.5, "offset": 1}, {"scale": [1, 2, 3, 4, 5], "offset": [0.5, 0, 0, 0, 1]})
    case("Normalization", {}, {"mean": [1.0] * 5, "variance": [2.0] * 5}, {"mean": 1, "variance": 2})
    for kind, argument in (("ZeroPadding", "padding"), ("Cropping", "cropping")):
        case(f"{kind}1D", {}, {argument: [0, 2]}, shape=SEQUENCE)
        case(f"{kind}2D", {}, {argument: [1, 2]}, {argument: [[0, 1], [2, 0]]}, shape=IMAGE)
        case(f"{kind}3D", {argument: [1, 0, [0, 1]]}, shape=VOLUME)
    case("UpSampling1D", {"size": 3}, shape=SEQUENCE)
    case("UpSampling2D", {}, {"size": [2, 3], "interpolation": "bilinear"}, shape=IMAGE)
    case("UpSampling3D", {"size": [1, 2, 3]}, shape=VOLUME)
    _preparing(case)
    cases["Pipeline"] = [Case("Pipeline", _pipeline, IMAGE, random=True, formats=ALL[:1])]
    for kind in ("SimpleRNN", "LSTM", "GRU"):
        case(kind, {"units": 4}, {"units": 4, "return_sequences": True, "use_bias": False}, shape=SEQUENCE)
        case(kind, {"units": 4, "go_backwards": True, "activation": "relu", "unroll": True}, shape=SEQUENCE)
        case(kind, {"units": 4, "dropout": 0.2, "recurrent_dropout": 0.3}, shape=SEQUENCE, random=True)
    case("LSTM", {"units": 4, "recurrent_activation": "hard_sigmoid", "unit_forget_bias": False}, shape=SEQUENCE)
    case("GRU", {"units": 4, "reset_after": False}, shape=SEQUENCE)
    for kind in ("SimpleRNNCell", "LSTMCell", "GRUCell"):
        around(kind, lambda library, kind=kind: library.layers.RNN(getattr(library.layers, kind)(4)))
    around("RNN", lambda library: library.layers.RNN(library.layers.GRUCell(4), go_backwards=True))
    around(
        "StackedRNNCells", lambda library: library.layers.RNN([library.layers.LSTMCell(4), library.layers.GRUCell(3)])
    )
    for mode in ("concat", "sum", "mul", "ave"):
        around("Bidirectional", lambda library, mode=mode: library.layers.Bidirectional(library.layers.LSTM(4), mode))
    around(
        "Bidirectional",
        lambda library: library.layers.Bidirectional(
            library.layers.GRU(4, return_sequences=True),
            backward_layer=library.layers.SimpleRNN(4, return_sequences=True, go_backwards=True),
        ),
    )
    around(
        "TimeDistributed", lambda library: library.layers.TimeDistributed(library.layers.Dense(4, activation="tanh"))
    )
    around("TimeDistributed", lambda library: library.layers.TimeDistributed(library.layers.BatchNormalization()))
    around(
        "TimeDistributed",
        lambda library: library.layers.TimeDistributed(
            library.Sequential([library.layers.Dense(4, activation="tanh"), library.layers.Dense(3)])
        ),
    )
    words = {"input_dim": 9, "output_dim": 4}
    for options in (words, words | {"mask_zero": True}):
        cases.setdefault("Embedding", []).append(
            Case(f"Embedding {options}", lambda library, options=options: _reader(library, options), (7,), words=True)
        )
    case("EinsumDense", {"equation": "abc,cd->abd", "output_shape": [7, 4], "bias_axes": "d"}, shape=SEQUENCE)
    case("Masking", {}, {"mask_value": 0.5}, shape=SEQUENCE, before=False, recurrent=True)
    cases["Sequential"] = [Case("Sequential in Sequential", _nested, IMAGE), Case("Sequential in float64", _double)]
    return cases


def _preparing(case) -> None:
    """Makes the cases of layers that prepare data, by a function that makes one."""
    case("Resizing", {"height": 4, "width": 9}, {"height": 9, "width": 3, "interpolation": "nearest"}, shape=IMAGE)
    case("CenterCrop", {"height": 3, "width": 4}, shape=IMAGE)
    case("RandomCrop", {"height": 6, "width": 6, "seed": 1}, shape=IMAGE, random=True)
    case("RandomFlip", {}, {"mode": "vertical", "seed": 5}, shape=IMAGE, random=True)
    for kind in ("RandomRotation", "RandomBrightness", "RandomContrast"):
        case(kind, {"factor": 0.2}, {"factor": [0.1, 0.2], "seed": 5}, shape=IMAGE, random=True)
    case("RandomZoom", {"height_factor": 0.2, "width_factor": [-0.1, 0.3]}, shape=IMAGE, random=True)
    case("RandomTranslation", {"height_factor": 0.2, "width_factor": [-0.1, 0.3]}, shape=IMAGE, random=True)
    front = {"before": False, "formats": ALL[:1]}
    case("Discretization", {"bin_boundaries": [-1.0, 0.0, 1.5], "output_mode": "multi_hot"}, **front)
    case("CategoryEncoding", {"num_tokens": 6}, {"num_tokens": 6, "output_mode": "count"}, inputs="categories", **front)
    integers = {"vocabulary": [4, 2, 1], "output_mode": "multi_hot"}
    case("IntegerLookup", integers, inputs="categories", **front)
    case("Hashing", {"num_bins": 4, "output_mode": "multi_hot"}, inputs="texts", shape=(1,), **front)
    words = {"vocabulary": ["red", "green", "blue"], "output_mode": "multi_hot"}
    case("StringLookup", words, {**words, "num_oov_indices": 2}, inputs="texts", shape=(1,), **front)
    case("TextVectorization", words, {**words, "ngrams": 2}, inputs="texts", shape=(1,), **front)


def _pipeline(library):
    layers = library.layers
    changes = [layers.Rescaling(0.5), layers.RandomFlip(), layers.Resizing(4, 4)]
    return [layers.Pipeline(changes), layers.Flatten(), layers.Dense(3)]


def _reader(library, options):
    return [library.layers.Embedding(**options), library.layers.LSTM(4), library.layers.Dense(3)]


def _nested(library):
    layers = library.layers
    inner = [layers.Conv2D(2, 1, trainable=False), layers.BatchNormalization(), layers.Dense(3)]
    return [layers.Conv2D(4, 3), library.Sequential(inner), layers.Flatten(), layers.Dense(2)]


def _double(library):
    return [library.layers.Dense(4, dtype="float64", activation="tanh"), library.layers.Dense(3, dtype="float64")]


def _mlp(library):
    return [library.layers.Dense(5, activation="tanh"), library.layers.Dense(6, activation="softmax")]


def _binary(library):
    """After a softmax, Keras on TensorFlow takes its inputs for those of a sigmoid."""
    return [library.layers.Dense(5, activation="tanh"), library.layers.Dense(3, activation="sigmoid")]


OPTIMIZERS = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}],
    "Adam": [{}, {"amsgrad": True}, {"use_ema": True, "ema_momentum": 0.9}, {"gradient_accumulation_steps": 2}],
    "AdamW": [{}, {"clipnorm": 0.1}, {"global_clipnorm": 0.1}, {"clipvalue": 0.01}],
    "RMSprop": [{}, {"momentum": 0.5}, {"centered": True, "momentum": 0.5}],
    "Adagrad": [{}],
    "Adadelta": [{"learning_rate": 1.0}],
    "Nadam": [{}, {"use_ema": True, "ema_momentum": 0.9}],
    "Adamax": [{}],
    "Ftrl": [{}, {"l1_regularization_strength": 0.01, "l2_shrinkage_regularization_strength": 0.01, "beta": 0.1}],
    "Lion": [{"weight_decay": 0.01}],
    "Lamb": [{}],
    "ScheduleFreeAdamW": [{"warmup_steps": 5}],
    "Adafactor": [{}],
    "Muon": [{}, {"exclude_layers": ["dense$"]}],
}
SCHEDULES = {
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "warmup_target": 0.2, "warmup_steps": 2},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 3},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5},
    "PiecewiseConstantDecay": {"boundaries": [2, 4], "values": [0.1, 0.05, 0.01]},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "power": 2.0},
}
REGULARIZERS = {
    "L1": {"l1": 0.01},
    "L2": {"l2": 0.01},
    "L1L2": {"l1": 0.01, "l2": 0.02},
    "OrthogonalRegularizer": {"factor": 0.02},
}
CONSTRAINTS = {
    "MaxNorm": {"max_value": 0.5},
    "MinMaxNorm": {"min_value": 0.2, "max_value": 0.5, "rate": 0.5},
    "NonNeg": {},
    "UnitNorm": {"axis": 0},
}
OVERLAPS = {"num_classes": 6, "sparse_y_pred": False}
METRICS = {
    "classes": [
        ("AUC", {}),
        ("AUC", {"curve": "PR", "multi_label": True, "num_labels": 6}),
        ("AUC", {"thresholds": [0.2, 0.4]}),
        ("AUC", {"num_thresholds": 20, "summation_method": "minoring", "from_logits": True}),
        ("Precision", {"thresholds": 0.3}),
        ("Recall", {"top_k": 2, "class_id": 1}),
        ("TruePositives", {"thresholds": 0.35}),
        ("TrueNegatives", {}),
        ("FalsePositives", {}),
        ("FalseNegatives", {}),
        ("F1Score", {"average": "macro"}),
        ("FBetaScore", {"average": "micro", "beta": 2.0, "threshold": 0.3}),
        ("R2Score", {}),
        ("BinaryIoU", {"threshold": 0.3}),
        ("OneHotIoU", {"num_classes": 6, "target_class_ids": [0, 2]}),
        ("OneHotMeanIoU", {"num_classes": 6}),
        "BinaryAccuracy",
        "CategoricalAccuracy",
        "CategoricalCrossentropy",
        "CategoricalHinge",
        "CosineSimilarity",
        "Hinge",
        "KLDivergence",
        "LogCoshError",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredError",
        "MeanSquaredLogarithmicError",
        "Poisson",
        "RootMeanSquaredError",
        "SquaredHinge",
        "TopKCategoricalAccuracy",
        "Accuracy",
    ],
    "binary classes": ["BinaryCrossentropy"],
    "classes at operating points": [
        ("PrecisionAtRecall", {"recall": 0.4}),
        ("RecallAtPrecision", {"precision": 0.4, "num_thresholds": 30}),
        ("SensitivityAtSpecificity", {"specificity": 0.4, "class_id": 2}),
        ("SpecificityAtSensitivity", {"sensitivity": 0.4}),
    ],
    "labels": [
        "SparseCategoricalAccuracy",
        "SparseCategoricalCrossentropy",
        "SparseTopKCategoricalAccuracy",
        ("IoU", {"target_class_ids": [0, 2], **OVERLAPS}),
        ("MeanIoU", {"ignore_class": 1, **OVERLAPS}),
    ],
}
# Kinds that are not used as such, or not in a Sequential, or that Keras does not have.
BASES = {
    "Layer",
    "Wrapper",
    "InputLayer",
    "HashedCrossing",
    "LBFGS",
    "Loss",
    "LossFunctionWrapper",
    "Metric",
    "Mean",
    "Sum",
    "MeanMetricWrapper",
}
# Files of Keras 2 need the first; Keras's own threshold cannot be called by its name, for two arguments are missing; of
# the output of glu it has the shape wrong; its sparsemax is not the paper's.
OURS_ALONE = {"hard_sigmoid_keras2", "threshold", "glu", "sparsemax"}


def cases() -> list[Case]:
    """Returns all cases; fails if a registered kind has none."""
    found = [case for kind in _layers().values() for case in kind]
    for kind, settings in OPTIMIZERS.items():
        for options in settings:
            title = " ".join([kind, *(f"{key}={value}" for key, value in options.items())])
            make = lambda library, kind=kind, options=options: getattr(library.optimizers, kind)(**options)  # noqa: E731
            found.append(Case(title, _mlp, optimizer=make))
    for kind, options in SCHEDULES.items():
        make = lambda library, kind=kind, options=options: library.optimizers.SGD(  # noqa: E731
            getattr(library.optimizers.schedules, kind)(**options), momentum=0.9
        )
        found.append(Case(kind, _mlp, optimizer=make))
    for name in sorted(set(_registered("keras.activations")) - OURS_ALONE):
        layers = lambda library, name=name: [library.layers.Dense(4, activation=name), library.layers.Dense(3)]  # noqa: E731
        found.append(Case(f"activation {name}", layers, formats=WHOLE))
    for kind in _registered("keras.initializers"):
        found.append(Case(f"initializer {kind}", _with("kernel_initializer", "initializers", kind, {}), formats=WHOLE))
    for kind, options in REGULARIZERS.items():
        found.append(
            Case(f"regularizer {kind}", _with("kernel_regularizer", "regularizers", kind, options), formats=WHOLE)
        )
    for kind, options in CONSTRAINTS.items():
        found.append(
            Case(f"constraint {kind}", _with("kernel_constraint", "constraints", kind, options), formats=WHOLE)
        )
    for name in sorted(set(_registered("keras.losses")) - BASES):
        loss = lambda library, name=name: name if name.islower() else getattr(library.losses, name)()  # noqa: E731
        targets = "labels" if name.lower().startswith("sparse") else "classes"
        layers = _binary if name.lower().startswith("binary") else _mlp
        found.append(Case(f"loss {name}", layers, loss=loss, targets=targets, formats=WHOLE))
    for group, kinds in METRICS.items():
        targets = group.removesuffix(" at operating points")
        metrics = lambda library, kinds=kinds: [  # noqa: E731
            getattr(library.metrics, kind)(**options) for kind, options in map(_with_options, kinds)
        ]
        name, layers = {
            "classes": ("categorical_crossentropy", _mlp),
            "binary classes": ("binary_crossentropy", _binary),
            "labels": ("sparse_categorical_crossentropy", _mlp),
        }[targets]
        loss = lambda library, name=name: name  # noqa: E731
        found.append(Case(f"metrics of {group}", layers, loss=loss, metrics=metrics, targets=targets, formats=WHOLE))
    found.append(Case("metrics by name", _mlp, metrics=lambda _: ["mae", "accuracy"], targets="classes", formats=WHOLE))
    _require("keras.layers", _layers())
    _require("keras.optimizers", OPTIMIZERS)
    _require("keras.optimizers.schedules", SCHEDULES)
    _require("keras.regularizers", REGULARIZERS)
    _require("keras.constraints", CONSTRAINTS)
    _require("keras.metrics", [_with_options(kind)[0] for kinds in METRICS.values() for kind in kinds])
    return found


def _with(argument: str, module: str, kind: str, options: dict):
    return lambda library: [library.layers.Dense(6, **{argument: getattr(getattr(library, module), kind)(**options)})]


def _with_options(kind) -> tuple[str, dict]:
    return (kind, {}) if isinstance(kind, str) else kind


def _registered(module: str) -> list[str]:
    return sorted(registry.find_namespace(module).entries)


def _require(module: str, covered) -> None:
    missing = set(_registered(module)) - set(covered) - BASES
    if missing:
        raise SystemExit(f"{module}: no case for {', '.join(sorted(missing))}. Add one to {Path(__file__).name}.")


# -- the checks ------------------------------------------------------------------------------------


def make(library, case: Case):
    """Returns the compiled model of a case."""
    dtype = {"texts": "string", "categories": "int64"}.get(case.inputs)
    model = library.Sequential([library.layers.Input(case.shape, dtype=dtype), *case.layers(library)])
    model.compile(case.optimizer(library), case.loss(library), metrics=case.metrics(library))
    model.run_eagerly = True  # compiling takes Keras longer than all these steps
    return model


def data(case: Case, outputs: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Returns four batches of inputs and targets."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(4, 8, *case.shape)).astype("float32")
    if case.inputs == "categories":
        x = generator.integers(0, 6, x.shape)
    if case.inputs == "texts":
        x = np.array(["red", "green", "Red blue", "other"], object)[generator.integers(0, 4, x.shape)]
    x = generator.integers(9, size=x.shape) if case.words else x
    y = generator.uniform(0.1, 0.9, size=(4, 8, *outputs)).astype("float32")
    if case.targets != "numbers":
        y = y.argmax(-1)
        y = y if case.targets == "labels" else np.eye(outputs[-1], dtype="float32")[y]
    return x, y


def given(library, x: np.ndarray):
    """Returns a batch as a library takes it: Keras takes texts as tensors alone."""
    if library is keras and x.dtype == object:
        import tensorflow as tf

        return tf.constant(x)
    return x


def check(case: Case, writer, reader, folder: str) -> dict[str, str]:
    """Has one library train and save and the other load; returns what is wrong, by format, empty if nothing is."""
    writer.utils.set_random_seed(1)
    source = make(writer, case)
    outputs = source.output_shape[1:]
    # Keras's TextVectorization says (batch, 1, words) of what it makes (batch, words).
    x, y = data(case, outputs[-1:] if case.inputs == "texts" else outputs)
    x, original = [given(writer, batch) for batch in x], x
    for step in range(3):
        source.train_on_batch(x[step], y[step])
    steps = int(np.asarray(source.optimizer.variables[0]))
    paths = {ending: Path(folder, f"model{ending}") for ending in case.formats}
    for ending, path in list(paths.items()):
        try:
            (source.save_weights if ending == ".weights.h5" else source.save)(path)
        except Exception as error:
            if writer is not keras:
                raise
            print(f"absent   {case.name}: Keras cannot write its own {ending}: {error}")
            del paths[ending]
    expected = source.predict(x[3], verbose=0)
    source.reset_metrics()  # older versions of Keras go on with those of the steps before
    results = source.test_on_batch(x[3], y[3], return_dict=True)
    source.train_on_batch(x[3], y[3])
    found = {}
    for ending, path in paths.items():
        try:
            found[ending] = compare(
                case, reader, path, original[3], y[3], steps, expected, results, source.get_weights()
            )
        except Exception:
            found[ending] = traceback.format_exc(limit=-3)
    return found


def compare(case, reader, path, x, y, steps, expected, results, stepped) -> str:
    """Loads a file and tells what is not as it was in the model that was saved."""
    x = given(reader, x)
    bare = path.name.endswith(".weights.h5")
    predicts_only = reader is keras and (other_order(case) or (path.suffix == ".h5" and not bare))
    if bare:
        target = make(reader, case)
        if reader is keras and not predicts_only:  # it loads the state of an optimizer only if that is built
            target.optimizer.build(target.trainable_variables)
        target.load_weights(path)
    else:
        target = reader.models.load_model(path, **({"compile": False} if predicts_only else {}))
        target.run_eagerly = True
    if not close(target.predict(x, verbose=0), expected):
        return f"outputs differ by {difference([target.predict(x, verbose=0)], [expected]):.1e}"
    if predicts_only:
        return ""
    reached = int(np.asarray(target.optimizer.variables[0]))  # what `iterations` says has changed between versions
    if reached != steps:
        return f"the optimizer is at step {reached}, not {steps}"
    if computes_otherwise(case):
        return ""
    evaluated = target.test_on_batch(x, y, return_dict=True)
    if evaluated.keys() != results.keys() or not all(close(evaluated[name], results[name]) for name in results):
        return f"evaluates as {evaluated}, not {results}"
    target.train_on_batch(x, y)
    if not case.random and not all(map(close, target.get_weights(), stepped)):
        return f"weights after one more step differ by {difference(target.get_weights(), stepped):.1e}"
    return ""


def close(first, second) -> bool:
    return np.allclose(first, second, rtol=1e-4, atol=2e-6)


def difference(first, second) -> float:
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in zip(first, second, strict=True))


def other_order(case: Case) -> bool:
    """Tells whether the installed Keras has the state of a case's optimizer in another order than today's.

    It refuses such a file unless it is told not to compile, or the optimizer is not built.
    """
    return case.name.startswith("Nadam") and VERSION < (3, 10)


def computes_otherwise(case: Case) -> str | None:
    """Tells why a loss or a step of the installed Keras is another one; then it is only asked to load and predict."""
    if "gradient_accumulation" in case.name and VERSION < (3, 6):
        return "it counts batches as steps of the optimizer, and computes another bias correction"
    if case.name.startswith("ActivityRegularization l1") and VERSION < (3, 14):
        return "it does not divide the penalty by the number of samples"
    if case.name.startswith("ScheduleFreeAdamW") and keras.backend.backend() == "tensorflow":
        return "on TensorFlow, it takes the momentum after the step for that before it"
    return None


def absent(case: Case) -> str | None:
    """Tells what the installed Keras lacks for a case."""
    if case.name == "metrics of classes at operating points" and VERSION < (3, 12) and keras.backend.backend() == "jax":
        return "JAX cannot compile them"
    transposed = keras.layers.Conv1DTranspose(1, 1)
    if "output_padding" in case.name and "output_padding" not in transposed.get_config():
        return "it leaves output_padding out of its files"
    if case.name.startswith("Discretization"):
        counts = keras.layers.Discretization([0.0, 1.0], output_mode="multi_hot")
        if counts(keras.Input((6,))).shape[-1] != 3:
            return "it says another shape than its output has"
    looks_up = case.inputs == "texts" or case.name.startswith("IntegerLookup")
    if looks_up and keras.backend.backend() != "tensorflow":
        return "a model of it looks words up on TensorFlow alone"
    try:
        make(keras, case)
    except (AttributeError, ValueError, TypeError) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return None


def unreadable(case: Case) -> str | None:
    """Tells why the installed Keras opens no file with a case's layers, not even its own."""
    if case.name == "Pipeline" and "from_config" not in vars(keras.layers.Pipeline):
        return "it does not make the layers of a Pipeline from its file"
    return None


def main() -> int:
    warnings.simplefilter("ignore")
    logging.disable()  # that `.h5` is an older format
    total, problems = 0, 0
    words = sys.argv[1:] or [""]
    for case in (case for case in cases() if any(word in case.name for word in words)):
        lacks = absent(case)
        if lacks:
            print(f"absent   {case.name:60} {lacks[:80]}", flush=True)
            continue
        other = computes_otherwise(case)
        if other:
            print(f"loads    {case.name:60} {other}", flush=True)
        for writer, reader in ((kerasnp, keras), (keras, kerasnp)):
            way = f"{writer.__name__} -> {reader.__name__}"
            lacks = unreadable(case) if reader is keras else None
            if lacks:
                print(f"absent   {case.name:60} {way}: {lacks}", flush=True)
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    found = check(case, writer, reader, folder)
                except Exception:
                    found = {"": traceback.format_exc(limit=-3)}
            wrong = {ending: problem for ending, problem in found.items() if problem}
            total += len(found)
            problems += len(wrong)
            print(f"{'WRONG' if wrong else 'equal':8} {case.name:60} {way}", flush=True)
            for ending, problem in wrong.items():
                print(f"         {ending}: {problem}")
    print(
        f"Keras {keras.__version__} on {keras.backend.backend()}: {total - problems} of {total} round trips are equal"
    )
    return int(problems > 0)


if __name__ == "__main__":
    sys.exit(main())
