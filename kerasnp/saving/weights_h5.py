"""Weights files, ``.weights.h5``, in Keras 3's own layout: real Keras reads ours, we read those of Keras 2 and 3."""

import os
import warnings
from typing import NamedTuple

import h5py
import numpy as np

from kerasnp.saving import hdf5
from kerasnp.saving.atomic import atomic_write
from kerasnp.saving.places import Model, Place, model_places, optimizer_place
from kerasnp.variables import Variable

_ENDING = ".weights.h5"
_LONGEST_TABLE = 40  # rows


Pairs = list[tuple[Variable, h5py.Dataset]]


class Mismatch(NamedTuple):
    """One line of the table that an error shows."""

    layer: str
    place: str
    expected: str
    found: str


def save_weights(model: Model, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Writes all weights of a model, and the optimizer's state if there is one, to a ``.weights.h5`` file.

    The file is replaced in one step: whatever happens, ``filepath`` holds the old weights or the new ones.

    Args:
        model: a built model.
        filepath: where to write; the name must end in ``.weights.h5``.
        overwrite: whether an existing file may be replaced. Keras asks at the terminal where this is False; we raise.

    Raises:
        ValueError: another ending, or the model is not built.
        FileExistsError: the file exists and ``overwrite`` is False.
        FileNotFoundError: the folder does not exist.
    """
    filepath = os.fspath(filepath)
    if not filepath.endswith(_ENDING):
        raise ValueError(f"The filename must end in `{_ENDING}`. Received: filepath={filepath}")
    _require_built(model, "save")
    if not overwrite and os.path.exists(filepath):
        raise FileExistsError(f"{filepath!r} exists already. Pass overwrite=True to replace it.")
    places = model_places(model)
    if model.optimizer is not None and model.optimizer.built:
        places.append(optimizer_place(model.optimizer))
    with atomic_write(filepath) as temporary, h5py.File(temporary, "w") as file:
        for place in places:
            group = file.create_group(place.path)
            group.attrs["name"] = place.name
            for index, variable in enumerate(place.variables):
                group.create_dataset(str(index), data=variable.value)


def load_weights(model: Model, filepath: str | os.PathLike, skip_mismatch: bool = False) -> None:
    """Reads weights into a model from a file that :func:`save_weights` or Keras wrote.

    Every place is checked first; either all weights are loaded or none is changed. The optimizer's state comes along if
    the model is compiled and the file has a state that fits; otherwise the optimizer stays as it is, with a warning if
    the file has one that does not fit. Layers of the file that the model lacks cause a warning.

    Args:
        model: a built model.
        filepath: the file, whatever its name.
        skip_mismatch: loads the layers that fit, each whole or not at all, and warns about the others.

    Raises:
        ValueError: the file does not fit the model (the message is a table of what was expected and what was found),
            is of another kind or damaged, or contains something that weights files never do; or the model is not
            built.
        FileNotFoundError: no such file.
    """
    _require_built(model, "load")
    filepath = os.fspath(filepath)
    remarks = []
    with hdf5.open_weights(filepath) as file:
        places = model_places(model)
        plan, mismatches = _plan_weights(file, places)
        if mismatches and not skip_mismatch:
            raise ValueError(
                f"The weights in {filepath!r} do not fit model {model.name!r}; none was loaded.\n{_table(mismatches)}"
            )
        if mismatches:
            remarks.append(f"Skipped what does not fit model {model.name!r} in {filepath!r}.\n{_table(mismatches)}")
        unknown = hdf5.other_layers(file, [place.path.rpartition("/")[0] for place in places])
        if unknown:
            remarks.append(f"{filepath!r} has layers that model {model.name!r} lacks: {', '.join(unknown)}.")
        optimizer_plan = _plan_optimizer(file, model)
        if optimizer_plan is None:
            remarks.append(
                f"The optimizer state in {filepath!r} does not fit the optimizer {model.optimizer.name!r} of model "
                f"{model.name!r}, which stays as it is."
            )
        plan += optimizer_plan or []
        values = _read(plan)
    for (variable, _), value in zip(plan, values, strict=True):
        variable.assign(value)
    for remark in remarks:
        warnings.warn(remark, stacklevel=3)


def _require_built(model: Model, verb: str) -> None:
    if not model.built:
        raise ValueError(
            f"Cannot {verb} weights: model {model.name!r} has not yet been built and has none. Build it first, by "
            "calling it on some data or by using `build()`."
        )


def _plan_weights(file: h5py.File, places: list[Place]) -> tuple[Pairs, list[Mismatch]]:
    """Returns every weight with its dataset, without the layers that do not fit, and a list of what does not fit."""
    plan, mismatches = [], []
    for place in places:
        pairs, problems = _pair(place, hdf5.datasets(hdf5.find_group(file, place.path)))
        plan += pairs
        mismatches += problems
    return plan, mismatches


def _plan_optimizer(file: h5py.File, model: Model) -> Pairs | None:
    """Returns each variable of the optimizer with its dataset; None if the state in the file does not fit.

    Keras 2 stored no learning rate; the other entries have Keras 3's order.
    """
    group = hdf5.find_group(file, "optimizer/vars")
    if model.optimizer is None or group is None:
        return []
    model.ensure_optimizer_built()
    stored = hdf5.datasets(group)
    place = optimizer_place(model.optimizer)
    without_rate = [variable for variable in place.variables if variable.name != "learning_rate"]
    for variables in (place.variables, without_rate):
        pairs, problems = _pair(place._replace(variables=variables), stored)
        if not problems:
            return pairs
    return None


def _pair(place: Place, stored: list[h5py.Dataset] | None) -> tuple[Pairs, list[Mismatch]]:
    """Returns each variable of a place with its dataset, or no pairs and what does not fit."""
    count = len(place.variables)
    if stored is None or len(stored) != count:
        found = "names other than 0, 1, ..." if stored is None else _arrays(len(stored))
        return [], [Mismatch(place.name, place.path, _arrays(count), found)]
    pairs = list(zip(place.variables, stored, strict=True))
    problems = [
        Mismatch(place.name, f"{place.path}/{index}", f"{variable.shape} {variable.dtype}", hdf5.describe(dataset))
        for index, (variable, dataset) in enumerate(pairs)
        if not hdf5.fits(dataset, variable.shape, variable.dtype)
    ]
    return ([] if problems else pairs), problems


def _arrays(count: int) -> str:
    return f"{count} array{'' if count == 1 else 's'}"


def _read(plan: Pairs) -> list[np.ndarray]:
    try:
        return [dataset[()] for _, dataset in plan]
    except OSError as error:
        raise ValueError(f"{plan[0][1].file.filename!r} is damaged; nothing was loaded: {error}") from error


def _table(mismatches: list[Mismatch]) -> str:
    """Sets the mismatches in columns under a heading."""
    rows = [Mismatch("layer", "place in the file", "expected", "found"), *mismatches[:_LONGEST_TABLE]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if len(mismatches) > _LONGEST_TABLE:
        lines.append(f"... and {len(mismatches) - _LONGEST_TABLE} more")
    return "\n".join(lines)
