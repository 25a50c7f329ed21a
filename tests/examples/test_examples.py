"""The examples run as they are and show what they promise.

Where the full MNIST is in a cache the accuracies are checked on it; elsewhere scikit-learn's small digits, enlarged,
take its place and only the way through the script is.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kerasnp import kernels
from kerasnp.datasets import store

EXAMPLES = Path(__file__).parents[2] / "examples"
REFERENCE = kernels.table("float32").name == "reference"


def run(name: str, *arguments, home: Path | None = None) -> str:
    """Runs an example; returns what it prints."""
    environment = dict(os.environ)
    if home is not None:
        environment["KERASNP_HOME"] = str(home)
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def number(text: str, before: str) -> float:
    """Returns the number that follows ``before`` in the text."""
    return float(re.search(before + r"\D*?([\d.e+-]+\d)", text).group(1))


@pytest.fixture(scope="session")
def small_home(tmp_path_factory) -> Path:
    """A cache with 1,797 real digits of 8 x 8 pixels, enlarged to MNIST's size."""
    digits = load_digits()
    images = np.kron(digits.images * 15.9, np.ones((1, 3, 3))).astype("uint8")
    images = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    labels = digits.target.astype("uint8")
    home = tmp_path_factory.mktemp("home")
    (home / "datasets").mkdir()
    np.savez(
        home / "datasets" / "mnist.npz",
        x_train=images[:1500],
        y_train=labels[:1500],
        x_test=images[1500:],
        y_test=labels[1500:],
    )
    return home


def full_mnist_is_here() -> bool:
    return any((Path(cache) / "mnist.npz").is_file() for cache in store.cache_folders())


FULL = full_mnist_is_here() and not REFERENCE


@pytest.mark.skipif(not FULL, reason="needs the full MNIST in a cache, and compiled kernels")
@pytest.mark.parametrize(
    ("name", "accuracy"), [("mnist_convnet", 0.990), ("mnist_mlp", 0.9675), ("mnist_tiny_cnn", 0.828)]
)
def test_accuracy_on_the_full_mnist(name, accuracy):
    assert number(run(name), "test accuracy") >= accuracy


@pytest.mark.parametrize(
    ("name", "amount"), [("mnist_convnet", ("--epochs", 1)), ("mnist_mlp", ("--epochs", 4)), ("mnist_tiny_cnn", ())]
)
def test_examples_on_mnist_run_through(name, amount, small_home, tmp_path):
    out = run(name, *amount, "--out", tmp_path, home=small_home)
    assert number(out, "test accuracy") > 0.6
    assert (tmp_path / f"{name}.png").stat().st_size > 10_000


def test_the_convnet_prints_its_summary_and_one_line_an_epoch(small_home):
    out = run("mnist_convnet", "--epochs", 1, home=small_home)
    assert "Total params: 34,826 (136.04 KB)" in out
    assert re.search(
        r"^47/47 - \d+s - \S+ - accuracy: [\d.]+ - loss: \S+ - val_accuracy: \S+ - val_loss: \S+$", out, re.M
    )


def test_the_autoencoder_takes_noise_off(small_home, tmp_path):
    out = run("autoencoder", "--epochs", 4, "--images", 500, "--out", tmp_path, home=small_home)
    assert "Total params: 28,353 (110.75 KB)" in out
    assert number(out, "cleaned") < 0.9 * number(out, "noisy")
    assert (tmp_path / "autoencoder.png").stat().st_size > 10_000


def test_linear_regression_finds_the_numbers_again(tmp_path):
    out = run("linear_regression", "--out", tmp_path)
    assert "W recovered: True; b recovered: True" in out
    assert float(re.findall(r"loss ([\d.e+-]+)", out)[-1]) < 1e-15
    assert (tmp_path / "linear_regression.png").is_file()


def test_conv_to_ones_arrives_within_25_steps():
    out = run("conv_to_ones")
    losses = [float(value) for value in re.findall(r"loss (\S+)", out)]
    assert "outputs are one" in out
    assert len(losses) <= 25
    assert losses == sorted(losses, reverse=True)


def test_save_and_load_is_exact(small_home, tmp_path):
    out = run("save_and_load", "--out", tmp_path, home=small_home)
    assert "predictions bit-equal: True" in out
    assert "weights bit-equal: True" in out


def test_swap_optimizers_prints_a_row_each(small_home, tmp_path):
    out = run("swap_optimizers", "--epochs", 2, "--out", tmp_path, home=small_home)
    rows = [line for line in out.splitlines() if re.match(r"(SGD|Ada|RMS|Adam)", line)]
    assert len(rows) == 10
    assert all(float(row.split()[-4]) > float(row.split()[-3]) for row in rows)
    assert (tmp_path / "swap_optimizers.png").is_file()


@pytest.mark.skipif(REFERENCE, reason="compares the Cython kernel with the loop")
def test_kernel_speed_finds_all_three_equal():
    out = run("kernel_speed", "--repeat", 3)
    assert out.count("equal)") == 2


def test_sklearn_pipeline_is_as_good_as_logistic_regression():
    out = run("sklearn_pipeline", "--folds", 3)
    assert number(out, r"network\s") > 0.985
    assert number(out, r"logistic regression\s") > 0.985
    assert number(out, "calibrated  +accuracy") > 0.93


def test_sklearn_grid_search_ranks_every_setting():
    out = run("sklearn_grid_search", "--epochs", 4)
    assert len(re.findall(r"^ *\d+  accuracy", out, re.M)) == 12
    assert number(out, "test accuracy of the best:") > 0.92


def test_tabular_classification_beats_the_guess():
    out = run("tabular_classification", "--epochs", 12)
    assert "5 columns become 15 numbers" in out
    assert number(out, "test accuracy") > number(out, "more frequent answer") + 0.15
    assert number(out, "area under the curve") > 0.9


def test_made_up_reviews_are_understood():
    sizes = ("--reviews", 600, "--words", 60, "--length", 70, "--units", 8, "--epochs", 2 if REFERENCE else 20)
    out = run("imdb_bidirectional_lstm", "--data", "synthetic", *sizes)
    assert "bidirectional_1 (Bidirectional)" in out
    assert number(out, "test accuracy") > (0.4 if REFERENCE else 0.75)


def test_the_character_lstm_learns_its_text():
    out = run("character_lstm", "--epochs", 15, "--start", "the tide goes ", "--length", 60)
    losses = [float(value) for value in re.findall(r"loss ([\d.]+)", out)]
    assert losses[-1] < 0.4 * losses[0]
    assert "\nthe tide goes " in out


def test_the_motors_are_told_apart():
    out = run("timeseries_conv", "--epochs", 8, "--samples", 1000, "--filters", 16)
    assert number(out, "test accuracy") > 0.8
    assert out.count("knocking") == 4


def test_the_tour_of_sequential():
    out = run("sequential_guide")
    assert "after pop: ['hidden'], output (None, 3)" in out
    assert "a second layer called 'hidden' is refused" in out
    assert "built: True, 4 weights, output of two rows: (2, 1)" in out
    assert "in the end (10,), 6,026 parameters" in out
    assert "trainable weights: 2; the frozen ones are as before: True" in out
    assert number(out, "accuracy") > 0.8


def test_the_tour_of_training():
    out = run("training_guide")
    assert "logs: ['accuracy', 'confidence', 'loss', 'val_accuracy', 'val_confidence', 'val_loss']" in out
    assert number(out, "test accuracy") > 0.6
    assert "after 96 steps the learning rate is 0.0082" in out
    assert 5 < number(out, "stopped after") < 100
    assert "the file predicts as the model does: True" in out
    assert number(out, "kept accuracy") > 0.9
