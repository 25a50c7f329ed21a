"""Layers that run before the plan: vocabularies, mistakes, and models of texts that learn, are saved and loaded."""

import numpy as np
import pytest

import kerasnp
from kerasnp import Input, Sequential, layers, saving, utils
from kerasnp.layers.base import layers as registered
from kerasnp.utils.dataset import Dataset

TEXTS = np.array(["good film", "bad film", "good, good!", "so bad"] * 6)
LABELS = np.array([1, 0, 1, 0] * 6)


def classifier(**settings):
    utils.set_random_seed(1)
    vectors = layers.TextVectorization(output_mode="multi_hot", **settings)
    vectors.adapt(TEXTS)
    model = Sequential([vectors, layers.Dense(4, "relu"), layers.Dense(1, "sigmoid")])
    model.compile(kerasnp.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    return model


def test_all_of_them_are_tested():
    names = {name for name, cls in registered.entries.items() if cls.runs_before_plan and "kerasnp." in cls.__module__}
    assert names == {
        "CategoryEncoding",
        "Discretization",
        "HashedCrossing",
        "Hashing",
        "IntegerLookup",
        "Pipeline",
        "StringLookup",
        "TextVectorization",
    }


# -- number types ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype", ["string", "int32", "int64", np.int64, {"class_name": "Policy", "config": {"name": "string"}}]
)
@pytest.mark.parametrize("cls", ["StringLookup", "TextVectorization"])
def test_types_that_older_files_name_have_no_effect(cls, dtype):
    layer = getattr(layers, cls)(vocabulary=["a", "b"], dtype=dtype)
    assert layer(["b"]).dtype == np.int64
    assert layer.get_config()["dtype"] == "float32"


def test_categories_are_encoded_in_integers_if_so_asked():
    layer = layers.CategoryEncoding(num_tokens=3, output_mode="one_hot", dtype="int32")
    rows = layer([2, 0])
    assert rows.dtype == np.int32
    assert rows.tolist() == [[0, 0, 1], [1, 0, 0]]
    again = layers.CategoryEncoding.from_config(layer.get_config())
    assert again([1]).dtype == np.int32
    assert layers.CategoryEncoding(num_tokens=3, dtype="float64")([[1]]).dtype == np.float64
    model = Sequential([Input((1,), dtype="int64"), layer, layers.Dense(2)])
    assert model.predict(np.array([[1], [2]]), verbose=0).dtype == np.float32


def test_types_of_no_sense_are_errors():
    with pytest.raises(ValueError, match="received dtype='string'"):
        layers.CategoryEncoding(num_tokens=3, dtype="string")
    with pytest.raises(ValueError, match="received dtype='int8'"):
        layers.StringLookup(vocabulary=["a"], dtype="int8")


# -- models of texts -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["array", "column", "list", "objects", "dataset", "generator"])
def test_a_model_of_texts_learns(kind):
    model = classifier()
    shaped = {"column": TEXTS[:, None], "list": TEXTS.tolist(), "objects": TEXTS.astype(object)}
    if kind == "dataset":
        data = Dataset(lambda index: (TEXTS[index], LABELS[index]), len(TEXTS), batch_size=5, shuffle=True, seed=1)
        history = model.fit(data, epochs=8, verbose=0, validation_data=data)
    elif kind == "generator":
        history = model.fit(((TEXTS[:4], LABELS[:4]) for _ in range(80)), steps_per_epoch=10, epochs=8, verbose=0)
    else:
        history = model.fit(shaped.get(kind, TEXTS), LABELS, batch_size=5, epochs=8, verbose=0, validation_split=0.2)
    assert history.history["accuracy"][-1] == 1
    assert model.evaluate(TEXTS, LABELS, verbose=0, return_dict=True)["accuracy"] == 1
    found = model.predict(np.array(["good film", "unknown bad"]), verbose=0)
    assert found[0] > 0.5 > found[1]
    assert np.array_equal(model(np.array(["good film", "unknown bad"])), found)
    model.train_on_batch(TEXTS[:3], LABELS[:3])
    assert model.predict_on_batch(TEXTS[:3]).shape == (3, 1)


def test_the_same_bits_whatever_the_form():
    found = []
    for x in (TEXTS, TEXTS[:, None], TEXTS.tolist()):
        model = classifier()
        model.fit(x, LABELS, epochs=2, verbose=0)
        found.append(model.predict(x, verbose=0, batch_size=7))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_saved_and_loaded(ending, tmp_path):
    model = classifier()
    model.fit(TEXTS, LABELS, epochs=2, verbose=0)
    path = tmp_path / f"model.{ending}"
    model.save(path)
    loaded = saving.load_model(path)
    assert loaded.layers[0].get_vocabulary() == model.layers[0].get_vocabulary()
    assert np.array_equal(loaded.predict(TEXTS, verbose=0), model.predict(TEXTS, verbose=0))
    for each in (model, loaded):
        each.fit(TEXTS, LABELS, epochs=1, shuffle=False, verbose=0)
    assert np.array_equal(loaded.predict(TEXTS, verbose=0), model.predict(TEXTS, verbose=0))


@pytest.mark.parametrize("kind", ["StringLookup", "TextVectorization", "IntegerLookup"])
def test_a_config_reads_no_file(kind, tmp_path):
    (tmp_path / "words.txt").write_text("1\n2\n")
    cls = getattr(layers, kind)
    own = cls(vocabulary=str(tmp_path / "words.txt"))  # the user may
    assert own.get_vocabulary(include_special_tokens=False) == ([1, 2] if kind == "IntegerLookup" else ["1", "2"])
    config = {**own.get_config(), "vocabulary": str(tmp_path / "words.txt")}
    with pytest.raises(ValueError, match="Files that a config names are not read"):
        cls.from_config(config)
    with pytest.raises(ValueError, match="Files that a config names are not read"):
        registered.deserialize({"class_name": kind, "config": config})


def test_a_model_alone_gives_what_the_layer_gives():
    model = Sequential([Input((1,), dtype="string"), layers.StringLookup(vocabulary=["a", "b"])])
    found = model.predict(np.array(["a", "c", "b"]), batch_size=2, verbose=0)
    assert (found.tolist(), found.dtype) == ([[1], [0], [2]], np.int64)
    assert model.output_shape == (None, 1)
    back = Sequential([layers.StringLookup(vocabulary=["a", "b"], invert=True)])
    assert back.predict(found, verbose=0).tolist() == [["a"], ["[UNK]"], ["b"]]


def test_ordinary_layers_may_stand_in_front():
    model = Sequential(
        [
            Input((2,)),
            layers.Normalization(mean=1, variance=4),
            layers.Discretization([0.0]),
            layers.CategoryEncoding(2),
        ]
    )
    assert model.predict(np.array([[0, 5], [0, -1]]), verbose=0).tolist() == [[1, 1], [1, 0]]


def test_nothing_in_front_is_trained():
    model = Sequential([Input((2,)), layers.Dense(3), layers.Discretization([0.0]), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"Layer 'dense.*' \(Dense\) cannot be trained.*\(Discretization\) after it"):
        model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    model.layers[0].trainable = False
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)


def test_texts_without_a_layer_for_them():
    model = Sequential([Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    for call in (model.predict, lambda x: model.fit(x, np.ones(2), verbose=0)):
        with pytest.raises(ValueError, match="`x` must hold numbers; received dtype <U1"):
            call(np.array([["1"], ["2"]]))


def test_wrong_shape_names_the_first_layer():
    model = Sequential([Input((2,)), layers.StringLookup(vocabulary=["a"]), layers.Dense(1)])
    with pytest.raises(
        ValueError, match=r"its first layer is 'string_lookup.*expected \(None, 2\), received \(None, 3\)"
    ):
        model.predict(np.array([["a", "b", "c"]]), verbose=0)


# -- adapting --------------------------------------------------------------------------------------


def test_adapt_takes_many_forms():
    expected = None
    batches = [TEXTS[:10], TEXTS[10:]]
    for data in (TEXTS, TEXTS.tolist(), TEXTS[:, None], iter(batches), Dataset(lambda i: TEXTS[i], 24, batch_size=5)):
        layer = layers.TextVectorization()
        layer.adapt(data)
        expected = expected or layer.get_vocabulary()
        assert layer.get_vocabulary() == expected == ["", "[UNK]", "good", "film", "bad", "so"]
    layer = layers.StringLookup()
    layer.adapt(iter([np.array(["a"]), np.array(["b"])]), steps=1)
    assert layer.get_vocabulary() == ["[UNK]", "a"]
    assert layer.vocabulary_size() == 2
    labelled = layers.StringLookup()
    labelled.adapt(Dataset(lambda i: (TEXTS[i], i), 24, batch_size=5))
    assert "good film" in labelled.get_vocabulary()


def test_functions_of_the_user():
    @saving.register_keras_serializable("tests")
    def upper(texts):
        return np.char.upper(texts)

    @saving.register_keras_serializable("tests")
    def at_commas(texts):
        return [text.split(",") for text in texts]

    layer = layers.TextVectorization(standardize=upper, split=at_commas, vocabulary=["A", "B C"])
    assert layer(["a,b c", "x"]).tolist() == [[2, 3], [1, 0]]
    again = layers.TextVectorization.from_config(layer.get_config())
    assert again(["a,b c", "x"]).tolist() == [[2, 3], [1, 0]]


def test_single_values():
    assert layers.StringLookup(vocabulary=["a"])("a") == 1
    assert layers.TextVectorization(vocabulary=["a"])("a b").tolist() == [2, 1]
    assert layers.StringLookup(vocabulary=["a"])(np.array([b"a"])).tolist() == [1]
    assert layers.CategoryEncoding(3, output_mode="one_hot")(2).tolist() == [[0, 0, 1]]


def test_count_weights():
    layer = layers.CategoryEncoding(3, output_mode="count")
    assert layer([[0, 1], [2, 2]], count_weights=[[0.5, 2], [1, 3]]).tolist() == [[0.5, 2, 0], [0, 0, 4]]
    with pytest.raises(ValueError, match="`count_weights` is not used"):
        layers.CategoryEncoding(3)([[0]], count_weights=[[1]])


def test_pipeline():
    pipeline = layers.Pipeline([layers.Rescaling(0.5), layers.Dropout(0.5, seed=1)])
    x = np.full((4, 50), 2.0)
    assert set(np.unique(pipeline(x))) == {0, 2}  # in training, unless told otherwise
    assert (pipeline(x, training=False) == 1).all()
    again = layers.Pipeline.from_config(pipeline.get_config())
    assert [type(layer).__name__ for layer in again.layers] == ["Rescaling", "Dropout"]
    model = Sequential([pipeline, layers.Dense(1)])
    assert model.predict(x, verbose=0).shape == (4, 1)
    model.compile("sgd", "mse")
    model.fit(x, np.ones(4), verbose=0)
    with pytest.raises(ValueError, match="expected layers; received 3"):
        layers.Pipeline([3])
    with pytest.raises(ValueError, match="must contain a `layers` key"):
        layers.Pipeline.from_config({"name": "p"})


# -- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("CategoryEncoding", {}, "num_tokens must be set"),
        ("CategoryEncoding", {"num_tokens": 0}, "`num_tokens` must be >= 1"),
        ("CategoryEncoding", {"num_tokens": 2, "output_mode": "int"}, "Unknown arg for output_mode: int"),
        ("CategoryEncoding", {"num_tokens": 2, "sparse": True}, "no sparse arrays"),
        ("Discretization", {}, "set either `num_bins` or `bin_boundaries`"),
        ("Discretization", {"num_bins": 2, "bin_boundaries": [1]}, "should not be set"),
        ("Discretization", {"num_bins": -1}, "greater than or equal to 0"),
        ("Discretization", {"num_bins": 2, "output_mode": "hot"}, "Unknown value for argument `output_mode`"),
        ("Hashing", {"num_bins": 0}, "non-positive values"),
        ("Hashing", {"num_bins": 2, "salt": "a"}, "The `salt` argument"),
        ("Hashing", {"num_bins": 2, "dtype": "float32"}, "should be an integer"),
        ("Hashing", {"num_bins": 2, "output_mode": "hot"}, "Invalid value for argument `output_mode`"),
        ("StringLookup", {"max_tokens": 1}, "`max_tokens` must be greater than 1"),
        ("StringLookup", {"pad_to_max_tokens": True}, "must set `max_tokens`"),
        ("StringLookup", {"num_oov_indices": -1}, "`num_oov_indices` must be"),
        ("StringLookup", {"invert": True, "output_mode": "count"}, "when `invert` is true"),
        ("StringLookup", {"idf_weights": [1.0]}, "`idf_weights` should only be set"),
        ("StringLookup", {"vocabulary": ["a"], "output_mode": "tf_idf"}, "`idf_weights` argument must also"),
        ("StringLookup", {"vocabulary": ["a"], "output_mode": "tf_idf", "idf_weights": [1, 2]}, "same length"),
        ("StringLookup", {"vocabulary": []}, "empty vocabulary"),
        ("StringLookup", {"vocabulary": ["a", "b", "a"]}, r"repeated terms are: \['a'\]"),
        ("StringLookup", {"vocabulary": ["a", ""], "mask_token": ""}, "Found reserved mask token"),
        ("StringLookup", {"vocabulary": ["a", "[UNK]"], "invert": True}, "Found reserved OOV token"),
        ("StringLookup", {"vocabulary": ["a", "b"], "max_tokens": 2}, "larger than the maximum vocab size"),
        ("StringLookup", {"vocabulary": "/no/such/file"}, "does not exist"),
        ("StringLookup", {"wrong_argument": 1}, "wrong_argument"),
        ("IntegerLookup", {"vocabulary_dtype": "int32"}, "Only `vocabulary_dtype='int64'`"),
        ("IntegerLookup", {"salt": 3}, "`salt` can only be used"),
        ("TextVectorization", {"standardize": "upper"}, "`standardize`"),
        ("TextVectorization", {"split": "words"}, "`split`"),
        ("TextVectorization", {"ngrams": "2"}, "`ngrams` must be None"),
        ("TextVectorization", {"output_sequence_length": 2.5}, "`output_sequence_length` must be either"),
        ("TextVectorization", {"output_sequence_length": 2, "output_mode": "count"}, "must not be set"),
        ("TextVectorization", {"ragged": True}, "no ragged arrays"),
        ("TextVectorization", {"output_mode": "one_hot"}, "single words"),
    ],
)
def test_wrong_arguments(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        getattr(layers, kind)(**settings)


def test_wrong_use():
    with pytest.raises(ValueError, match="found OOV values"):
        layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"])
    with pytest.raises(RuntimeError, match="you must set the layer's vocabulary"):
        layers.StringLookup(output_mode="multi_hot")([["b"]])
    with pytest.raises(ValueError, match="Cannot adapt layer"):
        layers.StringLookup(vocabulary=["a"]).adapt(["b"])
    with pytest.raises(ValueError, match="Cannot adapt a Discretization layer"):
        layers.Discretization([1.0]).adapt([1.0])
    with pytest.raises(ValueError, match="call `adapt"):
        layers.Discretization(num_bins=3)([[1.0]])
    with pytest.raises(ValueError, match="Expected texts"):
        layers.StringLookup(vocabulary=["a"])([1])
    with pytest.raises(ValueError, match="takes integers"):
        layers.IntegerLookup(vocabulary=[1])(["a"])
    with pytest.raises(ValueError, match="takes category numbers"):
        layers.CategoryEncoding(2)(["a"])
    with pytest.raises(ValueError, match="one or two axes"):
        layers.CategoryEncoding(2)(np.zeros((1, 2, 3), int))
    with pytest.raises(ValueError, match="the input rank must be 1"):
        layers.TextVectorization(vocabulary=["a"])([["a", "b"]])
    with pytest.raises(ValueError, match="at least two inputs"):
        layers.HashedCrossing(3)(["a"])
    with pytest.raises(ValueError, match="equal shape"):
        layers.HashedCrossing(3)((["a"], ["b", "c"]))
    with pytest.raises(ValueError, match="integer or string dtype"):
        layers.HashedCrossing(3)(([1.5], [2]))
    with pytest.raises(ValueError, match="cannot stand in a Sequential"):
        Sequential([Input((2,)), layers.HashedCrossing(3)])


@pytest.mark.parametrize("mode", ["int", "one_hot"])
def test_discretization_of_older_files_says_an_integer_type(mode):
    config = {"bin_boundaries": [0.0, 1.0], "num_bins": None, "output_mode": mode, "dtype": "int64", "name": "bins"}
    older = layers.Discretization.from_config(config)
    newer = layers.Discretization([0.0, 1.0], output_mode=mode, name="bins")
    assert older.get_config() == newer.get_config()
    np.testing.assert_array_equal(older([[-1.0, 0.5, 3.0]]), newer([[-1.0, 0.5, 3.0]]))


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (lambda: layers.StringLookup(), ["b"]),
        (lambda: layers.StringLookup(invert=True), [1]),
        (lambda: layers.StringLookup(output_mode="multi_hot", max_tokens=4, pad_to_max_tokens=True), [["b"]]),
        (lambda: layers.IntegerLookup(), [1]),
        (lambda: layers.IntegerLookup(invert=True), [1]),
        (lambda: layers.TextVectorization(name="words"), ["a b"]),
        (lambda: layers.TextVectorization(output_mode="tf_idf", max_tokens=4, pad_to_max_tokens=True), ["a b"]),
    ],
)
def test_a_vocabulary_comes_before_the_first_call(make, x):
    layer = make()
    message = f"Layer '{layer.name}' has no vocabulary yet.*or call `adapt`"
    with pytest.raises(RuntimeError, match=message):
        layer(x)
    with pytest.raises(RuntimeError, match=message):
        type(layer).from_config(layer.get_config())(x)  # a copy has none either
    with pytest.raises(RuntimeError, match=message):
        Sequential([layer]).predict(np.array(x), verbose=0)
    if not getattr(layer, "invert", False):
        layer.adapt(x)
        assert np.any(layer(x))


def test_adapted_to_nothing_all_is_unknown():
    words = layers.TextVectorization()
    words.adapt([""])
    np.testing.assert_array_equal(words(["a b"]), [[1, 1]])
