"""Settings: defaults, what they accept, and what they say when they do not."""

import os
import subprocess
import sys

import numpy as np
import pytest

from kerasnp import __version__, config, kernels

compiled_only = pytest.mark.skipif(not kernels.available_variants(), reason="the compiled kernels are not built")


@pytest.fixture(autouse=True)
def restore_settings():
    before = dict(vars(config._settings))
    yield
    vars(config._settings).clear()
    vars(config._settings).update(before)
    config.set_num_threads(config.num_threads())


def test_defaults():
    assert config.floatx() == "float32"
    assert config.epsilon() == 1e-7
    assert config.image_data_format() == "channels_last"
    assert config.num_threads() is None
    assert config.distribution() is None
    assert config.is_interactive_logging_enabled()
    assert config.backend() == "kerasnp"


def test_setting():
    config.set_floatx("float64")
    config.set_epsilon(1e-3)
    config.set_image_data_format("channels_first")
    config.disable_interactive_logging()
    assert config.floatx() == "float64"
    assert config.epsilon() == 1e-3
    assert config.image_data_format() == "channels_first"
    assert not config.is_interactive_logging_enabled()
    config.enable_interactive_logging()
    assert config.is_interactive_logging_enabled()
    marker = object()
    config.set_distribution(marker)
    assert config.distribution() is marker


@pytest.mark.parametrize(
    ("function", "value", "message"),
    [
        (config.set_floatx, "float16", "floatx must be one of 'float32', 'float64'; received 'float16'"),
        (config.set_image_data_format, "first", "received 'first'"),
        (config.set_kernel_mode, "fast", "'auto', 'cython', 'reference'; received 'fast'"),
        (config.set_epsilon, 0.0, "positive; received 0.0"),
        (config.set_epsilon, float("nan"), "positive; received nan"),
        (config.set_num_threads, 0, "positive integer or None; received 0"),
        (config.set_num_threads, 1.5, "received 1.5"),
        (config.standardize_dtype, "int8", "float32 or float64; received dtype='int8'"),
        (config.standardize_data_format, "nchw", "received 'nchw'"),
    ],
)
def test_errors(function, value, message):
    with pytest.raises(ValueError, match=message):
        function(value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "float32"),
        ("float64", "float64"),
        (np.float64, "float64"),
        (np.dtype("float32"), "float32"),
        (float, "float64"),
        ({"class_name": "DTypePolicy", "config": {"name": "float64"}, "module": "keras"}, "float64"),
    ],
)
def test_standardize_dtype(given, expected):
    assert config.standardize_dtype(given) == expected


def test_standardize_data_format():
    assert config.standardize_data_format(None) == "channels_last"
    assert config.standardize_data_format("Channels_First") == "channels_first"


def test_thread_limit_is_announced(monkeypatch):
    monkeypatch.setattr(config, "_thread_listeners", [])
    heard = []
    config.on_thread_limit(heard.append)
    config.set_num_threads(3)
    config.set_num_threads(None)
    assert heard == [None, 3, None]


def in_a_process(code: str, **environment: str) -> str:
    """Returns what code prints, or the error it ends with, where nothing of ours is set but what is given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KERASNP_")}
    run = subprocess.run(
        [sys.executable, "-c", f"from kerasnp import config, kernels\n{code}"],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.strip() or run.stderr.splitlines()[-1]


@pytest.mark.parametrize("mode", ["reference", "auto"])
def test_kernel_mode_from_the_environment(mode):
    assert in_a_process("print(config.kernel_mode())", KERASNP_KERNELS=mode) == mode


@pytest.mark.parametrize("variant", kernels.available_variants())
def test_a_forced_variant_is_the_one_that_runs(variant):
    code = "print(config.kernel_variant(), kernels.table('float64').name)"
    assert in_a_process(code, KERASNP_VARIANT=variant) == f"{variant} {variant}"


@compiled_only
def test_the_fastest_variant_is_the_default():
    code = "print(config.kernel_variant(), *config.kernel_variants())"
    first, *available = in_a_process(code).split()
    assert first == available[0]
    assert set(available) == set(kernels.available_variants())


@compiled_only
def test_a_variant_that_is_not_there():
    message = in_a_process("config.kernel_variant()", KERASNP_VARIANT="mmx")
    assert message.startswith("ImportError: KERASNP_VARIANT='mmx' cannot be used here; available: ")
    assert all(variant in message for variant in kernels.available_variants())


def test_the_variant_of_the_reference_kernels(monkeypatch):
    config.set_kernel_mode("reference")
    assert config.kernel_variant() == kernels.table().name == "reference"
    monkeypatch.setattr(config._settings, "kernel_variants", tuple)
    config.set_kernel_mode("auto")
    assert config.kernel_variant() == "reference"


def test_info():
    info = config.info()
    assert info["kerasnp"] == __version__
    assert info["numpy"] == np.__version__
    assert info["kernels"] == config.kernel_variant()
    assert info["kernels_available"] == (*kernels.available_variants(), "reference")
    if kernels.available_variants():
        config.set_num_threads(1)
        assert config.info()["threads"] == 1
