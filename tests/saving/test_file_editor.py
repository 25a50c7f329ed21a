"""The editor of files: it shows, compares and changes trees of weights, and what it writes loads."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers
from kerasnp.saving import FileFormatError, KerasFileEditor


def make(units=4, inner=True):
    more = [keras.Sequential([keras.Input((2,)), layers.Dense(1)])] if inner else []
    stack = [keras.Input((3,)), layers.Dense(units), layers.BatchNormalization(), layers.Dense(2, name="last"), *more]
    model = keras.Sequential(stack)
    model.compile(keras.optimizers.SGD(momentum=0.5), "mse")
    return model


@pytest.fixture
def model():
    model = make()
    model.train_on_batch(np.ones((2, 3)), np.ones((2, 1)))
    return model


@pytest.fixture(params=[".weights.h5", ".keras"])
def editor(request, model, tmp_path):
    path = tmp_path / f"model{request.param}"
    (model.save if request.param == ".keras" else model.save_weights)(path)
    return KerasFileEditor(path)


def test_the_summary_is_a_tree_of_objects_and_weights(model, tmp_path, capsys):
    model.save_weights(tmp_path / "model.weights.h5")
    KerasFileEditor(tmp_path / "model.weights.h5").summary()
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == f"Keras model file '{tmp_path / 'model.weights.h5'}'"
    assert shown[1] == "Weights structure"
    names = [layer.name for layer in model.layers]
    assert shown[2:14] == [
        "  ├─ layers",
        f"  │   ├─ batch_normalization ('{names[1]}')",
        "  │   │   ├─ 0: shape=(4,), dtype=float32",
        "  │   │   ├─ 1: shape=(4,), dtype=float32",
        "  │   │   ├─ 2: shape=(4,), dtype=float32",
        "  │   │   └─ 3: shape=(4,), dtype=float32",
        f"  │   ├─ dense ('{names[0]}')",
        "  │   │   ├─ 0: shape=(3, 4), dtype=float32",
        "  │   │   └─ 1: shape=(4,), dtype=float32",
        "  │   ├─ dense_1 ('last')",
        "  │   │   ├─ 0: shape=(4, 2), dtype=float32",
        "  │   │   └─ 1: shape=(2,), dtype=float32",
    ]
    assert "  └─ optimizer ('SGD')" in shown or f"  └─ optimizer ('{model.optimizer.name}')" in shown


def test_a_file_of_a_whole_model_tells_its_version(model, tmp_path, capsys):
    model.save(tmp_path / "model.keras")
    editor = KerasFileEditor(str(tmp_path / "model.keras"))
    assert f"Saved with Keras {editor.metadata['keras_version']}" in capsys.readouterr().out
    assert editor.config["class_name"] == "Sequential"


def test_the_model_that_was_saved_fits(editor, model, capsys):
    weights = len(model.weights) + len(model.optimizer.variables)
    assert editor.compare(model) == {"status": "success", "error_count": 0, "match_count": weights}
    assert f"    Found {weights} matching weights" in capsys.readouterr().out


def test_each_difference_is_told_once(editor, capsys):
    result = editor.compare(make(units=5, inner=False))
    assert result == {"status": "error", "error_count": 9, "match_count": 1}
    shown = capsys.readouterr().out
    assert (
        "...Weight shape mismatch for /layers/dense/0\n    In reference model: shape=(3, 5)\n"
        "    In saved file: shape=(3, 4)\n"
    ) in shown
    assert "...Object /layers/sequential present in saved file, missing from reference model\n" in shown
    assert "...Object /optimizer present in saved file, missing from reference model\n" in shown
    assert "Found 9 errors: saved file is not compatible with the reference model" in shown


def test_what_is_saved_unchanged_loads_with_its_training(editor, model, tmp_path):
    editor.resave_weights(tmp_path / "again.weights.h5")
    again = make()
    again.load_weights(tmp_path / "again.weights.h5")
    for batch in range(3):
        x = np.random.default_rng(batch).normal(size=(4, 3))
        model.train_on_batch(x, x[:, :1])
        again.train_on_batch(x, x[:, :1])
    for mine, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_changed_files_load_into_changed_models(editor, model, tmp_path):
    kernel, bias = np.arange(10.0).reshape(2, 5), np.ones(5)
    editor.delete_object("layers/sequential")
    editor.delete_object("optimizer")
    editor.rename_object("batch_normalization", "normalized")
    editor.rename_object("layers/normalized", "batch_normalization")
    editor.add_object("layers/dense_2", {"0": kernel})
    editor.add_weights("dense_2", {"1": bias, "2": bias})
    editor.delete_weight("dense_2", "2")
    editor.save(tmp_path / "changed.weights.h5")
    changed = keras.Sequential([keras.Input((3,)), *[layers.Dense(4), layers.BatchNormalization()], layers.Dense(2)])
    changed.add(layers.Dense(5))
    changed.load_weights(tmp_path / "changed.weights.h5")
    for mine, theirs in zip(changed.get_weights(), [*model.get_weights()[:-2], kernel, bias], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert KerasFileEditor(tmp_path / "changed.weights.h5").object_metadata["layers/dense_1"] == {"name": "last"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda editor: editor.rename_object("nope", "x"), "Source name 'nope' does not appear in the model"),
        (lambda editor: editor.rename_object("0", "x"), "Name '0' occurs more than once .*'layers/dense/0'"),
        (lambda editor: editor.rename_object("layers/zz/0", "x"), "Path 'layers/zz/0' not found in model"),
        (lambda editor: editor.rename_object("layers/zz", "x"), "Path 'layers/zz' not found in model"),
        (lambda editor: editor.rename_object("dense_1", "a/b"), "should be a leaf name, not a full path name"),
        (lambda editor: editor.rename_object("dense_1", "dense"), "there is an object of that name already"),
        (lambda editor: editor.delete_weight("dense_1", "7"), "Weight 7 not found in object dense_1"),
        (lambda editor: editor.delete_weight("layers/dense/0", "0"), "'layers/dense/0' is a weight and no object"),
        (lambda editor: editor.add_object("a/b/c", {}), "Path 'a/b' not found in model"),
        (lambda editor: editor.add_object("layers/dense", {}), "the place is taken"),
        (
            lambda editor: editor.add_object("layers/new", [1]),
            "should be a dict .* Received: type.weights.=<class 'list'>",
        ),
        (lambda editor: editor.add_weights("dense_1", {"2": "text"}), "Weight '2' must be an array of numbers"),
        (lambda editor: editor.save("x.h5"), "expected a `.weights.h5` extension. Received: filepath=x.h5"),
    ],
)
def test_mistakes_change_nothing(editor, model, change, message):
    with pytest.raises(ValueError, match=message):
        change(editor)
    assert editor.compare(model)["status"] == "success"


def test_files_of_other_kinds_are_refused(model, tmp_path):
    model.save(tmp_path / "model.h5")
    with pytest.raises(ValueError, match=r"expected a `.keras` or `.weights.h5` file.*convert IN OUT"):
        KerasFileEditor(tmp_path / "model.h5")
    (tmp_path / "text.weights.h5").write_text("no weights")
    with pytest.raises(FileFormatError, match="not an HDF5 file"):
        KerasFileEditor(tmp_path / "text.weights.h5")
    with pytest.raises(FileNotFoundError):
        KerasFileEditor(tmp_path / "none.weights.h5")


def test_links_in_a_file_are_refused(model, tmp_path):
    import h5py

    model.save_weights(tmp_path / "model.weights.h5")
    with h5py.File(tmp_path / "model.weights.h5", "a") as file:
        file["layers/other"] = h5py.ExternalLink("/etc/other.h5", "/")
    with pytest.raises(FileFormatError, match="link to another place"):
        KerasFileEditor(tmp_path / "model.weights.h5")


def test_an_object_and_a_weight_of_one_name_are_refused(model, tmp_path):
    import h5py

    model.save_weights(tmp_path / "model.weights.h5")
    with h5py.File(tmp_path / "model.weights.h5", "a") as file:
        file["layers/vars/dense"] = np.ones(3)
    with pytest.raises(FileFormatError, match="two members 'dense' at 'layers'"):
        KerasFileEditor(tmp_path / "model.weights.h5")
