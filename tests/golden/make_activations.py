"""Freezes what real Keras computes for activations into ``activations.npz``: outputs and gradients on two backends.

Needs Keras 3 with JAX and TensorFlow: ``python tests/golden/make_activations.py``. All in float64. At corners the
backends take different derivatives, and each rounds one or another function or parameter to float32. The keys are name
and parameters, joined by ``|``; each array stacks input, output and gradient on JAX, output and gradient on TensorFlow.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
WITHOUT_PARAMETERS = (
    *("relu6", "selu", "exponential", "sigmoid", "log_sigmoid", "tanh", "softplus", "softsign", "hard_sigmoid"),
    *("sparse_sigmoid", "sparse_plus", "hard_tanh", "tanh_shrink", "silu", "swish", "hard_silu", "hard_swish", "mish"),
)
PARAMETERS = {
    **{name: [{}] for name in WITHOUT_PARAMETERS},
    "linear": [{}],
    "relu": [
        {},
        {"negative_slope": 0.1},
        {"max_value": 4.0},
        {"threshold": 1.0},
        {"negative_slope": 0.25, "max_value": 4.0, "threshold": 1.0},
    ],
    "leaky_relu": [{}, {"negative_slope": 0.3}],
    "elu": [{}, {"alpha": 0.5}],
    "celu": [{}, {"alpha": 2.0}],
    "gelu": [{}, {"approximate": True}],
    "hard_shrink": [{}, {"threshold": 1.5}],
    "soft_shrink": [{}, {"threshold": 1.5}],
    "squareplus": [{}, {"b": 1.0}],
    "threshold": [{"threshold": 1.0, "default_value": -2.0}],
    "softmax": [{}, {"axis": 0}],
    "log_softmax": [{}, {"axis": 0}],
}


def points(name: str) -> np.ndarray:
    """Returns inputs: corners, zero, small, large and very large numbers."""
    x = [*np.linspace(-8, 8, 33), 1e-3, -1e-3, 0.7, -0.7, 20, -20, 50, -50, 80, -80, 100, -100, 1000, -1000, 1e5, -1e5]
    if name == "exponential":
        x = [value for value in x if value <= 80]
    if "softmax" in name:
        return np.resize(x, (7, 7))
    return np.array(x)


def gradient(function, x: np.ndarray, backend: str) -> np.ndarray:
    """Returns the gradient of the sum of ``function(x)``, weighted by 1, 2, 3, 1, 2, 3 ... (rows of softmax sum up)."""
    weights = np.resize([1, 2, 3], x.shape).astype(x.dtype)
    if backend == "jax":
        import jax

        return np.asarray(jax.grad(lambda x: (function(x) * weights).sum())(x))
    import tensorflow as tf

    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(function(variable) * weights)
    return tape.gradient(total, variable).numpy()


def compute(backend: str, path: str) -> None:
    """Writes the outputs and gradients of one backend, in a process of its own."""
    import keras

    arrays = {}
    for name, settings in PARAMETERS.items():
        for parameters in settings:
            x = points(name)

            def function(x, name=name, parameters=parameters):
                return getattr(keras.activations, name)(x, **parameters)

            y = np.asarray(function(keras.ops.convert_to_tensor(x)))
            arrays[f"{name}|{json.dumps(parameters)}"] = np.stack([x, y, gradient(function, x, backend)])
    np.savez(path, **arrays)


def main() -> None:
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        for backend in ("jax", "tensorflow"):
            path = os.path.join(folder, f"{backend}.npz")
            settings = {"KERAS_BACKEND": backend, "JAX_ENABLE_X64": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
            subprocess.run([sys.executable, __file__, backend, path], env=os.environ | settings, check=True)
            with np.load(path) as part:
                parts.append(dict(part))
    arrays = {key: np.stack([*array, *parts[1][key][1:]]) for key, array in parts[0].items()}
    np.savez_compressed(HERE / "activations.npz", **arrays)


if __name__ == "__main__":
    compute(*sys.argv[1:]) if len(sys.argv) > 1 else main()
