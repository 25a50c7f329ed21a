"""Paths of variables: Keras 3's, for every kind of nesting."""

from kerasnp.saving.places import model_places


def paths(model):
    return [place.path for place in model_places(model)]


def test_keys_count_each_class_from_zero(make):
    names = ["Conv2D", "ReLU", "MaxPooling2D", "Conv2D", "ReLU", "PReLU", "Dense", "Conv2D"]
    model = make.Chain("m", *(make.leaf(name, f"my_{index}") for index, name in enumerate(names)))
    keys = ["conv2d", "re_lu", "max_pooling2d", "conv2d_1", "re_lu_1", "p_re_lu", "dense", "conv2d_2"]
    assert paths(model) == ["vars", *(f"layers/{key}/vars" for key in keys)]
    assert [place.name for place in model_places(model)] == ["m", *(f"my_{index}" for index in range(8))]


def test_trainable_variables_come_first(make):
    layer = make.leaf("BatchNormalization", "bn", [2], (3,), [4], (5,))
    (_, place) = model_places(make.Chain("m", layer))
    assert [variable.shape for variable in place.variables] == [(3,), (5,), (2,), (4,)]


def test_nested_models_start_their_own_count(make):
    inner = make.Chain("inner", make.leaf("Dense", "a"), make.leaf("Dense", "b"))
    model = make.Chain("m", make.leaf("Dense", "c"), inner, make.leaf("Dense", "d"))
    assert paths(model) == [
        "vars",
        "layers/dense/vars",
        "layers/chain/vars",
        "layers/chain/layers/dense/vars",
        "layers/chain/layers/dense_1/vars",
        "layers/dense_1/vars",
    ]


def test_layers_in_attributes(make):
    forward = make.leaf("LSTM", "forward", cell=make.leaf("LSTMCell", "cell", (1, 4)))
    backward = make.leaf("LSTM", "backward", cell=make.leaf("LSTMCell", "cell", (1, 4)))
    both = make.leaf(
        "Bidirectional", "both", forward_layer=forward, backward_layer=backward, _hidden=make.leaf("A", "a")
    )
    stack = make.leaf("StackedRNNCells", "stack", cells=[make.leaf("GRUCell", "x"), make.leaf("GRUCell", "y")])
    table = make.leaf("Table", "table", parts={"one": make.leaf("Dense", "x"), "two": 2}, number=3, text="abc")
    assert paths(make.Chain("m", both, make.leaf("RNN", "rnn", cell=stack), table)) == [
        "vars",
        "layers/bidirectional/vars",
        "layers/bidirectional/backward_layer/vars",
        "layers/bidirectional/backward_layer/cell/vars",
        "layers/bidirectional/forward_layer/vars",
        "layers/bidirectional/forward_layer/cell/vars",
        "layers/bidirectional/_hidden/vars",
        "layers/rnn/vars",
        "layers/rnn/cell/vars",
        "layers/rnn/cell/cells/gru_cell/vars",
        "layers/rnn/cell/cells/gru_cell_1/vars",
        "layers/table/vars",
        "layers/table/parts/dense/vars",
    ]


def test_each_layer_has_one_place(make):
    dense = make.leaf("Dense", "dense", (2,))
    wrapper = make.leaf("TimeDistributed", "wrapper", layer=dense, again=dense)
    wrapper.owner = wrapper
    assert paths(make.Chain("m", dense, wrapper, dense)) == [
        "vars",
        "layers/dense/vars",
        "layers/time_distributed/vars",
    ]
    assert paths(make.Chain("m", wrapper)) == [
        "vars",
        "layers/time_distributed/vars",
        "layers/time_distributed/again/vars",
    ]
