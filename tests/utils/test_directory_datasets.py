"""Data sets of the files in a folder."""

import numpy as np
import pytest

from kerasnp import Sequential, layers, utils
from kerasnp.utils import image_dataset_from_directory, text_dataset_from_directory


@pytest.fixture
def images(tmp_path):
    """Seven pictures of 4 x 6 pixels in two classes; each has its number in all its pixels."""
    number = 0
    for name, count in (("cats", 4), ("dogs", 3)):
        (tmp_path / name / "more").mkdir(parents=True)
        for place in range(count):
            folder = tmp_path / name / ("more" if place == 1 else "")
            utils.save_img(folder / f"{place}.png", np.full((4, 6, 3), number, "uint8"), scale=False)
            number += 1
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "cats" / "notes.txt").write_text("no picture")
    return tmp_path


@pytest.fixture
def texts(tmp_path):
    for name, words in (("neg", ["bad", "wörse"]), ("pos", ["good"])):
        (tmp_path / name).mkdir()
        for place, word in enumerate(words):
            (tmp_path / name / f"{place}.txt").write_bytes(word.encode())
    return tmp_path


def numbers(dataset):
    return [round(float(x[0, 0, 0])) for batch in dataset for x in batch[0]]


def test_sorted_images(images, capsys):
    dataset = image_dataset_from_directory(images, batch_size=3, image_size=(8, 5), shuffle=False)
    assert capsys.readouterr().out == "Found 7 files belonging to 2 classes.\n"
    batches = list(dataset)
    assert [x.shape for x, _ in batches] == [(3, 8, 5, 3), (3, 8, 5, 3), (1, 8, 5, 3)]
    assert batches[0][0].dtype == np.float32
    assert batches[0][1].dtype == np.int32
    assert numbers(dataset) == [0, 2, 3, 1, 4, 6, 5]  # a folder comes after the files beside it
    assert np.concatenate([y for _, y in batches]).tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert dataset.class_names == ["cats", "dogs"]
    assert dataset.file_paths[3] == str(images / "cats" / "more" / "1.png")
    assert len(dataset) == 3


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("int", [0, 1]), ("binary", [[0.0], [1.0]]), ("categorical", [[1.0, 0.0], [0.0, 1.0]])],
)
def test_label_modes(images, mode, expected):
    dataset = image_dataset_from_directory(images, label_mode=mode, shuffle=False, image_size=(2, 2), verbose=False)
    [(_, labels)] = dataset
    assert labels[[0, -1]].tolist() == expected


def test_no_labels_and_given_ones(images):
    settings = {"shuffle": False, "image_size": (2, 2), "verbose": False}
    [x] = image_dataset_from_directory(images, labels=None, **settings)
    assert x.shape == (7, 2, 2, 3)
    [x] = image_dataset_from_directory(images, label_mode=None, **settings)
    assert x.shape == (7, 2, 2, 3)
    given = [1, 0, 0, 1, 0, 0, 1]
    dataset = image_dataset_from_directory(images, labels=given, **settings)
    [(_, labels)] = dataset
    assert labels.tolist() == given
    assert dataset.class_names == ["0", "1"]
    [(x, labels)] = image_dataset_from_directory(images, class_names=["dogs"], **settings)
    assert (len(x), labels.tolist()) == (3, [0, 0, 0])


def test_color_modes_and_layout(images):
    settings = {"shuffle": False, "image_size": (2, 3), "verbose": False, "label_mode": None, "batch_size": None}
    for mode, channels in (("grayscale", 1), ("rgba", 4)):
        assert next(iter(image_dataset_from_directory(images, color_mode=mode, **settings))).shape == (2, 3, channels)
    dataset = image_dataset_from_directory(images, data_format="channels_first", **settings)
    assert next(iter(dataset.batch(2))).shape == (2, 3, 2, 3)
    assert next(iter(dataset)).shape == (3, 2, 3)


def test_aspect_ratio(tmp_path):
    (tmp_path / "a").mkdir()
    utils.save_img(tmp_path / "a" / "a.png", np.arange(8).reshape(2, 4, 1), scale=False)
    settings = {"image_size": (2, 2), "color_mode": "grayscale", "label_mode": None, "verbose": False}
    [cropped] = image_dataset_from_directory(tmp_path, crop_to_aspect_ratio=True, **settings)
    assert cropped[0, ..., 0].tolist() == [[1, 2], [5, 6]]
    [padded] = image_dataset_from_directory(tmp_path, pad_to_aspect_ratio=True, interpolation="nearest", **settings)
    assert padded[0, ..., 0].tolist() == [[1, 3], [0, 0]]


def test_splits(images, capsys):
    settings = {"validation_split": 0.3, "seed": 5, "image_size": (2, 2)}
    train = image_dataset_from_directory(images, subset="training", **settings)
    test = image_dataset_from_directory(images, subset="validation", **settings)
    assert "Using 5 files for training." in capsys.readouterr().out
    assert sorted(numbers(train) + numbers(test)) == list(range(7))
    assert len(numbers(test)) == 2
    both = image_dataset_from_directory(images, subset="both", **settings)
    assert sorted(numbers(both[0])) == sorted(numbers(train))
    assert numbers(both[1]) == numbers(both[1])
    # The split that Keras makes of 7 files with this seed.
    order = np.arange(7)
    np.random.RandomState(5).shuffle(order)
    assert sorted(both[1].file_paths) == sorted((train.file_paths + test.file_paths)[5:])
    assert [numbers_of(path) for path in both[1].file_paths] == [[0, 2, 3, 1, 4, 6, 5][place] for place in order[5:]]


def numbers_of(path):
    return int(utils.img_to_array(utils.load_img(path))[0, 0, 0])


def test_shuffled_by_the_seed(images):
    settings = {"seed": 1, "image_size": (2, 2), "verbose": False}
    first, again = (image_dataset_from_directory(images, **settings) for _ in range(2))
    assert [numbers(first), numbers(first)] == [numbers(again), numbers(again)]


def test_texts(texts, capsys):
    dataset = text_dataset_from_directory(texts, batch_size=2, shuffle=False)
    assert capsys.readouterr().out == "Found 3 files belonging to 2 classes.\n"
    assert [(x.tolist(), y.tolist()) for x, y in dataset] == [(["bad", "wörse"], [0, 0]), (["good"], [1])]
    [x] = text_dataset_from_directory(texts, labels=None, max_length=2, shuffle=False)
    assert x.tolist() == ["ba", "w", "go"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": "guessed"}, "`labels` argument should be"),
        ({"labels": [1, 2]}, "Expected the lengths of `labels`"),
        ({"labels": None, "class_names": ["neg"]}, "You can only pass `class_names`"),
        ({"label_mode": "hot"}, "`label_mode` argument must be one of"),
        ({"class_names": ["other"]}, "The `class_names` passed did not match"),
        ({"label_mode": "binary", "class_names": ["neg"]}, "exactly 2 class_names"),
        ({"validation_split": 2, "subset": "both"}, "between 0 and 1"),
        ({"validation_split": 0.2}, "`validation_split` must be set, and inversely"),
        ({"validation_split": 0.2, "subset": "some"}, "`subset` must be either"),
        ({"validation_split": 0.2, "subset": "both"}, "provide a `seed` argument"),
        ({"validation_split": 0.1, "subset": "both", "seed": 1}, "No files found"),
    ],
)
def test_mistakes(texts, settings, message):
    with pytest.raises(ValueError, match=message):
        text_dataset_from_directory(texts, verbose=False, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"color_mode": "cmyk"}, "`color_mode` must be one of"),
        ({"interpolation": "best"}, "`interpolation` must be one of"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "Only one of"),
    ],
)
def test_image_mistakes(images, settings, message):
    with pytest.raises(ValueError, match=message):
        image_dataset_from_directory(images, **settings)


def test_a_model_is_trained_on_a_folder(images):
    dataset = image_dataset_from_directory(images, image_size=(4, 4), batch_size=2, seed=0, verbose=False)
    model = Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(dataset, epochs=2, verbose=0)
    assert len(model.evaluate(dataset, verbose=0)) == 2
    assert model.predict(dataset.map(lambda x, y: x), verbose=0).shape == (7, 2)
