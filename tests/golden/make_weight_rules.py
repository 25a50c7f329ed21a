"""Freezes what real Keras computes for initializers, regularizers and constraints into ``weight_rules.json``.

Needs Keras 3 and JAX: ``python tests/golden/make_weight_rules.py``.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import constraints, initializers, regularizers

SCALING = [f"{source}_{kind}" for source in ("glorot", "he", "lecun") for kind in ("uniform", "normal")]
SHAPES = [(200, 300), (3, 3, 40, 60), (5, 40, 30), (20000,)]


def initializer_statistics():
    for name in [*SCALING, "random_normal", "random_uniform", "truncated_normal", "variance_scaling"]:
        for shape in SHAPES:
            values = np.asarray(initializers.deserialize({"class_name": name, "config": {"seed": 1}})(shape))
            yield {"name": name, "shape": shape, "std": float(values.std()), "largest": float(np.abs(values).max())}


def regularizer_values(w):
    rules = [
        regularizers.L1(0.02),
        regularizers.L2(0.03),
        regularizers.L1L2(0.02, 0.03),
        regularizers.OrthogonalRegularizer(0.5, "rows"),
        regularizers.OrthogonalRegularizer(0.5, "columns"),
    ]
    for rule in rules:
        config = regularizers.serialize(rule)
        config["config"] = {key: round(v, 8) if isinstance(v, float) else v for key, v in config["config"].items()}
        yield {"config": config, "value": float(rule(w)), "gradient": np.asarray(jax.grad(rule)(w)).tolist()}


def constraint_values(w):
    rules = [
        constraints.MaxNorm(),
        constraints.MaxNorm(1.5, axis=1),
        constraints.MaxNorm(1.5, axis=[0, 1]),
        constraints.NonNeg(),
        constraints.UnitNorm(),
        constraints.UnitNorm(axis=[0, 1]),
        constraints.MinMaxNorm(),
        constraints.MinMaxNorm(0.5, 1.5, rate=0.3, axis=1),
        constraints.MinMaxNorm(9.0, 10.0, axis=[0, 1]),
    ]
    for rule in rules:
        yield {"config": constraints.serialize(rule), "value": np.asarray(rule(w)).tolist()}


def main():
    keras.config.set_floatx("float64")
    w = jnp.asarray(np.random.default_rng(0).normal(size=(4, 3)).round(3))
    values = {
        "keras": keras.__version__,
        "weights": np.asarray(w).tolist(),
        "initializers": list(initializer_statistics()),
        "regularizers": list(regularizer_values(w)),
        "constraints": list(constraint_values(w)),
    }
    path = Path(__file__).with_name("weight_rules.json")
    path.write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    main()
