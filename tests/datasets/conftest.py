"""Small data sets, and a home without a network."""

import numpy as np
import pytest

from kerasnp import config
from kerasnp.datasets import store


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    """Every test starts with empty caches and no network."""
    monkeypatch.setenv("KERASNP_HOME", str(tmp_path / "kerasnp"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def unreachable(name):
        raise OSError(f"no network for {name}")

    monkeypatch.setattr(store, "fetch", unreachable)


@pytest.fixture
def arrays():
    """Five training and three test images, with labels."""
    generator = np.random.default_rng(0)
    return {
        "x_train": generator.integers(0, 256, (5, 28, 28), np.uint8),
        "y_train": generator.integers(0, 10, 5, np.uint8),
        "x_test": generator.integers(0, 256, (3, 28, 28), np.uint8),
        "y_test": generator.integers(0, 10, 3, np.uint8),
    }


@pytest.fixture
def quiet():
    """Lines go to the log, not to the terminal."""
    config.disable_interactive_logging()
    yield
    config.enable_interactive_logging()
