"""Every public name of Keras is here, with Keras's arguments; or it is known why not."""

import importlib.util
import inspect
from pathlib import Path

import pytest
from public_names import FROZEN, MISSING, difference, find, names, parameters_of_text, reason

import kerasnp

# Where the arguments are others on purpose. Functions of one argument may call it otherwise.
ON_PURPOSE = {
    ("keras.layers", "InputLayer"): "input_tensor belongs to graphs",
    ("keras.metrics", "SparseTopKCategoricalAccuracy"): "from_sorted_ids takes the output of a ranking library",
    ("keras.metrics", "sparse_top_k_categorical_accuracy"): "from_sorted_ids takes the output of a ranking library",
    ("keras.optimizers", "Optimizer"): "the arguments are named in its docstring and handed on",
    ("keras", "Optimizer"): "the arguments are named in its docstring and handed on",
    ("keras", "Variable"): "it is made of an array, not of an initializer",
}

ALL = list(names())
WANTED = [(space, name) for space, name, mark, _ in ALL if mark != "skip"]


def test_the_marks_are_known():
    assert {mark for _, _, mark, _ in ALL} == {"must", "should", "skip"}


@pytest.mark.parametrize(("namespace", "name"), WANTED)
def test_the_name_is_here(namespace, name):
    assert find(namespace, name) is not MISSING


@pytest.mark.parametrize(("namespace", "name"), [(space, name) for space, name, mark, _ in ALL if mark == "skip"])
def test_what_is_left_out_has_a_reason(namespace, name):
    assert find(namespace, name) is not MISSING or reason(namespace, name)


@pytest.mark.parametrize(
    ("namespace", "name", "signature"), [(space, name, text) for space, name, _, text in ALL if text is not None]
)
def test_the_arguments_are_those_of_keras(namespace, name, signature):
    entry = find(namespace, name)
    if entry is MISSING or not callable(entry):
        return
    found = difference(entry, signature)
    wanted, _ = parameters_of_text(signature)
    one_argument = inspect.isfunction(entry) or inspect.ismethod(entry)
    if found and one_argument and name in ("serialize", "deserialize"):
        mine = [item.default for item in inspect.signature(entry).parameters.values()]
        assert len(mine) == len(wanted)
    elif (namespace, name) in ON_PURPOSE:
        assert found, f"{name} is as in Keras: take it off the list ON_PURPOSE"
    else:
        assert not found, found


@pytest.mark.parametrize(
    ("owner", "name", "signature"),
    [(owner, name, text) for owner, listed in FROZEN["methods"].items() for name, text in listed.items()],
)
def test_the_methods_are_those_of_keras(owner, name, signature):
    if "*args" in signature:
        return
    assert not difference(getattr(getattr(kerasnp, owner), name), signature)


@pytest.mark.parametrize(
    ("function", "signature", "found"),
    [
        (lambda a, b=1: 0, "(a, b=1)", ""),
        (lambda a, b=1.0, *, c=2: 0, "(a, b=1)", ""),
        (lambda a, b=2: 0, "(a, b=1)", "argument 'b' is 2 unless given, and 1 in Keras"),
        (lambda b, a: 0, "(a, b)", "argument 'a' is not number 1"),
        (lambda a: 0, "(a, b=1)", "there is no argument 'b'"),
        (lambda a, **k: 0, "(a, *, b=1, **kwargs)", ""),
        (lambda a, c: 0, "(a)", "argument(s) ['c'] are needed"),
    ],
)
def test_differences_are_found(function, signature, found):
    assert difference(function, signature) == found


def test_the_support_table_is_current():
    path = Path(__file__).parents[1] / "docs" / "make_support.py"
    spec = importlib.util.spec_from_file_location("make_support", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.PAGE.read_text(encoding="utf-8") == script.text(), "run python docs/make_support.py"
