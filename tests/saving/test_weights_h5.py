"""Saving and loading weights: the layout, the errors, all or nothing."""

import os
import pathlib
import zipfile

import h5py
import numpy as np
import pytest

from kerasnp.saving import load_weights, save_weights


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.weights.h5"


def equal(first, second):
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(first, second, strict=True))


def edit(path, change):
    with h5py.File(path, "r+") as file:
        change(file)


# -- writing ---------------------------------------------------------------------------------------


def test_layout(make, path):
    model = make.mlp()
    model.ensure_optimizer_built()
    save_weights(make.fill(model), path)
    groups, arrays = {}, {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                groups.update({name: dict(item.attrs)})
                if isinstance(item, h5py.Group)
                else arrays.update({name: (item.shape, item.dtype.name, item.chunks, item.compression)})
            )
        )
    assert {name: attributes for name, attributes in groups.items() if name.endswith("vars")} == {
        "vars": {"name": "mlp"},
        "layers/dense/vars": {"name": "hidden"},
        "layers/dense_1/vars": {"name": "probs"},
        "layers/dropout/vars": {"name": "dropout"},
        "optimizer/vars": {"name": "adam"},
    }
    expected = {"layers/dense/vars/0": (4, 5), "layers/dense/vars/1": (5,)}
    expected |= {"layers/dense_1/vars/0": (5, 3), "layers/dense_1/vars/1": (3,)}
    slots = [(), (), (4, 5), (4, 5), (5,), (5,), (5, 3), (5, 3), (3,), (3,)]
    expected |= {f"optimizer/vars/{index}": shape for index, shape in enumerate(slots)}
    assert {name: shape for name, (shape, *_) in arrays.items()} == expected
    assert {tuple(rest) for _, *rest in arrays.values()} == {("float32", None, None), ("int64", None, None)}


def test_an_optimizer_that_is_not_built_is_not_written(make, path):
    save_weights(make.mlp(), path)
    with h5py.File(path) as file:
        assert set(file) == {"vars", "layers"}


@pytest.mark.parametrize("name", ["model.h5", "model.weights", "model.keras", "weights.h5.txt"])
def test_the_name_must_end_in_weights_h5(make, tmp_path, name):
    with pytest.raises(ValueError, match=r"The filename must end in `\.weights\.h5`\. Received: filepath=.*" + name):
        save_weights(make.mlp(), tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_paths_of_several_types(make, path):
    for form in (str(path), path, pathlib.PurePath(path)):
        save_weights(make.mlp(), form)
        load_weights(make.mlp(), form)
    with pytest.raises(TypeError):
        save_weights(make.mlp(), 3)


def test_an_unbuilt_model_has_no_weights(make, path):
    save_weights(make.mlp(), path)
    model = make.Chain("later", built=False)
    with pytest.raises(ValueError, match="Cannot save weights: model 'later' has not yet been built"):
        save_weights(model, path)
    with pytest.raises(ValueError, match="Cannot load weights: model 'later' has not yet been built"):
        load_weights(model, path)


def test_overwrite(make, path):
    save_weights(make.fill(make.mlp()), path, overwrite=False)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"exists already\. Pass overwrite=True"):
        save_weights(make.mlp(), path, overwrite=False)
    assert path.read_bytes() == before
    save_weights(make.mlp(), path)
    assert path.read_bytes() != before


def test_missing_folder(make, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere' does not exist"):
        save_weights(make.mlp(), tmp_path / "nowhere" / "m.weights.h5")


def test_a_failed_save_leaves_the_old_file(make, path):
    save_weights(make.fill(make.mlp()), path)
    before = path.read_bytes()
    model = make.mlp()
    model.layers[2]._variables[1].value = object()
    with pytest.raises(TypeError):
        save_weights(model, path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_round_trip_is_exact(make, path, dtype):
    def model():
        inner = make.Chain("inner", make.leaf("Dense", "a", (2, 3), dtype=dtype))
        cell = make.leaf("LSTMCell", "cell", (3, 8), (2, 8), (8,), dtype=dtype)
        return make.Chain(
            "m",
            make.leaf("BatchNormalization", "bn", [4], (4,), dtype=dtype),
            inner,
            make.leaf("LSTM", "lstm", cell=cell),
            *(make.leaf("Dense", f"d{index}", (index, 2), dtype=dtype) for index in range(12)),
        )

    generator = np.random.default_rng(0)
    first, second = model(), model()
    for variable in make.variables_of(first):
        variable.value[...] = generator.normal(size=variable.shape)
    save_weights(first, path)
    load_weights(second, path)
    assert len(make.values(second)) == 18
    assert equal(make.values(first), make.values(second))


def test_values_are_written_in_place(make, path):
    """Variables may be views of a flat vector, so the arrays themselves must stay."""
    save_weights(make.fill(make.mlp(optimizer=False)), path)
    model = make.mlp(optimizer=False)
    arrays = [variable.value for variable in make.variables_of(model)]
    load_weights(model, path)
    assert all(array is variable.value for array, variable in zip(arrays, make.variables_of(model), strict=True))
    assert arrays[0][0, 0] == 1


def test_number_types_are_converted(make, path):
    model = make.Chain("m", make.leaf("Dense", "d", (2,), dtype="float64"))
    model.layers[0]._variables[0].value[...] = 1 / 3
    save_weights(model, path)
    other = make.Chain("m", make.leaf("Dense", "d", (2,)))
    load_weights(other, path)
    assert equal(make.values(other), [np.full(2, 1 / 3, np.float32)])


def test_files_rewritten_with_compression_are_read(make, path):
    save_weights(make.fill(make.mlp()), path)

    def compress(file):
        value = file["layers/dense/vars/0"][()]
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", data=value, chunks=(1, 5), compression="gzip")

    edit(path, compress)
    model = make.mlp()
    load_weights(model, path)
    assert equal(make.values(model), make.values(make.fill(make.mlp())))


def test_a_mismatch_changes_nothing_and_shows_a_table(make, path):
    save_weights(make.fill(make.mlp()), path)
    model = make.fill(make.mlp(units=4), start=50)
    model.layers.append(make.leaf("Dense", "more", (4, 2)))
    before = make.values(model)
    with pytest.raises(ValueError, match="do not fit model 'mlp'; none was loaded") as info:
        load_weights(model, path)
    heading, *rows = str(info.value).splitlines()
    assert str(path) in heading
    assert rows == [
        "layer  place in the file      expected        found",
        "probs  layers/dense_1/vars/0  (5, 4) float32  (5, 3) float32",
        "probs  layers/dense_1/vars/1  (4,) float32    (3,) float32",
        "more   layers/dense_2/vars    1 array         0 arrays",
    ]
    assert equal(make.values(model), before)


def test_a_long_table_is_cut(make, path):
    save_weights(make.Chain("m"), path)
    model = make.Chain("m", *(make.leaf("Dense", f"d{index}", (1,)) for index in range(100)))
    with pytest.raises(ValueError, match=r"and 60 more$"):
        load_weights(model, path)


def test_skip_mismatch_loads_whole_layers_that_fit(make, path):
    save_weights(make.fill(make.mlp()), path)
    model = make.mlp(units=4, optimizer=False)
    model.layers[2]._variables[0].value[...] = 7
    with pytest.warns(UserWarning, match=r"(?s)Skipped what does not fit.*probs  layers/dense_1/vars/0") as caught:
        load_weights(model, path, skip_mismatch=True)
    assert len(caught) == 1
    hidden, probs = model.layers[0]._variables, model.layers[2]._variables
    assert [variable.value.flat[0] for variable in hidden] == [1, 2]
    assert [variable.value.flat[0] for variable in probs] == [7, 0]


def test_one_array_that_does_not_fit_skips_its_layer(make, path):
    save_weights(make.fill(make.Chain("m", make.leaf("Conv2D", "c", (3, 3, 1, 8), (8,)))), path)
    model = make.Chain("m", make.leaf("Conv2D", "c", (3, 3, 3, 8), (8,)))
    with pytest.warns(UserWarning, match="Skipped"):
        load_weights(model, path, skip_mismatch=True)
    assert not any(value.any() for value in make.values(model))


def test_layers_that_the_model_lacks_are_named(make, path):
    inner = make.Chain("inner", make.leaf("Dense", "a", (2,)), make.leaf("Dense", "b", (2,)))
    dropout = make.leaf("Dropout", "dropout")
    save_weights(make.Chain("big", make.leaf("Dense", "d", (3,)), inner, make.leaf("Conv2D", "c", (4,)), dropout), path)
    model = make.Chain("small", make.leaf("Dense", "d", (3,)), make.Chain("inner", make.leaf("Dense", "a", (2,))))
    with pytest.warns(UserWarning, match="model 'small' lacks: ") as caught:
        model.load_weights(path)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert str(caught[0].message).endswith("lacks: layers/conv2d, layers/chain/layers/dense_1.")


def test_a_missing_file(make, path):
    with pytest.raises(FileNotFoundError, match="No weights file at"):
        load_weights(make.mlp(), path)


# -- the optimizer ---------------------------------------------------------------------------------


def trained(make):
    model = make.mlp()
    model.ensure_optimizer_built()
    return make.fill(model)


def test_the_optimizer_is_built_and_loaded(make, path):
    save_weights(trained(make), path)
    model = make.mlp()
    load_weights(model, path)
    assert equal(make.values(model), make.values(trained(make)))


def test_without_an_optimizer_its_state_is_left_out(make, path):
    save_weights(trained(make), path)
    load_weights(make.mlp(optimizer=False), path)


def test_a_file_without_optimizer_state_leaves_the_optimizer(make, path):
    save_weights(make.mlp(), path)
    model = trained(make)
    load_weights(model, path)
    assert model.optimizer.variables[0].value == 5
    assert not model.layers[0]._variables[0].value.any()


def test_keras_2_stored_no_learning_rate(make, path):
    save_weights(trained(make), path)

    def as_keras_2(file):
        del file["optimizer/vars/1"]
        for index in range(2, 10):
            file.move(f"optimizer/vars/{index}", f"optimizer/vars/{index - 1}")
        file["metrics/mean/vars/0"] = np.float32(0)

    edit(path, as_keras_2)
    model = make.mlp()
    load_weights(model, path)
    expected = make.values(trained(make))
    expected[5] = np.zeros((), np.float32)
    assert equal(make.values(model), expected)


@pytest.mark.parametrize("change", ["fewer", "shape", "kind", "name"])
def test_another_optimizer_state_is_left_out_with_a_warning(make, path, change):
    save_weights(trained(make), path)

    def alter(file):
        group = file["optimizer/vars"]
        if change != "name":
            del group["9"]
        if change == "fewer":
            del group["8"]
        if change == "shape":
            group["9"] = np.zeros(7, np.float32)
        if change == "kind":
            group["9"] = np.zeros(3, "S4")
        if change == "name":
            file.move("optimizer/vars/9", "optimizer/vars/09")

    edit(path, alter)
    model = make.mlp()
    with pytest.warns(UserWarning, match="optimizer state in .* does not fit the optimizer 'adam' of model 'mlp'"):
        load_weights(model, path)
    assert model.layers[0]._variables[0].value.all()
    assert not any(variable.value.any() for variable in model.optimizer.variables)


# -- older layouts ---------------------------------------------------------------------------------


def test_files_without_names_are_read(make, path):
    save_weights(make.fill(make.mlp()), path)
    edit(path, lambda file: [file[f"{place}vars"].attrs.pop("name") for place in ("", "layers/dense/")])
    load_weights(make.mlp(), path)


def test_the_list_of_layers_of_keras_2_12(make, path):
    def model():
        inner = make.Chain("inner", *(make.leaf("Dense", f"i{index}", (index + 7,)) for index in range(2)))
        return make.Chain("m", *(make.leaf("Dense", f"d{index}", (index + 2,)) for index in range(3)), inner)

    save_weights(make.fill(model()), path)

    def as_keras_2_12(file):
        old = "_layer_checkpoint_dependencies"
        file.move("layers/chain/layers", f"layers/chain/{old}")
        file.move("layers", old)
        file.move(f"{old}/dense_2", f"{old}/dense_10")
        file.move(f"{old}/dense_1", f"{old}/dense_4")
        file.move(f"{old}/chain/{old}/dense_1", f"{old}/chain/{old}/dense_2")

    edit(path, as_keras_2_12)
    loaded = model()
    load_weights(loaded, path)
    assert equal(make.values(loaded), make.values(make.fill(model())))


# -- other and hostile files -----------------------------------------------------------------------


def whole_model_h5(path):
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{}"
        file.create_group("model_weights")


def old_weights_h5(path):
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"dense"]


def some_hdf5(path):
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros(3)


def keras_archive(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (whole_model_h5, "a whole model in Keras's older `.h5` format"),
        (old_weights_h5, "a weights file in Keras's older `.h5` format"),
        (some_hdf5, "an HDF5 file, but it holds no Keras weights"),
        (keras_archive, "a zip archive, such as a `.keras` model"),
        (lambda path: path.write_bytes(b""), "not an HDF5 file"),
        (lambda path: path.mkdir(), "a folder"),
    ],
)
def test_other_files_are_named(make, path, write, kind):
    write(path)
    with pytest.raises(ValueError, match=f"is {kind}"):
        load_weights(make.mlp(), path)


def test_a_truncated_file_is_named(make, path):
    save_weights(make.mlp(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="is a damaged HDF5 file"):
        load_weights(make.mlp(), path)


def test_damaged_content_changes_nothing(make, path):
    save_weights(make.fill(make.mlp()), path)

    def damage(file):
        del file["layers/dense_1/vars/1"]
        stored = file.create_dataset("layers/dense_1/vars/1", (3,), np.float32, chunks=(3,), compression="gzip")
        stored.id.write_direct_chunk((0,), b"this is no gzip stream")

    edit(path, damage)
    model = make.mlp()
    with pytest.raises(ValueError, match="is damaged; nothing was loaded"):
        load_weights(model, path)
    assert not any(value.any() for value in make.values(model))


def external_storage(file):
    secret = pathlib.Path(file.filename).with_name("secret.bin")
    secret.write_bytes(bytes(80))
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (4, 5), np.float32, external=[(str(secret), 0, 80)])


def virtual_dataset(file):
    layout = h5py.VirtualLayout(shape=(4, 5), dtype=np.float32)
    layout[:] = h5py.VirtualSource(file["layers/dense/vars/0"])
    del file["layers/dense/vars/0"]
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def linked(name, link):
    def change(file):
        file.move(name, "elsewhere")
        file[name] = link

    return change


def group_replaced(file):
    del file["layers/dense/vars"]
    file["layers/dense/vars"] = np.zeros((4, 5), np.float32)


def huge_chunks(file):
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (4, 5), np.float32, maxshape=(None, None), chunks=(1 << 13, 1 << 14))


HOSTILE = {
    "external storage": (external_storage, "takes its content from another file"),
    "virtual dataset": (virtual_dataset, "is a view of other datasets"),
    "soft link to a dataset": (linked("layers/dense/vars/0", h5py.SoftLink("/elsewhere")), "is a link"),
    "soft link to a group": (linked("layers/dense", h5py.SoftLink("/elsewhere")), "is a link"),
    "soft link to all": (linked("layers", h5py.SoftLink("/elsewhere")), "is a link"),
    "dangling link": (linked("layers/dense/vars", h5py.SoftLink("/nowhere")), "is a link"),
    "external link": (linked("layers/dense/vars", h5py.ExternalLink("other.h5", "/")), "is a link"),
    "external link to nothing": (linked("layers/dense/vars/1", h5py.ExternalLink("none.h5", "/")), "is a link"),
    "link at an unknown layer": (lambda file: file.update({"layers/x": h5py.SoftLink("/vars")}), "is a link"),
    "optimizer link": (linked("optimizer", h5py.ExternalLink("other.h5", "/")), "is a link"),
    "dataset for a group": (group_replaced, "must be a group"),
    "huge chunks": (huge_chunks, "is stored in chunks of"),
}


@pytest.mark.parametrize("skip_mismatch", [False, True])
@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_files_are_refused(make, path, attack, skip_mismatch):
    save_weights(trained(make), path)
    with h5py.File(path.with_name("other.h5"), "w") as other:
        other["0"] = other["1"] = np.zeros((4, 5), np.float32)
    change, message = HOSTILE[attack]
    edit(path, lambda file: {name: change(file) for name in ["once"]})
    model = make.mlp()
    with pytest.raises(ValueError, match=f"is refused: .*{message}"):
        load_weights(model, path, skip_mismatch=skip_mismatch)
    assert not any(value.any() for value in make.values(model))


def replace(value=None, **declared):
    def change(file):
        del file["layers/dense/vars/0"]
        if declared:
            file.create_dataset("layers/dense/vars/0", **declared)
        else:
            file["layers/dense/vars/0"] = value

    return change


STRANGE = {
    "a terabyte": (replace(shape=(1 << 19, 1 << 19), dtype="f4"), r"\(524288, 524288\) float32, without content"),
    "no content": (replace(shape=(4, 5), dtype="f4"), r"\(4, 5\) float32, without content"),
    "text": (replace(np.full((4, 5), b"text")), r"\(4, 5\) text"),
    "complex": (replace(np.zeros((4, 5), np.complex64)), r"\(4, 5\) records"),
    "record": (replace(np.zeros((4, 5), [("a", "f4")])), r"\(4, 5\) records"),
    "objects": (replace(shape=(4, 5), dtype=h5py.string_dtype()), r"\(4, 5\) lists"),
    "empty": (replace(h5py.Empty("f4")), "an empty dataset"),
    "zero-padded name": (lambda file: file.move("layers/dense/vars/0", "layers/dense/vars/00"), "names other than"),
    "a group inside": (lambda file: file.create_group("layers/dense/vars/x"), "names other than"),
    "one more": (lambda file: file.update({"layers/dense/vars/2": np.zeros(1)}), "3 arrays"),
    "one for a dropout": (lambda file: file.update({"layers/dropout/vars/0": np.zeros(1)}), "1 array$"),
    "one for the model": (lambda file: file.update({"vars/0": np.zeros(1)}), "0 arrays +1 array$"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_strange_content_is_a_mismatch(make, path, case):
    save_weights(make.fill(make.mlp()), path)
    change, found = STRANGE[case]
    edit(path, lambda file: {name: change(file) for name in ["once"]})
    model = make.mlp()
    with pytest.raises(ValueError, match=f"(?s)none was loaded.*{found}"):
        load_weights(model, path)
    assert not any(value.any() for value in make.values(model))


def test_integers_are_not_read_from_fractions(make, path):
    model = trained(make)
    save_weights(model, path)
    edit(path, lambda file: (file.pop("optimizer/vars/0"), file.update({"optimizer/vars/0": np.float32(2.5)})))
    with pytest.warns(UserWarning, match="optimizer state"):
        load_weights(make.mlp(), path)


def test_groups_that_contain_themselves_are_refused(make, path):
    save_weights(make.mlp(), path)

    def circle(file):
        file["layers/again"] = file["layers"]

    edit(path, circle)
    with pytest.raises(ValueError, match=r"/layers/again is the same object as /layers"):
        load_weights(make.mlp(), path)
