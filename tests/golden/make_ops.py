"""Freezes results of keras.ops into ops.json.

KERAS_BACKEND=jax python tests/golden/make_ops.py
"""

import json
from pathlib import Path

import numpy as np

words = str.split
A = [[0.5, -1.5, 2.25], [3.0, 0.0, -0.75]]
I = [[3, -1, 2], [0, 5, 5]]  # noqa: E741
CALLS = [
    *[[name, [A], {}] for name in words("abs negative sign square exp expm1 tanh sin cos floor ceil isfinite")],
    *[[name, [[[0.5, 1.0, 4.0]]], {}] for name in words("log log1p log2 log10 sqrt rsqrt reciprocal")],
    *[[name, [I], {}] for name in words("mean sum max argmax square exp prod std")],
    *[[name, [A], {"axis": 1, "keepdims": True}] for name in words("mean sum max min std var prod argmin median")],
    *[[name, [A, 0.5], {}] for name in words("add subtract multiply divide maximum minimum greater less_equal")],
    *[[name, [A], {}] for name in words("relu relu6 sigmoid silu softmax log_softmax softplus softsign elu selu gelu")],
    *[[name, [A], {}] for name in words("leaky_relu hard_sigmoid transpose ravel logsumexp erf norm")],
    ["logsumexp", [A], {"axis": 0, "keepdims": True}],
    ["matmul", [A, [[1.0], [2.0], [3.0]]], {}],
    ["one_hot", [[2, 0, -1], 3], {}],
    ["one_hot", [[[1, 0]], 2], {"axis": 1, "dtype": "int32"}],
    ["clip", [A, -1.0, 1.0], {}],
    ["cast", [A, "int32"], {}],
    ["arange", [4], {}],
    ["arange", [0.5, 2.0, 0.5], {}],
    ["zeros", [[2, 2]], {}],
    ["full", [[2], 7.0], {}],
    ["eye", [2, 3], {}],
    ["linspace", [0.0, 1.0, 5], {}],
    ["reshape", [A, [3, -1]], {}],
    ["expand_dims", [A, 1], {}],
    ["take", [A, [2, 0]], {"axis": 1}],
    ["take_along_axis", [A, [[0], [2]]], {"axis": 1}],
    ["top_k", [A, 2], {}],
    ["split", [A, 3], {"axis": 1}],
    ["unstack", [A], {"axis": 1}],
    ["pad", [A, [[1, 0], [0, 2]]], {"constant_values": 9.0}],
    ["slice", [A, [0, 1], [2, 2]], {}],
    ["slice_update", [A, [1, 1], [[7.0, 8.0]]], {}],
    ["scatter_update", [A, [[0, 0], [1, 2]], [5.0, 6.0]], {}],
    ["normalize", [A], {}],
    ["moments", [A, [0]], {}],
    ["quantile", [A, 0.25], {"axis": 1}],
    ["cumsum", [A], {"axis": 1}],
    ["repeat", [I, 2], {"axis": 0}],
    ["concatenate", [[A, A]], {"axis": 1}],
    ["stack", [[A, A]], {}],
    ["where", [[True, False], [1.0, 2.0], [3.0, 4.0]], {}],
    ["einsum", ["ij,kj->ik", A, A], {}],
    ["round", [A, 1], {}],
]


def results(ops) -> list:
    """Returns the type, shape and numbers of each call; lists of arrays as several."""
    found = []
    for name, arguments, keywords in CALLS:
        arrays = [_arrays(item, ops) for item in arguments]
        result = getattr(ops, name)(*arrays, **{k: tuple(v) if isinstance(v, list) else v for k, v in keywords.items()})
        parts = result if isinstance(result, (list, tuple)) else [result]
        parts = [np.asarray(ops.convert_to_numpy(part)) for part in parts]
        found.append([[part.dtype.name, list(part.shape), part.astype("float64").ravel().tolist()] for part in parts])
    return found


def _arrays(item, ops):
    """Returns nested lists of numbers as arrays, and flat lists of whole numbers as they are: shapes and places."""
    if not isinstance(item, list):
        return item
    if item and isinstance(item[0], list) and item[0] and isinstance(item[0][0], list):
        return [ops.convert_to_tensor(part) for part in item]
    if all(isinstance(part, int) and not isinstance(part, bool) for part in item):
        return tuple(item)
    return ops.convert_to_tensor(np.array(item, "float32") if "float" in str(np.array(item).dtype) else np.array(item))


if __name__ == "__main__":
    import keras

    frozen = [[*call, result] for call, result in zip(CALLS, results(keras.ops), strict=True)]
    Path(__file__).with_name("ops.json").write_text(json.dumps(frozen) + "\n")
