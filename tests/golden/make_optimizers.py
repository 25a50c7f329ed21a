"""Freezes optimizer trajectories and schedule values of real Keras into optimizers.npz.

    KERAS_BACKEND=tensorflow python tests/golden/make_optimizers.py
    KERAS_BACKEND=numpy python tests/golden/make_optimizers.py

The first makes the file. The second does ScheduleFreeAdamW anew: on TensorFlow Keras 3.15.1 means its
momentum before the step and reads the one after it.

The file holds, as JSON, the cases; two problems; and for each case the weights after some of the steps and the
optimizer's variables after the last.

Problem "given": two variables and 50 given gradients of very different lengths. Problem "regression": the mean squared
error of x @ kernel + bias against y, its gradient computed in NumPy, float32.
"""

import json
from pathlib import Path

import keras
import numpy as np

STEPS = 50
KEPT = [1, 2, 10, 25, 50]

RULES = {
    "sgd": ("SGD", {"learning_rate": 0.05}),
    "sgd_momentum": ("SGD", {"learning_rate": 0.02, "momentum": 0.9}),
    "sgd_nesterov": ("SGD", {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {"learning_rate": 0.05}),
    "adagrad_start": ("Adagrad", {"learning_rate": 0.05, "initial_accumulator_value": 0.5, "epsilon": 1e-3}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01}),
    "rmsprop_momentum": ("RMSprop", {"learning_rate": 0.01, "momentum": 0.8, "rho": 0.95}),
    "rmsprop_centered": ("RMSprop", {"learning_rate": 0.01, "centered": True, "epsilon": 1e-3}),
    "rmsprop_both": ("RMSprop", {"learning_rate": 0.005, "centered": True, "momentum": 0.5, "epsilon": 1e-3}),
    "adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "adadelta_rho": ("Adadelta", {"learning_rate": 0.5, "rho": 0.9, "epsilon": 1e-4}),
    "adam": ("Adam", {"learning_rate": 0.01}),
    "adam_betas": ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    "adam_amsgrad": ("Adam", {"learning_rate": 0.01, "amsgrad": True, "beta_2": 0.9}),
    "adamw": ("AdamW", {"learning_rate": 0.01}),
    "adamw_amsgrad": ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1, "amsgrad": True}),
    "nadam": ("Nadam", {"learning_rate": 0.01}),
    "nadam_betas": ("Nadam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    "adamax": ("Adamax", {"learning_rate": 0.01}),
    "adamax_betas": ("Adamax", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    "ftrl": ("Ftrl", {"learning_rate": 0.05}),
    "ftrl_sparse": (
        "Ftrl",
        {"learning_rate": 0.1, "l1_regularization_strength": 0.3, "l2_regularization_strength": 0.2, "beta": 0.1},
    ),
    "ftrl_power": (
        "Ftrl",
        {
            "learning_rate": 0.1,
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.5,
            "l2_shrinkage_regularization_strength": 0.05,
        },
    ),
    "ftrl_constant": ("Ftrl", {"learning_rate": 0.1, "learning_rate_power": 0.0}),
    "lion": ("Lion", {"learning_rate": 0.003}),
    "lion_betas": ("Lion", {"learning_rate": 0.003, "beta_1": 0.8, "beta_2": 0.5}),
    "lamb": ("Lamb", {"learning_rate": 0.01}),
    "lamb_betas": ("Lamb", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    "schedule_free": ("ScheduleFreeAdamW", {"learning_rate": 0.01}),
    "schedule_free_warmup": (
        "ScheduleFreeAdamW",
        {"learning_rate": 0.01, "warmup_steps": 20, "beta_1": 0.7, "beta_2": 0.95, "epsilon": 1e-3},
    ),
    "adafactor": ("Adafactor", {"learning_rate": 0.01}),
    "adafactor_fixed": (
        "Adafactor",
        {"learning_rate": 0.3, "relative_step": False, "clip_threshold": 0.5, "beta_2_decay": -0.6, "epsilon_2": 0.01},
    ),
    "muon": ("Muon", {"learning_rate": 0.01}),
    "muon_plain": (
        "Muon",
        {
            "learning_rate": 0.02,
            "nesterov": False,
            "rms_rate": None,
            "ns_steps": 3,
            "momentum": 0.8,
            "weight_decay": None,
        },
    ),
    "muon_adam": (
        "Muon",
        {"learning_rate": 0.01, "exclude_layers": ["kern.l"], "adam_lr_ratio": 0.5, "adam_weight_decay": 0.1},
    ),
}
OPTIONS = {
    "decay": {"weight_decay": 0.05},
    "clipnorm": {"clipnorm": 0.7},
    "clipvalue": {"clipvalue": 0.3},
    "global_clipnorm": {"global_clipnorm": 0.7},
    "ema": {"use_ema": True, "ema_momentum": 0.9},
    "ema_overwrite": {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 4},
    "accumulation": {"gradient_accumulation_steps": 3},
    "accumulation_ema": {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 3},
    "all": {"weight_decay": 0.02, "global_clipnorm": 1.0, "use_ema": True, "gradient_accumulation_steps": 2},
}
PLAIN = {
    "sgd_momentum": ("SGD", {"learning_rate": 0.02, "momentum": 0.9}),
    "adagrad": ("Adagrad", {"learning_rate": 0.05}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01}),
    "adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "adam": ("Adam", {"learning_rate": 0.01}),
    "nadam": ("Nadam", {"learning_rate": 0.01}),
    "lamb": ("Lamb", {"learning_rate": 0.01}),
    "schedule_free": ("ScheduleFreeAdamW", {"learning_rate": 0.01}),
    "adafactor": ("Adafactor", {"learning_rate": 0.05}),
    "muon": ("Muon", {"learning_rate": 0.01}),
}
SCHEDULES = {
    "exponential": ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8}),
    "exponential_stairs": (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8, "staircase": True},
    ),
    "piecewise": ("PiecewiseConstantDecay", {"boundaries": [5, 12, 30], "values": [0.1, 0.05, 0.02, 0.01]}),
    "polynomial": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "power": 2.0}),
    "polynomial_cycle": (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 12, "end_learning_rate": 0.01, "power": 0.5, "cycle": True},
    ),
    "inverse_time": ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 6, "decay_rate": 0.5}),
    "inverse_time_stairs": (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 6, "decay_rate": 0.5, "staircase": True},
    ),
    "cosine": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 40, "alpha": 0.1}),
    "cosine_warmup": (
        "CosineDecay",
        {"initial_learning_rate": 0.01, "decay_steps": 30, "warmup_target": 0.1, "warmup_steps": 10},
    ),
    "restarts": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 8}),
    "restarts_equal": (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 9, "t_mul": 1.0, "m_mul": 0.8, "alpha": 0.05},
    ),
    "restarts_lower": (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 6, "t_mul": 1.5, "m_mul": 0.7, "alpha": 0.1},
    ),
}


def tagged(module, class_name, config):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def all_cases():
    """Returns name -> problem, optimizer (as a Keras config), names spared weight decay."""
    cases = {}
    for problem in ("given", "regression"):
        for name, (class_name, arguments) in RULES.items():
            cases[f"{problem}-{name}"] = (problem, class_name, arguments, None)
    for option, extra in OPTIONS.items():
        for name, (class_name, arguments) in PLAIN.items():
            cases[f"given-{name}-{option}"] = ("given", class_name, arguments | extra, None)
    cases["given-adamw-spared"] = ("given", "AdamW", {"learning_rate": 0.01, "weight_decay": 0.5}, ["bias"])
    for name, schedule in SCHEDULES.items():
        rate = tagged("keras.optimizers.schedules", *schedule)
        cases[f"given-adam-{name}"] = ("given", "Adam", {"learning_rate": rate}, None)
    return {
        name: {"problem": problem, "optimizer": tagged("keras.optimizers", class_name, arguments), "spared": spared}
        for name, (problem, class_name, arguments, spared) in cases.items()
    }


def run(case, data):
    """Returns the weights after the steps of KEPT, one row each, and the optimizer's variables in one vector."""
    kernel = keras.Variable(data["kernel"], name="kernel")
    bias = keras.Variable(data["bias"], name="bias")
    tagged_config = json.loads(json.dumps(case["optimizer"]))  # Keras's deserialize does not know Lamb
    optimizer = getattr(keras.optimizers, tagged_config["class_name"]).from_config(tagged_config["config"])
    if case["spared"]:
        optimizer.exclude_from_weight_decay(var_names=case["spared"])
    rows = []
    for step in range(STEPS):
        if case["problem"] == "given":
            gradients = [data["kernel_gradients"][step], data["bias_gradients"][step]]
        else:
            x, y = data["x"], data["y"]
            error = 2 / y.size * (x @ kernel.numpy() + bias.numpy() - y)
            gradients = [x.T @ error, error.sum(axis=0)]
        optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in gradients], [kernel, bias])
        if step + 1 in KEPT:
            rows.append(np.concatenate([kernel.numpy().ravel(), bias.numpy()]))
    return np.stack(rows), np.concatenate([np.ravel(variable.numpy()) for variable in optimizer.variables[1:]])


def main():
    rng = np.random.default_rng(7)
    draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
    # Entries of size 0.01 to 1, so that every clip acts at some steps and not at others.
    lengths = np.exp(rng.uniform(np.log(0.01), np.log(1.0), STEPS)).astype(np.float32)
    data = {
        "kernel": draw(3, 2),
        "bias": draw(2),
        "kernel_gradients": draw(STEPS, 3, 2) * lengths[:, None, None],
        "bias_gradients": draw(STEPS, 2) * lengths[:, None],
        "x": draw(20, 3),
        "y": draw(20, 2),
    }
    cases = all_cases()
    path = Path(__file__).with_name("optimizers.npz")
    again = keras.backend.backend() == "numpy"
    arrays = dict(np.load(path)) if again else dict(data)
    for name, case in cases.items():
        if again and case["optimizer"]["class_name"] != "ScheduleFreeAdamW":
            continue
        arrays[f"{name}/weights"], arrays[f"{name}/state"] = run(case, data)
    for name, schedule in SCHEDULES.items():
        rule = keras.optimizers.schedules.deserialize(tagged("keras.optimizers.schedules", *schedule))
        arrays[f"schedule/{name}"] = np.array([float(rule(step)) for step in range(61)], np.float32)
    schedules = {name: tagged("keras.optimizers.schedules", *schedule) for name, schedule in SCHEDULES.items()}
    arrays["cases"] = np.array(json.dumps({"kept": KEPT, "cases": cases, "schedules": schedules}))
    np.savez_compressed(path, **arrays)
    print(f"Keras {keras.__version__} on {keras.backend.backend()}: {len(cases)} cases")


if __name__ == "__main__":
    main()
