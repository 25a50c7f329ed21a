"""The files in a folder, their labels and their splits, as data sets."""

import os
from collections.abc import Callable, Sequence

import numpy as np

from kerasnp.utils.console import print_msg
from kerasnp.utils.dataset import Dataset


def datasets(
    directory,
    labels,
    label_mode,
    class_names,
    endings,
    read: Callable,
    batch_size,
    shuffle,
    seed,
    validation_split,
    subset,
    follow_links,
    verbose,
):
    """Returns the data set of the files, or the two for ``subset="both"``; ``read`` makes a batch of their paths."""
    _check_labels(labels, label_mode, class_names)
    _check_split(validation_split, subset, shuffle, seed)
    if labels is None or label_mode is None:
        labels = label_mode = None
    paths, labels, class_names = _index(directory, labels, class_names, endings, follow_links)
    if verbose:
        classes = "" if labels is None else f" belonging to {len(class_names)} classes"
        print_msg(f"Found {len(paths)} files{classes}.")
    if label_mode == "binary" and len(class_names) != 2:
        raise ValueError(
            'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: '
            f"class_names={class_names}"
        )
    order = np.arange(len(paths))
    if shuffle:  # once for all, so that the parts of a split are mixed
        seed = np.random.randint(2**31) if seed is None else seed
        np.random.RandomState(seed).shuffle(order)
    paths = [paths[place] for place in order]
    targets = None if labels is None else _targets(np.asarray(labels, np.int32)[order], label_mode, len(class_names))

    def dataset(part: slice, shuffle: bool) -> Dataset:
        files, own_targets = paths[part], None if targets is None else targets[part]
        if not files:
            raise ValueError(f"No files found in directory {directory}. Allowed formats: {endings}")

        def read_batch(index):
            batch = read([files[place] for place in index])
            return batch if own_targets is None else (batch, own_targets[index])

        return Dataset(
            read_batch,
            len(files),
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            class_names=class_names,
            file_paths=files,
        )

    held_back = int((validation_split or 0) * len(paths))
    parts = {"training": slice(0, len(paths) - held_back), "validation": slice(len(paths) - held_back, None)}
    for name, part in parts.items():
        if verbose and subset in (name, "both"):
            print_msg(f"Using {len(paths[part])} files for {name}.")
    if subset == "both":
        return [dataset(parts["training"], shuffle), dataset(parts["validation"], False)]
    return dataset(parts.get(subset, slice(None)), shuffle)


def _index(
    directory, labels, class_names, endings, follow_links
) -> tuple[list[str], Sequence[int] | None, list | None]:
    """Returns the paths of the files, their labels and the names of the classes."""
    if not isinstance(labels, str):
        if class_names is not None:
            raise ValueError('The argument `class_names` can only be given with `labels="inferred"`.')
        paths = _files(directory, endings, follow_links)
        if labels is None:
            return paths, None, None
        if len(labels) != len(paths):
            raise ValueError(
                "Expected the lengths of `labels` to match the number of files in the target directory. len(labels) is "
                f"{len(labels)} while we found {len(paths)} files in directory {directory}."
            )
        return paths, labels, [str(label) for label in sorted(set(labels))]
    folders = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir() and entry.name[0] != ".")
    if class_names is None:
        class_names = folders
    elif not set(class_names) <= set(folders):
        raise ValueError(
            "The `class_names` passed did not match the names of the subdirectories of the target directory. "
            f"Expected: {folders} (or a subset of it), but received: class_names={class_names}"
        )
    paths, numbers = [], []
    for number, name in enumerate(class_names):
        found = _files(os.path.join(directory, name), endings, follow_links)
        paths += found
        numbers += [number] * len(found)
    return paths, numbers, list(class_names)


def _files(directory, endings, follow_links) -> list[str]:
    walk = sorted(os.walk(directory, followlinks=follow_links), key=lambda entry: entry[0])
    return [
        os.path.join(root, name) for root, _, names in walk for name in sorted(names) if name.lower().endswith(endings)
    ]


def _targets(labels: np.ndarray, label_mode: str, classes: int) -> np.ndarray:
    if label_mode == "binary":
        return labels[:, None].astype(np.float32)
    return np.eye(classes, dtype=np.float32)[labels] if label_mode == "categorical" else labels


def _check_labels(labels, label_mode, class_names) -> None:
    if labels is not None and not (
        labels == "inferred" if isinstance(labels, str) else isinstance(labels, (list, tuple))
    ):
        raise ValueError(
            '`labels` argument should be "inferred", None, or a list/tuple of integer labels, of the same size as the '
            f"number of files in the target directory. Received: labels={labels!r}"
        )
    if class_names and labels != "inferred":
        raise ValueError(
            f'You can only pass `class_names` if `labels="inferred"`. Received: labels={labels}, and '
            f"class_names={class_names}"
        )
    if label_mode not in ("int", "categorical", "binary", None):
        raise ValueError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. Received: '
            f"label_mode={label_mode}"
        )


def _check_split(validation_split, subset, shuffle, seed) -> None:
    if validation_split and not 0 < validation_split < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1, received: {validation_split}")
    if bool(validation_split) != bool(subset):
        raise ValueError("If `subset` is set, `validation_split` must be set, and inversely.")
    if subset not in ("training", "validation", "both", None):
        raise ValueError(f'`subset` must be either "training", "validation" or "both", received: {subset}')
    if validation_split and shuffle and seed is None:
        raise ValueError(
            "If using `validation_split` and shuffling the data, you must provide a `seed` argument, to make sure that "
            "there is no overlap between the training and validation subset."
        )
