"""Data sets from arrays: split in two, windows of time series; and the parts of a batch."""

import numpy as np

from kerasnp.utils.dataset import Dataset


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """Returns x, (x, y) or (x, y, sample_weight): what a batch is to consist of. A lone tuple or list stays a part."""
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, (tuple, list)) else x


def unpack_x_y_sample_weight(data) -> tuple:
    """Returns x, y and sample_weight of a batch, None for what it lacks.

    Raises:
        ValueError: more than three parts.
    """
    parts = tuple(data) if isinstance(data, (tuple, list)) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, found: "
            f"{len(parts)} parts"
        )
    return (*parts, None, None)[:3]


def split_dataset(
    dataset, left_size=None, right_size=None, shuffle: bool = False, seed: int | None = None, preferred_backend=None
) -> tuple[Dataset, Dataset]:
    """Splits data in two, such as for training and validation.

    Args:
        dataset: an array, a tuple or list of arrays of one length, or a :class:`~kerasnp.utils.dataset.Dataset`, which
            is read once into memory.
        left_size, right_size: parts of the elements, from 0 to 1, or numbers of them; one may be None for the rest.
        shuffle: whether to shuffle before.
        seed: of the shuffling.
        preferred_backend: accepted as in Keras, without effect.

    Returns:
        The first elements and the last ones: data sets of single elements, for ``.batch(...)``; in batches of the old
        size where ``dataset`` had batches.

    Raises:
        TypeError: ``dataset`` is none of these.
        ValueError: sizes that are no part of the data, or none at all.
    """
    batch_size = None
    if isinstance(dataset, Dataset):
        batch_size = dataset.batch_size
        arrays, single = _read_all(dataset)
    else:
        single = isinstance(dataset, np.ndarray)
        arrays = (dataset,) if single else dataset
        if not isinstance(arrays, (tuple, list)) or not all(hasattr(array, "__array__") for array in arrays):
            raise TypeError(
                "The `dataset` argument must be an array, a tuple or list of arrays or a Dataset. "
                f"Received: dataset={dataset!r:.100} of type {type(dataset)}"
            )
        arrays = [np.asarray(array) for array in arrays]
    counts = {len(array) for array in arrays}
    if len(counts) != 1:
        raise ValueError(f"All arrays must have the same length; received lengths {sorted(counts)}.")
    (total,) = counts
    left, right = _split_sizes(left_size, right_size, total)
    order = np.arange(total)
    if shuffle:
        np.random.default_rng(np.random.randint(2**31) if seed is None else seed).shuffle(order)

    def part(places):
        def read(index):
            rows = tuple(array[places[index]] for array in arrays)
            return rows[0] if single else rows

        return Dataset(read, len(places), batch_size=batch_size)

    return part(order[:left]), part(order[total - right :])


def _read_all(dataset: Dataset) -> tuple[list[np.ndarray], bool]:
    elements = list(dataset)
    if not elements:
        raise ValueError("An empty data set cannot be split.")
    single = not isinstance(elements[0], tuple)
    columns = [elements] if single else list(zip(*elements, strict=True))
    join = np.stack if dataset.batch_size is None else np.concatenate
    return [join(column) for column in columns], single


def _split_sizes(left, right, total: int) -> tuple[int, int]:
    if left is None and right is None:
        raise ValueError(
            "At least one of the `left_size` or `right_size` must be specified. Received: left_size=None and "
            "right_size=None"
        )
    for name, size in (("left_size", left), ("right_size", right)):
        if size is None:
            continue
        if isinstance(size, bool) or not isinstance(size, (int, float, np.integer)):
            raise TypeError(f"Invalid `{name}` Types. Expected: integer or float or None, Received: {type(size)}")
        if (isinstance(size, float) and not 0 < size < 1) or (not isinstance(size, float) and not 0 < size < total):
            raise ValueError(
                f"`{name}` should be either a positive integer smaller than {total}, or a float within the range "
                f"`(0, 1)`. Received: {name}={size}"
            )
    if isinstance(left, float) and isinstance(right, float) and left + right > 1:
        raise ValueError(
            "The sum of `left_size` and `right_size` is greater than 1. It must be less than or equal to 1."
        )
    left = round(left * total) if isinstance(left, float) else left
    right = round(right * total) if isinstance(right, float) else right
    left = total - right if left is None else left
    right = total - left if right is None else right
    if left + right > total:
        raise ValueError(
            "The sum of `left_size` and `right_size` should be smaller than the length of the dataset. Received: "
            f"left_size + right_size = {left + right} and total_length = {total}"
        )
    if not (left and right):
        raise ValueError(
            f"With `dataset` of length={total}, left_size={left} and right_size={right} leave one side empty."
        )
    return int(left), int(right)


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format="tf",
) -> Dataset:
    """Returns windows of consecutive time steps, with a target each.

    Args:
        data: time steps (steps, ...).
        targets: array whose entry i goes with the window that starts at step i; None gives windows alone.
        sequence_length: steps a window.
        sequence_stride: steps between the starts of windows.
        sampling_rate: steps between the steps of a window.
        batch_size: windows a batch; None gives single windows.
        shuffle: whether each iteration has its own order of the windows.
        seed: of that order.
        start_index, end_index: the steps before and from there on are not used.
        format: accepted as in Keras, without effect.

    Returns:
        :class:`~kerasnp.utils.dataset.Dataset` of windows (batch, sequence_length, ...), or of (windows, targets).

    Raises:
        ValueError: an index outside the data, or a length, stride or rate that is not positive.
    """
    length = len(data)
    for name, index in (("start_index", start_index), ("end_index", end_index)):
        if index and not 0 < index < length:
            raise ValueError(
                f"`{name}` must be 0 or greater, and lower than the length of the data. Received: {name}={index}, for "
                f"data of length {length}"
            )
    if start_index and end_index and end_index <= start_index:
        raise ValueError(
            "`end_index` must be higher than `start_index`. Received: "
            f"start_index={start_index}, and end_index={end_index}"
        )
    for name, value in (("sampling_rate", sampling_rate), ("sequence_stride", sequence_stride)):
        if not 0 < value < length:
            raise ValueError(
                f"`{name}` must be higher than 0, and lower than the length of the data. Received: {name}={value}, for "
                f"data of length {length}"
            )
    steps = np.asarray(data)[start_index:end_index]
    # One window more would often do where windows leave steps out; Keras has no such one.
    count = len(steps) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        targets = np.asarray(targets)[start_index:end_index]
        count = min(count, len(targets))
    starts = np.arange(0, max(count, 0), sequence_stride)
    window = np.arange(sequence_length) * sampling_rate

    def read(index):
        windows = steps[starts[index][:, None] + window]
        return windows if targets is None else (windows, targets[starts[index]])

    return Dataset(read, len(starts), batch_size=batch_size, shuffle=shuffle, seed=seed)
