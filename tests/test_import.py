"""Importing the package is quick because it leaves the heavy parts for later."""

import subprocess
import sys

import kerasnp


def imported_modules(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_import_leaves_the_heavy_parts_out():
    modules = imported_modules("import kerasnp")
    heavy = {
        "h5py",
        "sklearn",
        "scipy",
        "matplotlib",
        "pandas",
        "mlxtend",
        "PIL",
        "tensorflow",
        "torch",
        "jax",
        "keras",
    }
    assert not heavy & modules
    assert "kerasnp.layers" in modules


def test_lazy_parts_load_when_named():
    modules = imported_modules("import kerasnp\nkerasnp.datasets.mnist\nkerasnp.testing.check_layer")
    assert {"kerasnp.datasets", "kerasnp.testing"} <= modules
    assert not {"sklearn", "matplotlib"} & modules


def test_public_names_exist():
    for name in kerasnp.__all__:
        assert getattr(kerasnp, name) is not None


def test_import_says_nothing():
    done = subprocess.run([sys.executable, "-c", "import kerasnp"], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


def test_version_is_at_least_3():
    assert int(kerasnp.version().split(".")[0]) >= 3
