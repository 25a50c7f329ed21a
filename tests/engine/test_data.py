"""Reading batches out of arrays, files and generators."""

import h5py
import numpy as np
import pytest

from kerasnp.engine.data import ArrayData, Column, IterableData, split_rows, weights_from_classes
from kerasnp.utils import PyDataset


def read(column, index, shape, dtype="float32"):
    out = np.full(shape, 99, dtype)
    column.fill(index, out)
    return out


@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool", "float16", "float32", "float64"])
@pytest.mark.parametrize("index", [slice(1, 4), np.array([4, 0, 2])])
def test_any_number_type_is_converted(dtype, index):
    source = (np.arange(30).reshape(5, 3, 2) % 2).astype(dtype)
    assert np.array_equal(read(Column(source, "x"), index, (3, 3, 2)), source[index].astype("float32"))


def test_any_layout_is_read():
    base = np.arange(60.0, dtype="float32").reshape(5, 4, 3)
    for source in (base[::-1], base.transpose(0, 2, 1), np.asfortranarray(base), base[:, ::2]):
        index = np.array([3, 1])
        assert np.array_equal(read(Column(source, "x"), index, (2, *source.shape[1:])), source[index])


def test_read_only_and_memory_mapped_arrays(tmp_path):
    source = np.arange(12, dtype="uint8").reshape(6, 2)
    np.save(tmp_path / "x.npy", source)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    source.flags.writeable = False
    for array in (source, mapped):
        assert np.array_equal(read(Column(array, "x"), np.array([5, 0]), (2, 2)), source[[5, 0]])


def test_hdf5_is_read_batch_by_batch_in_any_order(tmp_path):
    values = np.arange(40, dtype="int16").reshape(10, 4)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = values
    with h5py.File(tmp_path / "x.h5") as file:
        column = Column(file["x"], "x")
        assert np.array_equal(read(column, np.array([7, 2, 9]), (3, 4)), values[[7, 2, 9]])
        assert np.array_equal(read(column, slice(8, 10), (2, 4)), values[8:10])


def test_lists_make_arrays():
    assert np.array_equal(read(Column([[1, 2], [3, 4]], "x"), slice(0, 2), (2, 2)), [[1, 2], [3, 4]])


class Frame:
    """What of a data frame matters here: its columns are of several types, so as one array it holds objects."""

    def __init__(self, *columns):
        self.columns = [np.asarray(column) for column in columns]
        self.dtypes = [column.dtype for column in self.columns]

    def to_numpy(self, dtype=object):
        return np.stack([column.astype(dtype) for column in self.columns], axis=1)


def test_frames_of_numbers_and_booleans_are_read():
    column = Column(Frame([1, 2], [True, False], [0.5, 1.5]), "x")
    assert np.array_equal(read(column, slice(0, 2), (2, 3)), [[1, 1, 0.5], [2, 0, 1.5]])
    with pytest.raises(ValueError, match="`x` must hold numbers"):
        Column(Frame([1, 2], ["a", "b"]), "x")


def test_ragged_lists_are_refused():
    with pytest.raises(ValueError, match="`x` must be one array, but its 2 items do not make one"):
        Column([[1, 2], [3]], "x")


@pytest.mark.parametrize("bad", [["a", "b"], np.array([None, 1]), np.zeros(2, complex)])
def test_what_holds_no_numbers_is_refused(bad):
    with pytest.raises(ValueError, match="`y` must hold numbers"):
        Column(bad, "y")


def test_a_scalar_has_no_batch_axis():
    with pytest.raises(ValueError, match="batch axis"):
        Column(3.0, "x")


@pytest.mark.parametrize("index", [slice(0, 3), np.array([2, 1, 0])])
def test_nan_labels_are_refused(index):
    with pytest.raises(ValueError, match="NaN"):
        Column(np.array([0.0, np.nan, 1.0]), "y").fill(index, np.empty(3, np.int64))


def test_the_last_batch_is_short():
    data = ArrayData(np.zeros((10, 2)), batch_size=4)
    assert [batch.size for batch in data.epoch()] == [4, 4, 2]
    assert data.num_batches == 3


def test_shuffling_takes_each_row_once_and_anew_each_epoch():
    data = ArrayData(np.arange(50), batch_size=8, shuffle=True, generator=np.random.default_rng(0))
    first, second = (np.concatenate([batch.index for batch in data.epoch()]) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(50))
    assert list(first) != list(second)


def test_rows_restrict_the_data():
    data = ArrayData(np.arange(10), batch_size=3, rows=(6, 10))
    assert [batch.index for batch in data.epoch()] == [slice(6, 9), slice(9, 10)]


def test_unequal_lengths_are_quoted():
    with pytest.raises(ValueError, match=r"x has 3 .*, y has 4"):
        ArrayData(np.zeros((3, 2)), np.zeros(4))


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "8"])
def test_batch_size_must_be_a_positive_integer(size):
    with pytest.raises(ValueError, match="batch_size"):
        ArrayData(np.zeros((3, 2)), batch_size=size)


def test_a_list_of_batches_is_used_again_each_epoch():
    data = IterableData([(np.zeros((2, 1)), np.zeros(2)), (np.ones((3, 1)), np.ones(3))])
    for _ in range(2):
        assert [batch.size for batch in data.epoch()] == [2, 3]
    assert data.num_batches == 2


def test_a_generator_is_used_up():
    data = IterableData((np.zeros((2, 1)),) for _ in range(3))
    assert data.num_batches is None
    assert [batch.size for batch in data.epoch()] == [2, 2, 2]
    assert list(data.epoch()) == []


def test_a_batch_of_four_things_is_refused():
    with pytest.raises(ValueError, match=r"\(x, y, sample_weight\)"):
        list(IterableData([(1, 2, 3, 4)]).epoch())


class Squares(PyDataset):
    def __init__(self):
        super().__init__()
        self.ended = 0

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return np.full((2, 1), index), np.full(2, index**2)

    def on_epoch_end(self):
        self.ended += 1


def test_a_dataset_is_read_in_order_and_told_when_the_epoch_ends():
    dataset = Squares()
    data = IterableData(dataset)
    assert [float(read(batch.y, batch.index, (2,))[0]) for batch in data.epoch()] == [0, 1, 4]
    data.end_epoch()
    assert dataset.ended == 1


def test_split_rows():
    assert split_rows(10, 0.25) == 7
    for count, split in ((1, 0.5), (5, 1.0), (5, -0.1)):
        with pytest.raises(ValueError, match="split"):
            split_rows(count, split)


def test_class_weights():
    weight = {0: 2.0, 2: 0.5}
    for labels in ([0, 1, 2], [[0], [1], [2]], np.eye(3)):
        assert list(weights_from_classes(labels, weight)) == [2.0, 1.0, 0.5]
    with pytest.raises(ValueError, match="one label a row"):
        weights_from_classes(np.zeros((2, 3, 4)), weight)
