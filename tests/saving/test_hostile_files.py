"""No file does harm: each hostile sample is refused quickly, in little memory, and touches nothing else."""

import pytest

pytest.importorskip("resource")  # the worker limits itself

from hostile_files import CONFIGS, WEIGHTS, Draft, fill_outside
from hostile_samples import SAMPLES
from hostile_worker import Watch, Worker

ACTIONS = {
    "keras": ("load_model", "load_weights", "inspect"),
    "folder": ("load_model", "load_weights"),
    "h5": ("load_model", "load_weights"),
    "weights.h5": ("load_weights", "inspect"),
    "old.h5": ("load_weights", "inspect"),
    "weights.json": ("load_weights", "inspect"),
    "json": ("from_json",),
}
SLOWEST = 10  # seconds; nearly all take a hundredth of one
ALLOWANCE = 64 << 20  # bytes that reading may take besides twice the file: JSON grows when it becomes objects


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture
def outside(tmp_path):
    fill_outside(tmp_path / "outside")
    return tmp_path / "outside"


def read(worker, action, path, outside):
    """Reads a file, and holds what is true of every file, be it read or refused."""
    with Watch(outside) as watch:
        report = worker.run(action, path)
        touched = watch.events()
    size = sum(file.stat().st_size for file in ([path] if path.is_file() else path.iterdir()))
    assert report.outcome in ("done", "refused"), report.message
    assert report.events == []
    assert touched == []
    assert report.seconds < SLOWEST
    assert report.grown <= 2 * size + ALLOWANCE
    assert len(report.message) < 10_000
    return report


@pytest.mark.parametrize("container", dict.fromkeys((*CONFIGS, *WEIGHTS)))
def test_the_good_model_is_read(worker, tmp_path, outside, container):
    """Otherwise the samples would be refused for another reason."""
    path = Draft(outside, tmp_path).write(container)
    for action in ACTIONS[container]:
        report = read(worker, action, path, outside)
        assert report.outcome == "done", report
        if action == "load_model":
            assert report.output == "Sequential [[4, 5], [5], [5, 3], [3]]"
        if action == "load_weights":
            assert set(report.output) <= set("[] ,0.5")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name.encode("unicode_escape").decode())
def test_hostile_files_are_refused(worker, tmp_path, outside, sample):
    for container in sample.containers:
        folder = tmp_path / container
        folder.mkdir()
        path = sample.write(container, folder, outside)
        for action in ACTIONS[container]:
            if sample.of_config and action == "load_weights":
                continue
            report = read(worker, action, path, outside)
            place = f"{container}, {action}: {report}"
            if action == "inspect":
                assert report.outcome == "done", place
                assert all(letter.isprintable() or letter == "\n" for letter in report.output), place
                continue
            assert report.clean, place
            if report.outcome == "done":
                assert sample.harmless, place
            else:
                assert (str(folder) if container != "json" else "json_string") in report.message, place
