"""Initializers: values, statistics as in real Keras, seeds, configs, errors."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from kerasnp import config, initializers, random

GOLDEN = json.loads(Path(__file__).parent.joinpath("golden", "weight_rules.json").read_text())["initializers"]
RANDOM = sorted({case["name"] for case in GOLDEN} | {"orthogonal"})
ALL = [*RANDOM, "zeros", "ones", "constant", "identity"]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['name']}{case['shape']}")
def test_statistics_as_keras(case):
    values = initializers.deserialize({"class_name": case["name"], "config": {"seed": 5}})(case["shape"])
    assert values.std() == pytest.approx(case["std"], rel=0.02)
    assert abs(values.mean()) < 0.03 * case["std"]
    tail = 0.25 if case["name"] == "random_normal" else 0.005  # the others end at a bound
    assert np.abs(values).max() == pytest.approx(case["largest"], rel=tail)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_dtype(name, dtype):
    values = initializers.get(name)((4, 3), dtype=dtype)
    assert values.shape == (4, 3)
    assert values.dtype == dtype
    assert values.flags.c_contiguous
    assert values.flags.writeable


def test_dtype_defaults_to_floatx():
    config.set_floatx("float64")
    try:
        assert {initializers.get(name)((4, 3)).dtype.name for name in ALL} == {"float64"}
    finally:
        config.set_floatx("float32")


def test_fixed_values():
    assert initializers.Zeros()((2,)).tolist() == [0.0, 0.0]
    assert initializers.Ones()((2,), dtype="int64").dtype == np.int64
    assert initializers.Constant(3.0)((2, 1)).tolist() == [[3.0], [3.0]]
    assert initializers.Constant([1.0, 2.0])((3, 2)).tolist() == [[1.0, 2.0]] * 3
    assert initializers.Identity(2.0)((2, 3)).tolist() == [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]


@pytest.mark.parametrize("name", [name for name in RANDOM if name != "orthogonal"])
@pytest.mark.parametrize("shape", [(), (1,), (0, 3)])
def test_odd_shapes(name, shape):
    values = initializers.get(name)(shape)
    assert values.shape == shape
    assert values.dtype == np.float32
    assert np.isfinite(values).all()


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (3, 3, 2, 7), (1, 2, 2, 9)])
def test_orthogonal(shape):
    matrix = initializers.Orthogonal(gain=2.0, seed=1)(shape, dtype="float64").reshape(-1, shape[-1])
    rows, columns = matrix.shape
    gram = matrix.T @ matrix if rows >= columns else matrix @ matrix.T
    np.testing.assert_allclose(gram, 4.0 * np.eye(min(rows, columns)), atol=1e-12)


def test_orthogonal_does_not_favour_a_sign():
    corners = [initializers.Orthogonal(seed=seed)((3, 3))[0, 0] for seed in range(50)]
    assert 15 < np.sum(np.array(corners) > 0) < 35


def test_fans_of_given_axes():
    plain = initializers.VarianceScaling(distribution="uniform", seed=3)((4, 100))
    swapped = initializers.VarianceScaling(distribution="uniform", seed=3, input_axes=[1], output_axes=[0])((4, 100))
    np.testing.assert_allclose(swapped, plain / 5.0, rtol=1e-6)
    assert initializers.HeNormal(input_axes=(1,), output_axes=(0,)).get_config() == {
        "seed": None,
        "input_axes": [1],
        "output_axes": [0],
    }


@pytest.mark.parametrize("name", RANDOM)
def test_seeds(name):
    make = type(initializers.get(name))
    np.testing.assert_array_equal(make(seed=7)((4, 3)), make(seed=7)((4, 3)))
    assert not np.array_equal(make(seed=7)((4, 3)), make(seed=8)((4, 3)))
    unseeded = make()
    np.testing.assert_array_equal(unseeded((4, 3)), unseeded((4, 3)))
    assert not np.array_equal(unseeded((4, 3)), make()((4, 3)))
    stream = make(seed=random.SeedGenerator(7))
    first = stream((4, 3))
    assert not np.array_equal(first, stream((4, 3)))
    np.testing.assert_array_equal(first, make(seed=random.SeedGenerator(7))((4, 3)))


def test_both_number_types_get_the_same_numbers():
    single, double = (initializers.HeNormal(seed=1)((5, 5), dtype=dtype) for dtype in ("float32", "float64"))
    np.testing.assert_array_equal(single, double.astype("float32"))


def test_global_seed():
    random.set_random_seed(1)
    first = initializers.get("glorot_uniform")((3, 3))
    random.set_random_seed(1)
    np.testing.assert_array_equal(first, initializers.get("glorot_uniform")((3, 3)))


@pytest.mark.parametrize("name", ALL)
def test_config_round_trip(name):
    original = initializers.get(name)
    stored = json.loads(json.dumps(initializers.serialize(original)))
    assert stored["module"] == "keras.initializers"
    assert stored["class_name"] == type(original).__name__
    assert stored["registered_name"] is None
    assert not {"input_axes", "output_axes"} & set(stored["config"])
    for copy in (initializers.deserialize(stored), initializers.get(stored), original.clone()):
        assert type(copy) is type(original)
        assert copy.get_config() == original.get_config()


def test_config_of_a_seed_generator():
    original = initializers.HeNormal(seed=random.SeedGenerator(3))
    copy = initializers.deserialize(json.loads(json.dumps(initializers.serialize(original))))
    np.testing.assert_array_equal(copy((3, 3)), original((3, 3)))


def test_config_of_a_constant_array():
    original = initializers.Constant(np.array([1.0, 2.0]))
    assert initializers.serialize(original)["config"] == {"value": [1.0, 2.0]}
    stored = {"value": {"class_name": "__numpy__", "config": {"value": [1.0, 2.0], "dtype": "float64"}}}
    assert initializers.Constant.from_config(stored)((2,)).tolist() == [1.0, 2.0]


def test_names():
    for alias, cls in {"normal": "RandomNormal", "uniform": "RandomUniform", "one": "Ones", "zero": "Zeros"}.items():
        assert type(initializers.get(alias)).__name__ == cls
    assert isinstance(initializers.get("IdentityInitializer"), initializers.identity)
    assert isinstance(initializers.get("OrthogonalInitializer"), initializers.orthogonal)
    assert initializers.get(None) is None
    assert isinstance(initializers.get(initializers.HeNormal), initializers.HeNormal)


def test_functions_and_arrays():
    assert initializers.get(len) is len
    given = initializers.get(np.array([[1.0, 2.0]]))
    assert given((1, 2)).tolist() == [[1.0, 2.0]]
    with pytest.raises(ValueError, match=r"\(1, 2\).*\(2, 1\)"):
        given((2, 1))


def test_subclass():
    class Counting(initializers.Initializer):
        def __init__(self, start=0):
            self.start = start

        def __call__(self, shape, dtype=None):
            return np.arange(self.start, self.start + shape[0]).astype(dtype or "float32")

        def get_config(self):
            return {"start": self.start}

    stored = initializers.serialize(Counting(2))
    assert stored["registered_name"] == "Counting"
    assert initializers.deserialize(stored, {"Counting": Counting})((2,)).tolist() == [2.0, 3.0]
    assert Counting(4).clone().start == 4
    with pytest.raises(NotImplementedError, match="__call__"):
        initializers.Initializer()((2,))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.VarianceScaling(scale=0), "`scale` must be a positive float. Received: scale=0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "Invalid `mode` argument: 'fan'"),
        (lambda: initializers.VarianceScaling(distribution="flat"), "Invalid `distribution` argument: 'flat'"),
        (lambda: initializers.GlorotUniform(seed="a"), "Received: seed='a'"),
        (lambda: initializers.GlorotUniform(seed=-1), "Received: seed=-1"),
        (lambda: initializers.Orthogonal()((3,)), "at least two-dimensional. Received: shape=(3,) of rank 1"),
        (lambda: initializers.Identity()((3, 3, 3)), "2D matrices. Received: shape=(3, 3, 3) of rank 3"),
        (lambda: initializers.RandomUniform()((3,), dtype="int32"), "received dtype='int32'"),
        (lambda: initializers.get("glorot_unifrm"), "Did you mean 'glorot_uniform'"),
        (lambda: initializers.get(3), "Could not interpret 3"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()
