"""The order of the layers in Functional configs, in the old and the new form of their nodes."""

import pytest

from kerasnp.saving import FileFormatError
from kerasnp.saving.functional_chains import chain


def old_node(*sources, **settings):
    return [[source, 0, 0, settings] for source in sources]


def new_node(*sources, **settings):
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"shape": [None], "dtype": "float32", "keras_history": [s, 0, 0]}}
        for s in sources
    ]
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": settings}


NODES = pytest.mark.parametrize("node", [old_node, new_node])


def functional(layers, inputs=("a",), outputs=("c",)):
    """A config of layers: name to nodes."""
    entries = [{"name": name, "config": {"name": name}, "inbound_nodes": nodes} for name, nodes in layers.items()]
    ends = {"input_layers": inputs, "output_layers": outputs}
    return {"layers": entries, **{key: [[name, 0, 0] for name in names] for key, names in ends.items()}}


def refused(config, match):
    with pytest.raises(FileFormatError, match=f"here.*{match}"):
        chain(config, "here")


@NODES
def test_the_order_is_that_of_the_connections(node):
    config = functional({"c": [node("b")], "a": [], "b": [node("a")]})
    assert [layer["name"] for layer in chain(config, "here")] == ["a", "b", "c"]
    config["input_layers"], config["output_layers"] = ["a", 0, 0], {"c": ["c", 0, 0]}
    assert [layer["name"] for layer in chain(config, "here")] == ["a", "b", "c"]


def test_a_node_need_not_be_a_list_of_inputs():
    config = functional({"a": [], "b": [["a", 0, 0]], "c": [["b", 0, 0, {}]]})
    assert [layer["name"] for layer in chain(config, "here")] == ["a", "b", "c"]


@NODES
def test_one_layer(node):
    assert len(chain(functional({"a": []}, outputs=["a"]), "here")) == 1


@NODES
@pytest.mark.parametrize("settings", [{"training": None}, {"mask": None, "training": False}])
def test_arguments_of_a_call_without_effect(node, settings):
    assert len(chain(functional({"a": [], "c": [node("a", **settings)]}), "here")) == 2


@NODES
@pytest.mark.parametrize(
    ("layers", "ends", "match"),
    [
        ({"a": [], "b": ["a"], "c": ["a"]}, {}, "it branches at 'a', whose output goes to 'b' and 'c'"),
        ({"a": [], "b": ["a"], "c": ["a", "b"]}, {}, "it branches at 'a'"),
        ({"a": [], "b": [], "c": ["a", "b"]}, {"inputs": ["a", "b"]}, "it has 2 inputs: 'a', 'b'"),
        ({"a": [], "b": ["a"], "c": ["b"]}, {"outputs": ["b", "c"]}, "it has 2 outputs: 'b', 'c'"),
        ({"a": [], "b": [], "c": ["a", "b"]}, {}, "layer 'b' is a second input"),
        ({"a": [], "b": ["a"], "c": ["b"]}, {"outputs": ["b"]}, "the output is that of 'b', but 'c' follows"),
        ({"a": [], "b": ["c"], "c": ["b"]}, {}, "'b' is not reached from the input 'a'"),
        ({"a": [], "c": ["a", "a"]}, {}, "it branches at 'a', whose output goes to 'c' and 'c'"),
        ({"a": [], "c": ["x"]}, {}, "'c' takes the output of 'x', which is not there"),
        ({"a": [], "c": ["a"]}, {"inputs": ["x"]}, "'input_layers' names 'x'"),
    ],
)
def test_what_is_no_chain(node, layers, ends, match):
    nodes = {name: [node(*sources)] if sources else [] for name, sources in layers.items()}
    refused(functional(nodes, **ends), match)


@NODES
def test_a_layer_that_is_used_twice(node):
    refused(functional({"a": [], "c": [node("a"), node("c")]}), "layer 'c' is used 2 times, with the same weights")


@NODES
def test_arguments_of_a_call(node):
    refused(functional({"a": [], "c": [node("a", training=True)]}), "called with training=True")


def test_another_output_than_the_first():
    refused(functional({"a": [], "c": [[["a", 0, 1, {}]]]}), "takes output number 1 of 'a'")


def test_constants_and_damaged_nodes():
    refused(functional({"a": [], "c": [{"args": [3.0], "kwargs": {}}]}), "called with 3.0")
    refused(functional({"a": [], "c": [{"args": [], "kwargs": {}}]}), "takes 0 inputs: constants only")
    for damaged in (3, [3], [["a"]], "a", {"kwargs": {}}):
        refused(functional({"a": [], "c": [damaged]}), "inbound_nodes of layer 'c'")
    refused(functional({"a": [], "c": 3}), "'inbound_nodes' of layer 'c' must be a list")
    refused({**functional({"a": []}), "input_layers": None}, "'input_layers' must be a list")
    refused({**functional({"a": []}), "layers": [3]}, "a layer without a name")
    refused(functional({"a": []}) | {"layers": [{"name": "a"}, {"name": "a"}]}, "called 'a'")


def test_ten_thousand_layers_take_no_time():
    nodes = {str(index): [old_node(str(index - 1))] if index else [] for index in range(10_000)}
    assert len(chain(functional(nodes, ["0"], ["9999"]), "here")) == 10_000
