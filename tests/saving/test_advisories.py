"""Each advisory about Keras's loading of models has a hostile sample, or nothing here that it could be about."""

import ast
from pathlib import Path

import pytest
from hostile_samples import SAMPLES

import kerasnp

SOURCES = sorted(Path(kerasnp.__file__).parent.rglob("*.py"))
ADVISORIES = [
    "CVE-2024-3660",
    "CVE-2025-1550",
    "CVE-2025-8747",
    "CVE-2025-9905",
    "CVE-2025-9906",
    "CVE-2025-12058",
    "CVE-2025-12060",
    "CVE-2026-0897",
    "CVE-2026-1669",
    *(f"PR {number}" for number in (22035, 22899, 22900, 22973, 23010, 23016, 23048, 23115)),
]
# What runs code, or writes files of an archive to the disk (CVE-2025-12060, CVE-2025-12638, CVE-2024-55459).
MODULES = {"pickle", "marshal", "tarfile", "dill", "cloudpickle", "joblib", "runpy", "code", "codeop", "shelve", "imp"}
CALLS = {"eval", "exec", "compile_command", "__import__", "extractall", "extract", "unpack_archive", "system", "popen"}
ALLOWED = {
    "testing.py": {"pickle"},  # pickles what an author's test gives it
    "archives.py": {"tarfile"},  # reads the files of CIFAR in memory; `extract` is refused here as everywhere
}


@pytest.mark.parametrize("advisory", ADVISORIES)
def test_there_is_a_sample(advisory):
    assert any(advisory in sample.name for sample in SAMPLES)


def names(node):
    """Returns the names of modules and functions that a node uses in a way that could do harm."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names} & MODULES
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]} & MODULES
    if isinstance(node, ast.Call):
        called = node.func
        return {called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")} & CALLS
    return set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_runs_code_or_extracts(path):
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    assert set().union(*map(names, nodes)) <= ALLOWED.get(path.name, set())
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert node.value.value is False
        # What is imported by a name is a part of the package.
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", "") == "import_module"
            and path.parent.name != "kernels"
        ):
            argument = node.args[0]
            assert isinstance(argument, ast.JoinedStr)
            assert argument.values[0].value.startswith("kerasnp.")
