"""``python -m kerasnp inspect`` and ``convert``."""

import json
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import kerasnp as keras
from kerasnp.__main__ import main
from kerasnp.saving import load_model


@pytest.fixture
def model():
    inner = keras.Sequential([keras.layers.Dense(4, name="a"), keras.layers.BatchNormalization(name="b")], name="inner")
    model = keras.Sequential(
        [
            keras.layers.Input((3,), name="input"),
            keras.layers.Dense(5, activation="relu", name="hidden"),
            inner,
            keras.layers.Dropout(0.5, name="drop"),
            keras.layers.Dense(2, name="out"),
        ],
        name="model",
    )
    model.compile(
        keras.optimizers.AdamW(0.01), keras.losses.Huber(), metrics=["mae", keras.metrics.RootMeanSquaredError()]
    )
    for _ in range(3):
        model.train_on_batch(np.ones((2, 3)), np.ones((2, 2)))
    return model


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first.get_weights(), second.get_weights(), strict=True))


# -- inspect ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_inspect_a_model(model, tmp_path, capsys, name):
    path = tmp_path / name
    model.save(path)
    assert main(["inspect", str(path)]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    kind = {"m.keras": "a `.keras` archive", "m.h5": "a whole model in Keras's older `.h5` format"}[name]
    assert first == f"{path}: {kind}, {path.stat().st_size:,} bytes"
    assert lines[0].startswith("  written by  Keras 3.6.0")
    assert lines[1:6] == [
        "  loss        Huber",
        "  metrics     mae, RootMeanSquaredError",
        "  optimizer   AdamW, at step 3, 18 arrays of state",
        "  weights     70 numbers in 10 arrays",
        "",
    ]
    rows = [re.split(r"  +", line[2:], maxsplit=3) for line in lines[6:-2]]
    assert rows[:3] == [
        ["layer", "class", "output", "weights"],
        ["input", "InputLayer", "(None, 3)"],
        ["hidden", "Dense", "(None, 5)", rows[2][3]],
    ]
    assert set(re.findall(r"\([^)]*\)", rows[2][3])) == {"(3, 5)", "(5,)"}
    assert lines[10].startswith("    ")  # in the inner model
    assert rows[3][:2] == ["inner", "Sequential"]
    assert [line.split()[:2] for line in lines[-5:-2]] == [
        ["b", "BatchNormalization"],
        ["drop", "Dropout"],
        ["out", "Dense"],
    ]
    assert lines[-1] == "kerasnp can load it."


def test_inspect_weights(model, tmp_path, capsys):
    path = tmp_path / "m.weights.h5"
    model.save_weights(path)
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    assert "a weights file in the layout of Keras 3" in text
    assert re.search(r"\n  layers/dense/vars +\(3, 5\), \(5,\)\n", text)
    assert "  optimizer   unknown, at step 3, 18 arrays of state\n" in text
    assert text.endswith("It holds weights alone: make the model, then model.load_weights(FILE).\n")


def test_inspect_an_architecture(model, tmp_path, capsys):
    path = tmp_path / "m.json"
    path.write_text(model.to_json())
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}: the architecture of a model as JSON, without weights, {path.stat().st_size:,} bytes"
    assert re.search(r"  hidden +Dense +\(None, 5\)", "\n".join(lines))
    assert lines[-1] == "kerasnp can make it: models.model_from_json(TEXT)."
    path.write_text('{"class_name": "Sequential", "config": {"layers": [{"class_name": "Unknown", "config": {}}]}}')
    assert main(["inspect", str(path)]) == 1
    assert "kerasnp cannot load it: " in capsys.readouterr().out


def test_inspect_says_why_a_file_cannot_be_loaded(model, tmp_path, capsys):
    path = tmp_path / "m.h5"
    model.save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"][1] = {"class_name": "Lambda", "config": {"name": "bad\x1b[2J", "function": [1]}}
        file.attrs["model_config"] = json.dumps(config)
    assert main(["inspect", str(path)]) == 1
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert re.search(r"\n  bad\\x1b\[2J +Lambda\n", text)
    assert "kerasnp cannot load it: " in text
    assert "'function' is Python code" in text


def test_inspect_nothing(tmp_path, capsys):
    assert main(["inspect", str(tmp_path / "none.keras")]) == 2
    assert "none.keras" in capsys.readouterr().err


# -- convert ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["m.keras", "m.h5"])
@pytest.mark.parametrize("target", ["n.keras", "n.h5", "n.hdf5"])
def test_convert_a_model(model, tmp_path, capsys, source, target):
    model.save(tmp_path / source)
    assert main(["convert", str(tmp_path / source), str(tmp_path / target)]) == 0
    assert capsys.readouterr() == ("", "")
    other = load_model(tmp_path / target)
    assert same(model, other)
    for each in (model, other):  # drops out the same, too
        each.train_on_batch(np.ones((2, 3)), np.ones((2, 2)))
    assert same(model, other)


def test_convert_to_weights_and_json_and_back(model, tmp_path):
    paths = {ending: str(tmp_path / f"m.{ending}") for ending in ("keras", "weights.h5", "json", "h5")}
    model.save(paths["keras"])
    for ending in ("weights.h5", "json"):
        assert main(["convert", paths["keras"], paths[ending]]) == 0
    assert main(["convert", paths["weights.h5"], paths["h5"], "--model", paths["json"]]) == 0
    assert same(model, load_model(paths["h5"]))
    assert main(["convert", paths["weights.h5"], paths["keras"], "--model", paths["h5"], "--overwrite"]) == 0
    assert same(model, load_model(paths["keras"]))


def test_convert_an_architecture(model, tmp_path, capsys):
    source, target = tmp_path / "m.json", tmp_path / "n.json"
    source.write_text(model.to_json())
    assert main(["convert", str(source), str(target)]) == 0
    assert json.loads(target.read_text()) == json.loads(source.read_text())
    for arguments in ([str(tmp_path / "n.keras")], [str(tmp_path / "o.json"), "--model", str(source)]):
        assert main(["convert", str(source), *arguments]) == 1
        assert "without weights; it can be converted into .json only" in capsys.readouterr().err
    for load in (load_model, model.load_weights):
        with pytest.raises(keras.saving.FileFormatError, match="model_from_json"):
            load(source)


def test_convert_replaces_no_file_unasked(model, tmp_path, capsys):
    source, target = tmp_path / "m.keras", tmp_path / "n.h5"
    model.save(source)
    target.write_text("old")
    assert main(["convert", str(source), str(target)]) == 1
    assert capsys.readouterr().err == f"kerasnp: {str(target)!r} exists already; --overwrite replaces it.\n"
    assert target.read_text() == "old"
    assert main(["convert", str(source), str(target), "--overwrite"]) == 0
    assert same(model, load_model(target))


def test_convert_weights_needs_a_model(model, tmp_path, capsys):
    model.save_weights(tmp_path / "m.weights.h5")
    assert main(["convert", str(tmp_path / "m.weights.h5"), str(tmp_path / "m.keras")]) == 1
    assert "holds weights alone: name a file with their architecture by --model" in capsys.readouterr().err
    assert not (tmp_path / "m.keras").exists()


def test_convert_errors(model, tmp_path, capsys):
    source = tmp_path / "m.keras"
    model.save(source)
    assert main(["convert", str(source), str(tmp_path / "m.pb")]) == 2
    assert "OUT must end in .keras, .weights.h5, .h5, .hdf5, .json" in capsys.readouterr().err
    assert main(["convert", str(tmp_path / "none"), str(tmp_path / "n.keras")]) == 2
    source.write_bytes(source.read_bytes()[:1000])
    assert main(["convert", str(source), str(tmp_path / "n.keras")]) == 1
    assert "damaged zip archive" in capsys.readouterr().err
    assert not (tmp_path / "n.keras").exists()


def test_convert_passes_warnings_on(model, tmp_path, capsys):
    path = tmp_path / "m.h5"
    model.save(path)
    with h5py.File(path, "r+") as file:
        file["optimizer_weights"].attrs["weight_names"] = file["optimizer_weights"].attrs["weight_names"][:-1]
    assert main(["convert", str(path), str(tmp_path / "m.keras")]) == 0
    assert capsys.readouterr().err.startswith("kerasnp: warning: The optimizer state in")


# -- the command -----------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["inspect"], ["convert", "a"], ["explode", "a"]])
def test_wrong_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as info:
        main(arguments)
    assert info.value.code == 2
    assert "usage: python -m kerasnp" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["inspect", "--help"], ["convert", "--help"]])
def test_help(arguments, capsys):
    with pytest.raises(SystemExit) as info:
        main(arguments)
    assert info.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: python -m kerasnp")
    assert len(arguments) == 1 or "exit status: 0" in text


def test_as_a_program(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "kerasnp", "inspect", str(Path(tmp_path, "none"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("kerasnp: No model file at")
