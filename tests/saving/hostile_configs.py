"""Configs that name code, files or absurd sizes, each put in every place of a config that may take it."""

import base64
import copy
import json
import marshal
from collections.abc import Callable

from hostile_files import CONFIG, CONFIGS, Draft, Sample

SAMPLES: list[Sample] = []
STORED = ("keras", "h5")  # with weights and the arguments of compile


def sample(name: str, containers=CONFIGS, harmless: bool = False):
    """Enters the decorated function, which spoils a draft, as a sample."""

    def enter(spoil):
        SAMPLES.append(Sample(name, containers, spoil, harmless, of_config=True))
        return spoil

    return enter


# -- names of code, files and addresses ------------------------------------------------------------


def _bytecode(draft: Draft) -> str:
    source = f"lambda x: open({str(draft.outside / 'executed')!r}, 'w').close() or x"
    return base64.b64encode(marshal.dumps(eval(compile(source, "<sample>", "eval")).__code__)).decode()


def _tagged(module, class_name, config, registered_name=None) -> dict:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered_name}


def _lambda(draft: Draft) -> dict:
    return {"class_name": "__lambda__", "config": {"value": _bytecode(draft), "defaults": None, "closure": None}}


# Objects that a config may name; the key is the advisory, or what it shows.
OBJECTS: dict[str, Callable[[Draft], object]] = {
    "CVE-2024-3660 Lambda with bytecode, Keras 3": lambda d: _tagged(
        "keras.layers", "Lambda", {"name": "x", "function": _lambda(d), "arguments": {}}
    ),
    "CVE-2024-3660 Lambda with bytecode, Keras 2": lambda d: {
        "class_name": "Lambda",
        "config": {
            "name": "x",
            "function": [_bytecode(d), None, None],
            "function_type": "lambda",
            "module": "os",
            "output_shape_type": "raw",
            "arguments": {},
        },
    },
    "CVE-2025-9905 Lambda that names a function": lambda d: {
        "class_name": "Lambda",
        "config": {"name": "x", "function": "system", "function_type": "function", "module": "os", "arguments": {}},
    },
    "CVE-2024-3660 bare bytecode": _lambda,
    "CVE-2025-1550 os.system": lambda d: _tagged("os", "system", f"touch {d.outside / 'executed'}"),
    "CVE-2025-1550 function from a module": lambda d: _tagged("builtins", "function", "exec", "exec"),
    "CVE-2025-1550 class from a module": lambda d: _tagged(
        "subprocess", "Popen", {"args": ["touch", str(d.outside / "executed")]}
    ),
    "CVE-2025-1550 registered name": lambda d: _tagged(None, "Dense", {"units": 3}, "os>system"),
    "CVE-2025-8747 gadget of Keras": lambda d: _tagged(
        "keras.utils", "get_file", {"fname": "x", "origin": (d.outside / "secret.bin").as_uri()}
    ),
    "CVE-2025-8747 gadget of our own": lambda d: _tagged(
        "kerasnp.saving", "load_model", {"filepath": str(d.outside / "secret.h5")}
    ),
    "CVE-2025-8747 function of our own": lambda d: _tagged("kerasnp.datasets.mnist", "function", "load_data"),
    "CVE-2025-9906 switch of the loader": lambda d: _tagged("keras.config", "enable_unsafe_deserialization", {}),
    "CVE-2025-9906 argument of the loader": lambda d: _tagged(
        "keras.layers", "Dense", {"units": 3, "safe_mode": False, "custom_objects": {"x": "os.system"}}
    ),
    "CVE-2025-12058 vocabulary in a file": lambda d: _tagged(
        "keras.layers", "StringLookup", {"name": "x", "vocabulary": str(d.outside / "secret.txt")}
    ),
    "CVE-2025-12058 vocabulary at an address": lambda d: _tagged(
        "keras.layers", "TextVectorization", {"name": "x", "vocabulary": "http://127.0.0.1:9/secret.txt"}
    ),
    "CVE-2025-12058 vocabulary by a file URL": lambda d: _tagged(
        "keras.layers", "IntegerLookup", {"name": "x", "vocabulary": (d.outside / "secret.txt").as_uri()}
    ),
    "PR 22035 TFSMLayer": lambda d: _tagged("keras.layers", "TFSMLayer", {"filepath": str(d.outside), "name": "x"}),
    "PR 23048 Torch module": lambda d: _tagged("keras.layers", "TorchModuleWrapper", {"module": _bytecode(d)}),
    "PR 23115 base class": lambda d: _tagged("keras", "Layer", {"name": "x", "function": "os.system"}),
    "type specification": lambda d: {
        "class_name": "__typespec__",
        "spec_name": "TensorSpec",
        "module": "os",
        "config": [],
    },
    "name with dots": lambda d: _tagged("keras", "os.system", {}),
    "name of a method": lambda d: _tagged("keras.layers", "Layer.from_config", {"config": {}}),
    "name of an attribute": lambda d: _tagged("keras.layers", "__class__", {}),
    "number as a name": lambda d: _tagged("keras.layers", 3, {}),
    "list as a name": lambda d: _tagged("keras.layers", ["Dense"], {"units": 3}),
    "list as a registered name": lambda d: _tagged("keras.layers", "Nothing", {"units": 3}, ["os", "system"]),
    "object as a module": lambda d: _tagged({"a": 1}, "Nothing", {}),
    "text as a config": lambda d: _tagged("keras.layers", "Dense", "units"),
    "self as an argument": lambda d: _tagged("keras.layers", "Dense", {"self": 1, "units": 3}),
    "attribute as an argument": lambda d: _tagged("keras.layers", "Dense", {"units": 3, "__class__": "os"}),
    "pickle": lambda d: _tagged("pickle", "loads", {"data": "Y29zCnN5c3RlbQo="}),
}


def _setting(index: int, key: str) -> Callable[[Draft, object], None]:
    return lambda draft, thing: draft.layers[index]["config"].update({key: thing})


# Places where a config takes an object.
PLACES: dict[str, tuple[tuple[str, ...], Callable[[Draft, object], None]]] = {
    "as a layer": (CONFIGS, lambda draft, thing: draft.layers.insert(2, thing)),
    "as the first layer": (CONFIGS, lambda draft, thing: draft.layers.insert(0, thing)),
    "in an inner model": (
        CONFIGS,
        lambda draft, thing: draft.layers.insert(
            2, {**draft.config, "config": {"name": "inner", "layers": [copy.deepcopy(draft.layers[1]), thing]}}
        ),
    ),
    "as the model": (CONFIGS, lambda draft, thing: setattr(draft, "config", thing)),
    "as a kernel_initializer": (CONFIGS, _setting(1, "kernel_initializer")),
    "as a bias_regularizer": (CONFIGS, _setting(1, "bias_regularizer")),
    "as a kernel_constraint": (CONFIGS, _setting(1, "kernel_constraint")),
    "as an activation": (CONFIGS, _setting(1, "activation")),
    "as a number type": (CONFIGS, _setting(1, "dtype")),
    "as a number of units": (CONFIGS, _setting(1, "units")),
    "as a rate": (CONFIGS, _setting(2, "rate")),
    "as a name": (CONFIGS, _setting(1, "name")),
    "as the input's shape": (CONFIGS, _setting(0, "batch_shape")),
    "as an unknown argument": (CONFIGS, _setting(1, "surprise")),
    "as the loss": (STORED, lambda draft, thing: draft.compiled.update(loss=thing)),
    "as a metric": (STORED, lambda draft, thing: draft.compiled.update(metrics=[thing])),
    "as the optimizer": (STORED, lambda draft, thing: draft.compiled.update(optimizer=thing)),
    "as a learning rate": (
        STORED,
        lambda draft, thing: draft.compiled["optimizer"]["config"].update(learning_rate=thing),
    ),
    "as the weights of losses": (STORED, lambda draft, thing: draft.compiled.update(loss_weights=thing)),
}


def _enter_objects() -> None:
    for name, make in OBJECTS.items():
        for place, (containers, put) in PLACES.items():
            SAMPLES.append(
                Sample(f"{name} {place}", containers, lambda d, make=make, put=put: put(d, make(d)), of_config=True)
            )


_enter_objects()


# -- sizes -----------------------------------------------------------------------------------------

_NUMBERS = {
    "a billion": 10**9,
    "2 to the power 62": 2**62,
    "2 to the power 64": 2**64,
    "a hundred digits": 10**100,
    "a negative number": -5,
    "zero": 0,
    "half": 0.5,
    "nan": float("nan"),
    "infinity": float("inf"),
    "a text": "many",
    "a list": [5],
    "nothing": None,
    "an object": {"a": 1},
}


def _enter_sizes() -> None:
    for name, number in _NUMBERS.items():
        # Not as JSON alone: there are no weights that a size could be compared with, and the user asks for new ones.
        for key, spoil in {
            "units": lambda d, n=number: d.layers[1]["config"].update(units=n),
            "inputs": lambda d, n=number: (
                d.layers[0]["config"].update(batch_shape=[None, n]),
                d.config.update(build_config={"input_shape": [None, n]}),
                d.config["config"].update(build_input_shape=[None, n]),
            ),
            "kernel_size": lambda d, n=number: _convolution(d, kernel_size=[n, n]),
            "filters": lambda d, n=number: _convolution(d, filters=n),
            "strides": lambda d, n=number: _convolution(d, strides=[n, n]),
            "target_shape": lambda d, n=number: d.layers.insert(2, _layer("Reshape", target_shape=[n, n])),
            "pool_size": lambda d, n=number: d.layers.insert(2, _layer("MaxPooling2D", pool_size=[n, n])),
        }.items():
            SAMPLES.append(Sample(f"{name} as {key}", STORED, spoil, of_config=True))


def _layer(class_name: str, **settings) -> dict:
    return _tagged("keras.layers", class_name, {"name": f"extra_{class_name.lower()}", **settings})


def _convolution(draft: Draft, **settings) -> None:
    draft.layers[0]["config"]["batch_shape"] = [None, 8, 8, 4]
    draft.layers[1] = _layer("Conv2D", **{"filters": 5, "kernel_size": [1, 1], **settings})
    draft.config.update(build_config={"input_shape": [None, 8, 8, 4]})
    draft.config["config"]["build_input_shape"] = [None, 8, 8, 4]


_enter_sizes()


@sample("a hundred axes", STORED)
def _(draft):
    draft.layers[0]["config"]["batch_shape"] = [None, *[1] * 100]


@sample("weights as large as the product of the axes", STORED)
def _(draft):
    draft.layers[0]["config"]["batch_shape"] = [None, 10**5, 10**5]
    draft.layers[1] = _layer("PReLU")


@sample("a slow initializer for large weights", STORED)
def _(draft):
    draft.layers[1]["config"].update(units=30_000, kernel_initializer="orthogonal")
    draft.layers[0]["config"]["batch_shape"] = [None, 30_000]
    draft.config["config"]["build_input_shape"] = [None, 30_000]


@sample("20,000 layers")
def _(draft):
    draft.layers[2:3] = [_tagged("keras.layers", "Activation", {"activation": "relu"}) for _ in range(20_000)]


@sample("20,000 layers of the same name")
def _(draft):
    draft.layers[2:3] = [_layer("Activation", activation="relu")] * 20_000


@sample("30 models within each other, each with the next one twice")
def _(draft):
    text, inner = json.dumps(draft.layers[1]), draft.layers[1]
    for depth in range(12):
        name = f"depth_{depth}"
        inner = {**draft.config, "config": {"name": name, "layers": [inner, json.loads(text), inner]}}
    draft.layers.insert(2, inner)


@sample("models in models without end")
def _(draft):
    inner = draft.layers[1]
    for depth in range(90):
        inner = {"class_name": "Sequential", "config": {"name": f"depth_{depth}", "layers": [inner]}}
    draft.layers.insert(2, inner)


@sample("a list for an initial value with 300,000 numbers", STORED, harmless=True)
def _(draft):
    draft.layers[1]["config"]["kernel_initializer"] = _tagged(
        "keras.initializers", "Constant", {"value": [0.0] * 300_000}
    )


@sample("a class of ten million letters")
def _(draft):
    draft.layers[1]["class_name"] = "Dens" * 2_500_000


@sample("a name of four million letters, and 100,000 lists in its layer", harmless=True)
def _(draft):
    draft.layers[1]["config"].update(
        name="n" * 4_000_000, kernel_initializer=_tagged("keras.initializers", "Constant", {"value": [[]] * 100_000})
    )


@sample("a key of a million letters before a million numbers")
def _(draft):
    draft.layers[1]["config"]["units"] = {"a" * 1_000_000: [1] * 1_000_000}


@sample("2,000 layers in a model with a name of a million letters", harmless=True)
def _(draft):
    layers = [_layer("Activation", activation="relu") | {"name": None} for _ in range(2000)]
    for index, layer in enumerate(layers):
        layer["config"]["name"] = f"layer_{index}"
    inner = {**draft.config, "config": {"name": "n" * 1_000_000, "layers": layers}}
    draft.layers.insert(2, inner)


# -- JSON ------------------------------------------------------------------------------------------


def _enter_texts() -> None:
    good, layers = json.dumps(CONFIG), json.dumps(CONFIG["config"]["layers"])
    deep = "[" * 100_000 + "]" * 100_000
    of_models = {
        "a name twice": good.replace('"units": 5', '"units": 5, "units": 1000000000', 1),
        "a number of 100,000 digits": good.replace('"units": 5', '"units": ' + "9" * 100_000, 1),
        "a number beyond all": good.replace('"units": 5', '"units": 1e999', 1),
        "layers that are a text": good.replace(layers, '"Dense"'),
        "layers that are an object": good.replace(layers, '{"Dense": 1}'),
        "layers that are numbers": good.replace(layers, "[1, 2, 3]"),
        "layers that are lists": good.replace(layers, "[[[]], []]"),
    }
    texts = {
        "empty": "",
        "no JSON": "units: 3",
        "a part": good[:-20],
        "something behind it": good + "{}",
        "a list": "[]",
        "a number": "3",
        "null": "null",
        "an empty object": "{}",
        "100,000 levels": deep,
        "100,000 levels in a name": good.replace('"victim"', deep, 1),
        "objects 100,000 deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
        "the last of 200,000 names twice": good.replace(
            '"victim"', "{" + ",".join(f'"{index}":0' for index in [*range(200_000), 199_999]) + "}", 1
        ),
        "a million quotation marks in a string without an end": "[" * 101 + '"' + '\\"' * 1_000_000,
        "20 MB": good + " " * 20_000_000,
        "300,000 lists": good.replace('"victim"', "[" + ",".join(["[]"] * 300_000) + "]", 1),
        "300,000 objects": good.replace('"victim"', "[" + ",".join(['{"a":1}'] * 300_000) + "]", 1),
        **of_models,
        "Latin-1": good.replace("victim", "v\xefctim").encode("latin-1"),
        "UTF-16": good.encode("utf-16"),
        "a byte order mark": good.encode("utf-8-sig"),
        "zero bytes": b"\0" * 1000,
    }
    for name, text in texts.items():
        for part, containers in {"config": CONFIGS, "compiled": ("h5",), "metadata": ("keras",)}.items():
            if part == "config" or name not in of_models:
                # Nothing said of the training or of the version is allowed.
                harmless = part != "config" and name in ("an empty object", "null")
                spoil = lambda draft, part=part, text=text: draft.texts.update({part: text})  # noqa: E731
                SAMPLES.append(Sample(f"JSON: {name}, as {part}", containers, spoil, harmless, of_config=True))


_enter_texts()

_NAMES = {
    "a way out": "../../outside/secret",
    "an absolute path": "/etc/passwd",
    "a slash": "a/b",
    "nothing": "",
    "a zero byte": "a\0b",
    "half a character": "\ud800",
    "a megabyte": "a" * 1_000_000,
    "one dot": ".",
    "two dots": "..",
    "control characters": "\x1b]0;title\x07\x1b[2J",
}


def _enter_names() -> None:
    for name, text in _NAMES.items():
        for what, spoil in {
            "layer": lambda d, t=text: d.layers[1]["config"].update(name=t),
            "model": lambda d, t=text: d.config["config"].update(name=t),
            "optimizer": lambda d, t=text: d.compiled["optimizer"]["config"].update(name=t),
        }.items():
            containers = STORED if what == "optimizer" else CONFIGS
            # A strange name is no harm as such, as long as it leads nowhere.
            SAMPLES.append(
                Sample(f"{name} as the name of the {what}", containers, spoil, harmless=True, of_config=True)
            )


_enter_names()
