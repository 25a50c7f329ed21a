"""Writes optimizers_*.json and optimizers_*.npz: what real Keras stores of every optimizer after three steps.

    KERAS_BACKEND=jax python make_optimizer_files.py keras      # Keras 3, any version
    python make_optimizer_files.py tf_keras                     # Keras 2, the optimizers of 2.11 and later
    python make_optimizer_files.py tf_keras.legacy              # Keras 2, those before

For each variant the JSON has the `training_config` of a `.h5` file, the `compile_config` of a `.keras` file, and names
and shapes of the state in both files. The npz has the numbers, one vector a variant: state of the `.h5`, state of the
`.keras`, weights after three steps, weights after four. One more step from the state must give the last ones.
"""

import importlib
import json
import pathlib
import sys
import tempfile
import zipfile

import h5py
import numpy as np

HERE = pathlib.Path(__file__).parent
which = sys.argv[1]
keras = importlib.import_module(which.removesuffix(".legacy"))
legacy = which.endswith(".legacy")
optimizers = keras.optimizers.legacy if legacy else keras.optimizers
Decay = keras.optimizers.schedules.ExponentialDecay
RATE = 0.0625

# Accumulation came with Keras 3, moving averages and decoupled weight decay with 2.11; `decay` was gone by then.
new = {"ema": {"use_ema": True, "ema_momentum": 0.75}, "weight_decay": {"weight_decay": 0.03125}}
third = {"accumulation": {"gradient_accumulation_steps": 2}}
extras = {} if legacy else (new if which == "tf_keras" else {**new, **third})
extras |= {"decay": {"decay": 0.25}} if legacy else {}
extras |= {"schedule": None, "clipped": {"clipnorm": 0.5}}
VARIANTS = {
    "SGD": {"momentum": {"momentum": 0.875}, "nesterov": {"momentum": 0.875, "nesterov": True}},
    "RMSprop": {
        "momentum": {"momentum": 0.875},
        "centered": {"centered": True},
        "centered_momentum": {"centered": True, "momentum": 0.875},
    },
    "Adam": {"amsgrad": {"amsgrad": True}},
    "AdamW": {"amsgrad": {"amsgrad": True}},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "Nadam": {},
    "Ftrl": {},
    "Lion": {},
    "Lamb": {},
    "Muon": {},
}


def model_with(optimizer):
    model = keras.Sequential(
        [
            keras.layers.Dense(3, activation="tanh", name="zeta", input_shape=(3,))
            if which != "keras"
            else keras.layers.Dense(3, activation="tanh", name="zeta"),
            keras.layers.Dense(3, activation="tanh", name="alpha"),
            keras.layers.Dense(2, name="mid"),
        ],
        name="small",
    )
    model.build((None, 3))
    model.set_weights(start)
    model.compile(optimizer, "mse", metrics=["accuracy"])
    return model


def state_of_h5(path):
    with h5py.File(path) as file:
        group = file.get("optimizer_weights")
        names = [] if group is None else [_text(name) for name in group.attrs["weight_names"]]
        config = json.loads(_text(file.attrs["training_config"]))
        return [(name, group[name][()]) for name in names], config, json.loads(_text(file.attrs["model_config"]))


def state_of_archive(path, folder):
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))["compile_config"]
        archive.extract("model.weights.h5", folder)
    with h5py.File(folder / "model.weights.h5") as file:
        group = file.get("optimizer/vars", {})
        return [(str(index), group[str(index)][()]) for index in range(len(group))], config


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def flat(*lists):
    return np.concatenate([np.ravel(np.asarray(item, np.float64)) for items in lists for item in items])


random = np.random.default_rng(0)
start = [random.normal(size=s).astype("float32") for s in [(3, 3), (3,), (3, 3), (3,), (3, 2), (2,)]]
x, y = (random.normal(size=(8, width)).astype("float32") for width in (3, 2))
facts, numbers = {}, {"x": x, "y": y}
for name, variants in VARIANTS.items():
    if not hasattr(optimizers, name):
        continue
    for variant, settings in {"plain": {}, **variants, **extras}.items():
        if variant in extras and name not in ("SGD", "Adam", "RMSprop"):
            continue
        rate = Decay(RATE, 2, 0.5) if variant == "schedule" else RATE
        model = model_with(getattr(optimizers, name)(learning_rate=rate, **(settings or {})))
        for _ in range(3):
            model.train_on_batch(x, y)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            # The archive first: saving .h5 makes Keras 3 forget the compile arguments.
            model.save(folder / "m.keras")
            archive, compile_config = state_of_archive(folder / "m.keras", folder)
            try:
                model.save(folder / "m.h5")
                h5, training_config, model_config = state_of_h5(folder / "m.h5")
            except ValueError:  # Keras 3.3 cannot store an optimizer with variables of one name
                h5, training_config = [], None
        third_weights = model.get_weights()
        model.train_on_batch(x, y)
        key = f"{name}.{variant}"
        facts[key] = {
            "training_config": training_config,
            "compile_config": compile_config,
            "h5": [[entry, list(np.shape(value))] for entry, value in h5],
            "vars": [[entry, list(np.shape(value))] for entry, value in archive],
        }
        numbers[key] = flat([v for _, v in h5], [v for _, v in archive], third_weights, model.get_weights())
        print(key, [entry for entry, _ in h5][:4], len(h5), len(archive))

version = keras.__version__ + ("_legacy" if legacy else "")
(HERE / f"optimizers_{version}.json").write_text(json.dumps({"model_config": model_config, **facts}) + "\n")
np.savez_compressed(HERE / f"optimizers_{version}.npz", **numbers)
