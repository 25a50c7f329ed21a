"""Weights that Keras split into several files."""

import json

import h5py
import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, saving


def mlp():
    model = keras.Sequential([layers.Input((4,)), layers.Dense(5), layers.Dense(3), layers.Dense(2)], name="mlp")
    model.compile("adam", "mse")
    return model


@pytest.fixture
def trained():
    model = mlp()
    model.train_on_batch(np.ones((2, 4)), np.ones((2, 2)))
    return model


@pytest.fixture
def path(trained, tmp_path):
    """Shards as ``save_weights(max_shard_size=...)`` of Keras makes them: one dense layer lies in two of them."""
    trained.save_weights(tmp_path / "whole.weights.h5")
    places = {
        0: ["vars", "layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0"],
        1: ["layers/dense_1/vars/1", "layers/dense_2/vars/0", "layers/dense_2/vars/1"],
        2: ["optimizer/vars"],
    }
    weight_map: dict[str, list[str]] = {}
    with h5py.File(tmp_path / "whole.weights.h5") as whole:
        for number, names in places.items():
            shard = f"model_{number:05}.weights.h5"
            with h5py.File(tmp_path / shard, "w") as file:
                for name in names:
                    whole.copy(name, file.require_group(name.rpartition("/")[0] or "/"), name.rpartition("/")[2])
                    group = name if name.endswith("vars") else name.rpartition("/")[0]
                    weight_map.setdefault(f"/{group}", []).append(shard)
    names = {group: sorted(set(found)) for group, found in weight_map.items()}
    index = {"metadata": {"total_size": 1e3}, "weight_map": {k: v[0] if len(v) == 1 else v for k, v in names.items()}}
    (tmp_path / "model.weights.json").write_text(json.dumps(index))
    return tmp_path / "model.weights.json"


def edit(path, change):
    index = json.loads(path.read_text())
    change(index["weight_map"])
    path.write_text(json.dumps(index))


def test_all_shards_are_read(path, trained):
    model = mlp()
    model.load_weights(path)
    for one, other in zip(
        [*model.weights, *model.optimizer.variables], [*trained.weights, *trained.optimizer.variables], strict=True
    ):
        assert np.array_equal(one, other)


def test_they_have_no_model(path):
    with pytest.raises(saving.FileFormatError, match="it has weights alone"):
        saving.load_model(path)


def test_a_missing_shard(path):
    (path.parent / "model_00001.weights.h5").unlink()
    with pytest.raises(saving.FileFormatError, match=r"its shard 'model_00001\.weights\.h5' is missing"):
        mlp().load_weights(path)


def test_a_shard_that_is_not_listed(path):
    edit(path, lambda weight_map: [weight_map.pop(name) for name in list(weight_map) if "dense_2" in name])
    edit(path, lambda weight_map: weight_map.update({"/layers/dense_1/vars": "model_00000.weights.h5"}))
    with pytest.raises(saving.FileFormatError, match=r"(?s)none was loaded.*layers/dense_2/vars"):
        mlp().load_weights(path)


@pytest.mark.parametrize(
    "name",
    ["../model_00000.weights.h5", "/etc/passwd", "other_00000.weights.h5", "model_0.weights.h5", "whole.weights.h5", 3],
)
def test_only_shards_are_opened(path, name):
    edit(path, lambda weight_map: weight_map.update({"/layers/dense/vars": name}))
    with pytest.raises(saving.FileFormatError, match=r"which is none of its shards|it names"):
        mlp().load_weights(path)


def test_links_are_not_followed(path):
    shard = path.parent / "model_00000.weights.h5"
    shard.rename(path.parent / "elsewhere")
    shard.symlink_to(path.parent / "elsewhere")
    with pytest.raises(saving.FileFormatError, match="no plain file"):
        mlp().load_weights(path)


def test_other_json(path):
    path.write_text('{"metadata": {}}')
    with pytest.raises(saving.FileFormatError, match="neither a list of sharded weights, with the key"):
        mlp().load_weights(path)


def test_they_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="kerasnp writes weights into one file; received max_shard_size=1"):
        mlp().save_weights(tmp_path / "m.weights.json", max_shard_size=1)
