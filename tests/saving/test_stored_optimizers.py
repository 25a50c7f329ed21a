"""The state of optimizers as real Keras stores it, in files of three generations, and what is not theirs."""

import functools
import json
import pathlib

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import registry
from kerasnp.saving.config_reading import read_model_config
from kerasnp.saving.errors import UnusableStateError
from kerasnp.saving.optimizer_state import read_optimizer_state
from kerasnp.saving.training_config import read_compile_config

GOLDEN = pathlib.Path(__file__).parent / "golden"
SHAPES = [(3, 3), (3,), (3, 3), (3,), (3, 2), (2,)]
VERSIONS = [path.stem.removeprefix("optimizers_") for path in sorted(GOLDEN.glob("optimizers_*.json"))]
HERE = registry.find_namespace("keras.optimizers").entries
# Keras 3.3 counted every step as an update of Adam, also those that only accumulate: its next step is another one.
# Keras 2 multiplied Nadam's product once for each weight, not once a step; its older Nadam had another product.
OTHER_STEP = [("3.3.3", "Adam.accumulation"), ("2.21.0", "Nadam.plain"), ("2.21.0_legacy", "Nadam.plain")]


@functools.cache
def facts(version):
    return json.loads((GOLDEN / f"optimizers_{version}.json").read_text())


@functools.cache
def numbers(version):
    return dict(np.load(GOLDEN / f"optimizers_{version}.npz"))


def cases():
    for version in VERSIONS:
        for variant, fact in facts(version).items():
            if variant.partition(".")[0] in HERE:
                yield from ((version, variant, form) for form in ("h5", "vars") if fact[form])


class Stored:
    """What Keras stored of one variant."""

    def __init__(self, version, variant):
        fact, flat = facts(version)[variant], numbers(version)[variant]
        lists = [fact["h5"], fact["vars"], *[[["", shape] for shape in SHAPES]] * 2]
        sizes = [int(np.prod(shape)) for entries in lists for _, shape in entries]
        assert sum(sizes) == flat.size
        pieces = iter(np.split(flat, np.cumsum(sizes)[:-1]))
        found = [[(name, next(pieces).reshape(shape)) for name, shape in entries] for entries in lists]
        self.entries = {"h5": self._typed(found[0]), "vars": self._typed(found[1])}
        self.before, self.after = ([value.astype("float32") for _, value in entries] for entries in found[2:])
        self.compiled = {"h5": fact["training_config"], "vars": fact["compile_config"]}
        self.model_config = facts(version)["model_config"]
        self.x, self.y = numbers(version)["x"], numbers(version)["y"]

    @staticmethod
    def _typed(entries):
        return [
            (name, value.astype("float32" if index or value.ndim else "int64"))
            for index, (name, value) in enumerate(entries)
        ]

    def model(self, form):
        model = registry.deserialize_keras_object(read_model_config(self.model_config, "config"))
        model.compile(**read_compile_config(self.compiled[form]))
        model.set_weights(self.before)
        model.ensure_optimizer_built()
        return model


@pytest.mark.parametrize(("version", "variant", "form"), list(cases()))
def test_training_goes_on_as_in_keras(version, variant, form):
    stored = Stored(version, variant)
    model = stored.model(form)
    model.optimizer.set_weights(read_optimizer_state(stored.entries[form], model.optimizer, "state"))
    assert model.optimizer.variables[0].value == 3
    if (version, variant) in OTHER_STEP:
        return
    model.train_on_batch(stored.x, stored.y)
    # Keras computes powers and roots of the step in float32: 1e-5 of a step. Its old RMSprop had epsilon elsewhere.
    atol = 1.5e-5 if (version, variant) == ("2.21.0_legacy", "RMSprop.centered") else 1e-6
    for mine, theirs, before in zip(model.get_weights(), stored.after, stored.before, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=atol)
        assert np.abs(theirs - before).max() > 10 * atol or "accumulation" in variant


@pytest.mark.parametrize("variant", ["Adam.plain", "Adam.amsgrad", "RMSprop.plain", "Adagrad.plain", "Adadelta.plain"])
@pytest.mark.parametrize("with_iteration", [True, False])
def test_keras_on_several_backends_named_nothing(variant, with_iteration):
    """The order is that of tf.keras's older optimizers, one slot after the other."""
    stored = Stored("2.21.0_legacy", variant)
    entries = [
        (f"training/{variant}/Variable_{index}:0", array) for index, (_, array) in enumerate(stored.entries["h5"])
    ]
    if variant == "Adam.plain":
        entries += [(f"training/Adam/vhat_{index}:0", np.zeros(1, "float32")) for index in range(len(SHAPES))]
    elif not with_iteration and "Adam" not in variant:
        entries = entries[1:]
    model = stored.model("h5")
    named = read_optimizer_state(stored.entries["h5"], model.optimizer, "state")
    bare = read_optimizer_state(entries, model.optimizer, "state")
    first = 0 if len(entries) > len(stored.entries["h5"]) - 1 else 1
    for mine, theirs in zip(bare[first:], named[first:], strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_momentum_that_sgd_does_not_use():
    stored = Stored("2.21.0", "SGD.plain")
    assert len(stored.entries["vars"]) == 7
    unnamed = [(f"training/SGD/Variable_{index}:0", array) for index, (_, array) in enumerate(stored.entries["vars"])]
    for entries in (*stored.entries.values(), unnamed):
        optimizer = stored.model("h5").optimizer
        assert len(read_optimizer_state(entries, optimizer, "state")) == len(optimizer.variables) == 2


def test_a_layer_may_be_called_as_a_slot():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="m"), keras.layers.Dense(1, name="v")])
    model.compile("adam", "mse")
    model.ensure_optimizer_built()
    shapes = [weight.shape for weight in model.weights]
    for form in ("Adam/{slot}/{layer}/{weight}:0", "Adam/{layer}/{weight}/{slot}:0", "adam/s_{layer}_{weight}_{long}"):
        entries = [("Adam/iter:0", np.array(7))]
        for slot, long, value in (("m", "momentum", 1.0), ("v", "velocity", 2.0)):
            for index, shape in enumerate(shapes):
                name = form.format(slot=slot, long=long, layer="mv"[index // 2], weight=("kernel", "bias")[index % 2])
                entries.append((name, np.full(shape, value + index / 10, "float32")))
        values = read_optimizer_state(entries, model.optimizer, "state")
        assert [float(value.flat[0]) for value in values[2:]] == pytest.approx([1, 2, 1.1, 2.1, 1.2, 2.2, 1.3, 2.3])


def test_names_that_were_equal():
    """Cells of layers within layers may be called alike."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.ensure_optimizer_built()
    entries = [("adam/iteration", np.array(7)), ("adam/learning_rate", np.array(0.5))]
    for index in range(2):
        for weight, shape in (("kernel", (2, 2)), ("bias", (2,))):
            for slot in ("momentum", "velocity"):
                name = f"adam/cell_{weight}_{slot}{'_' * index}"
                entries.append((name, np.full(shape, len(entries), "float32")))
    values = read_optimizer_state(entries, model.optimizer, "state")
    for value, (_, array) in zip(values, entries, strict=True):
        np.testing.assert_array_equal(value, array.astype(value.dtype))


def test_the_learning_rate_stays_where_the_file_has_none():
    stored = Stored("2.21.0", "Adam.plain")
    model = stored.model("h5")
    model.optimizer.learning_rate = 0.5
    for entries in stored.entries.values():
        assert read_optimizer_state(entries, model.optimizer, "state")[1] == 0.5


def test_a_schedule_goes_before_a_stored_learning_rate():
    stored = Stored("3.15.1", "Adam.plain")
    scheduled = Stored("3.15.1", "Adam.schedule").model("h5")
    for entries in stored.entries.values():
        assert len(read_optimizer_state(entries, scheduled.optimizer, "state")) == len(entries) - 1


def test_the_optimizer_within_a_loss_scale_optimizer():
    stored = Stored("3.15.1", "Adam.amsgrad")
    names = ("iteration", "learning_rate", "step_counter", "dynamic_scale")
    for entries in stored.entries.values():
        numbered = entries[0][0] == "0"
        own = [(f"loss_scale_optimizer/{name}", np.array(5)) for name in names]
        wrapped = [*own, *entries]
        if numbered:
            wrapped = [(str(index), array) for index, (_, array) in enumerate(wrapped)]
        model = stored.model("h5")
        assert read_optimizer_state(wrapped, model.optimizer, "state")[0] == 3


@pytest.mark.parametrize("settings", [{"use_ema": True}, {"use_ema": True, "gradient_accumulation_steps": 2}])
def test_nadams_product_stood_before_its_own_slots(settings):
    model = Stored("3.15.1", "Adam.plain").model("h5")
    optimizer = keras.optimizers.Nadam(**settings)
    optimizer.build(model.trainable_variables)
    values = [
        np.full(variable.shape, index, variable.dtype if index == 0 else "float32")
        for index, variable in enumerate(optimizer.variables)
    ]
    for common in (len(settings) * len(SHAPES), None):  # up to Keras 3.9, and since
        order = values[:-1]
        order.insert(len(values) if common is None else 2 + common, values[-1])
        entries = [(str(index), value) for index, value in enumerate(order)]
        for mine, theirs in zip(read_optimizer_state(entries, optimizer, "state"), values, strict=True):
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("dtype", ["float32", "int32", "int64"])
def test_adafactors_numbers_without_meaning_are_of_any_type(dtype):
    model = Stored("3.15.1", "Adam.plain").model("h5")
    optimizer = keras.optimizers.Adafactor()
    optimizer.build(model.trainable_variables)
    expected, entries = [], []
    for index, variable in enumerate(optimizer.variables):
        meaningless = index > 1 and variable.dtype == "int32"
        expected.append(np.full(variable.shape, 0 if meaningless else 3, variable.dtype))
        stored = np.array(7 if dtype != "float32" else np.nan, dtype) if meaningless else expected[-1]
        entries.append((str(index), stored))
    assert sum(array.shape == () for _, array in entries) == 2 + len(SHAPES)  # rows and columns of three biases
    for mine, value in zip(read_optimizer_state(entries, optimizer, "state"), expected, strict=True):
        np.testing.assert_array_equal(mine, value)
        assert mine.dtype == value.dtype


def changed(entries, index, array):
    return [(name, array if place == index else old) for place, (name, old) in enumerate(entries)]


@pytest.mark.parametrize("form", ["h5", "vars"])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_does_not_fit_is_refused(version, form):
    stored = Stored(version, "Adam.plain")
    entries = stored.entries[form]
    model = stored.model("h5")
    wrong = [
        entries[:-1],
        [*entries, (str(len(entries)), np.zeros(2, "float32"))],
        changed(entries, 0, np.array("three")),
        changed(entries, 0, np.array(3.5)),
        changed(entries, len(entries) - 1, np.zeros((9, 9), "float32")),
        [],
        Stored(version, "SGD.plain").entries[form],
        Stored(version, "Adam.amsgrad").entries[form],
    ]
    for state in wrong if entries else ():
        with pytest.raises(UnusableStateError, match=r"the state of m\.h5: "):
            read_optimizer_state(state, model.optimizer, "the state of m.h5")


def test_nothing_is_read_that_does_not_fit():
    class Huge:
        shape, dtype = (1 << 20, 1 << 20), np.dtype("float32")

        def __array__(self, dtype=None, copy=None):
            raise AssertionError("read")

    stored = Stored("3.15.1", "Adam.plain")
    for entries in stored.entries.values():
        with pytest.raises(UnusableStateError):
            read_optimizer_state(changed(entries, 5, Huge()), stored.model("h5").optimizer, "state")
