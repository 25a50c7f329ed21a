"""plot_model and model_to_dot."""

import sys
from xml.etree import ElementTree

import pytest

from kerasnp import Input, Sequential, layers, utils

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def model():
    inner = Sequential([layers.Dense(3, name="third"), layers.ReLU(name="fourth")], name="inner<&>")
    model = Sequential([Input((4,)), layers.Dense(2, "tanh", name="first"), inner, layers.Dense(1, name="last")])
    model.layers[0].trainable = False
    return model


def texts(path):
    return [node.text for node in ElementTree.parse(path).iter(f"{SVG}text")]


def test_svg(model, tmp_path):
    drawing = utils.plot_model(model, tmp_path / "a.svg", show_shapes=True, show_layer_names=True)
    assert texts(tmp_path / "a.svg") == [
        "first (Dense)",
        "Input shape: (None, 4)",
        "Output shape: (None, 2)",
        "inner<&> (Sequential)",
        "Input shape: (None, 2)",
        "Output shape: (None, 3)",
        "last (Dense)",
        "Input shape: (None, 3)",
        "Output shape: (None, 1)",
    ]
    assert len(list(ElementTree.parse(tmp_path / "a.svg").iter(f"{SVG}line"))) == 2
    assert drawing._repr_svg_() == (tmp_path / "a.svg").read_text()


def test_what_is_told(model, tmp_path):
    utils.plot_model(
        model, tmp_path / "a.svg", show_dtype=True, show_trainable=True, show_layer_activations=True, expand_nested=True
    )
    found = texts(tmp_path / "a.svg")
    assert found[:4] == ["Dense", "Activation: tanh", "Output dtype: float32", "Trainable: False"]
    assert "ReLU" in found


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_boxes_do_not_overlap(model, tmp_path, rankdir):
    drawing = utils.plot_model(model, tmp_path / "a.svg", rankdir=rankdir, show_shapes=True)
    axis = 2 if rankdir == "TB" else 1
    ends = [0]
    for place in drawing._placed:
        assert place[axis] > ends[-1]
        ends.append(place[axis] + place[axis + 2])
    assert ends[-1] < (drawing.height if rankdir == "TB" else drawing.width)


@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_pictures(model, tmp_path, ending):
    utils.plot_model(model, str(tmp_path / f"a.{ending}"), expand_nested=True, dpi=50)
    assert (tmp_path / f"a.{ending}").stat().st_size > 500


def test_without_matplotlib(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install matplotlib.*ends in \.svg"):
        utils.plot_model(model, tmp_path / "a.png")


def test_dot(model, tmp_path):
    dot = utils.model_to_dot(model, show_shapes=True)
    assert dot.source == dot.to_string() == str(dot)
    assert dot.source.startswith("digraph G {\n  graph [rankdir=TB, dpi=200, splines=ortho];")
    assert '"0" [label="first (Dense)\\nInput shape: (None, 4)\\nOutput shape: (None, 2)"];' in dot.source
    assert '"0" -> "1";' in dot.source
    nested = utils.model_to_dot(model, expand_nested=True, subgraph=True).source
    assert 'subgraph "cluster_1" {' in nested
    assert '"0" -> "1.0";' in nested
    assert '"1.1" -> "2";' in nested
    assert nested.count("{") == nested.count("}")
    utils.plot_model(model, tmp_path / "a.dot")
    assert (tmp_path / "a.dot").read_text().startswith("digraph G {")


def test_unbuilt_and_mistakes(tmp_path):
    model = Sequential([layers.Dense(1)])
    utils.plot_model(model, tmp_path / "a.svg", show_shapes=True)
    assert texts(tmp_path / "a.svg")[1:] == ["Input shape: ?", "Output shape: ?"]
    utils.plot_model(Sequential(), tmp_path / "empty.svg")
    with pytest.raises(ValueError, match=r"writes \.svg, \.png, \.pdf and \.dot"):
        utils.plot_model(model, tmp_path / "a.jpg")
    with pytest.raises(ValueError, match='"TB" or "LR"'):
        utils.plot_model(model, tmp_path / "a.svg", rankdir="BT")
    with pytest.raises(ValueError, match="Unrecognized keyword arguments"):
        utils.model_to_dot(model, wrong=1)
