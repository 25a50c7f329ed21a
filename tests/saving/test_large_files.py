"""Reading takes no more than twice the file's size in memory, whole or damaged, seen from another process."""

import numpy as np
import pytest

pytest.importorskip("resource")  # the worker limits itself

from hostile_worker import ALLOWANCE, Worker

import kerasnp as keras
from kerasnp import layers


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model of 4 million weights that was trained for a step, so with twice as many numbers of state."""
    folder = tmp_path_factory.mktemp("large")
    model = keras.Sequential([layers.Input((2000,)), layers.Dense(1000), layers.Dense(2000), layers.Dense(1)])
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((2, 2000)), np.ones((2, 1)))
    model.save(folder / "m.keras")
    model.save(folder / "m.h5")
    model.save(folder / "m", zipped=False)
    return folder


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


def grown(worker, path, size, outcome):
    report = worker.run("load_model", path)
    assert report.outcome == outcome, report
    assert report.clean, report
    assert report.grown <= 2 * size + ALLOWANCE, f"{report.grown:,} bytes for a file of {size:,}"
    return report.grown


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m"])
def test_whole_files(worker, folder, name):
    path = folder / name
    size = sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size
    assert size > 48_000_000
    assert grown(worker, path, size, "done") > size


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_truncated_files(worker, folder, tmp_path, name, part):
    content = (folder / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(part * len(content))])
    grown(worker, tmp_path / name, part * len(content), "refused")
