"""The shape of the source: imports point down, stand at the top of the file, and no file grows too long."""

import ast
from pathlib import Path

import pytest

import kerasnp

PACKAGE = Path(kerasnp.__file__).parent
FILES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
LONGEST_FILE = 300

# A module may import from lower ranks and from its own folder.
RANKS = {
    "_limits": 0,
    "_settings": 0,
    "_version": 0,
    "absent": 0,
    "dtype_policies": 0,
    "mixed_precision": 0,
    "config": 0,
    "registry": 0,
    "random": 0,
    "variables": 0,
    "kernels": 1,
    "symbols": 1,
    "utils": 1,
    "backend": 2,
    "activations": 2,
    "constraints": 2,
    "initializers": 2,
    "nn": 2,
    "ops": 2,
    "regularizers": 2,
    "callbacks": 3,
    "layers": 3,
    "losses": 3,
    "optimizers": 3,
    "saving": 3,
    "metrics": 4,
    "exporting": 4,
    "engine": 5,
    "models": 6,
    "datasets": 7,
    "preprocessing": 7,
    "distribution": 7,
    "testing": 7,
    "wrappers": 7,
    "inspection": 7,
    "__main__": 8,
    "__init__": 8,
}
# Of these ranks no part imports a sibling: callbacks and saving see a model through a small protocol.
STRANGERS = {3}


def part(name: str) -> str:
    """Returns the folder or file of the package that a file or dotted module name belongs to."""
    return name.removesuffix(".py").replace("/", ".").split(".")[0]


def imported_parts(file: str, node: ast.AST) -> list[str]:
    """Returns the parts of the package that one import statement of ``file`` names."""
    if isinstance(node, ast.Import):
        return [part(alias.name.removeprefix("kerasnp.")) for alias in node.names if alias.name.startswith("kerasnp.")]
    if node.level:
        folders = ["kerasnp", *Path(file).parent.parts]
        module = ".".join([*folders[: len(folders) - node.level + 1], *filter(None, [node.module])])
    else:
        module = node.module
    if module == "kerasnp":
        return [alias.name if alias.name in RANKS else "__init__" for alias in node.names]
    return [part(module.removeprefix("kerasnp."))] if module.startswith("kerasnp.") else []


def imports(file: str):
    """Yields each import statement of ``file`` and whether it stands inside a function."""

    def visit(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.Import, ast.ImportFrom)):
                yield child, inside
            function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from visit(child, inside or function)

    yield from visit(ast.parse(FILES[file].read_text(encoding="utf-8")), False)


def test_every_part_has_a_rank():
    assert {part(file) for file in FILES} - set(RANKS) == set()


@pytest.mark.parametrize("file", FILES)
def test_imports_point_down(file):
    mine = part(file)
    for node, _ in imports(file):
        for other in imported_parts(file, node):
            if other == mine:
                continue
            assert other in RANKS, f"{file}:{node.lineno} imports kerasnp.{other}, which has no rank"
            up = RANKS[other] > RANKS[mine]
            assert not up, f"{file}:{node.lineno} (rank {RANKS[mine]}) imports {other} (rank {RANKS[other]})"
            stranger = RANKS[other] == RANKS[mine] and RANKS[mine] in STRANGERS
            assert not stranger, f"{file}:{node.lineno} imports its sibling {other}"


@pytest.mark.parametrize("file", FILES)
def test_no_import_of_the_package_inside_a_function(file):
    if file == "__init__.py":
        return  # the lazy loader of slow optional parts
    for node, inside in imports(file):
        assert not (inside and imported_parts(file, node)), f"{file}:{node.lineno} imports kerasnp inside a function"


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_one_concept(file):
    lines = len(FILES[file].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{file} has {lines} lines; a file has at most {LONGEST_FILE}"


@pytest.mark.parametrize(
    ("file", "statement", "expected"),
    [
        ("layers/core.py", "from kerasnp import config, initializers", ["config", "initializers"]),
        ("layers/core.py", "from kerasnp.layers.base import Layer", ["layers"]),
        ("layers/core.py", "from .base import Layer", ["layers"]),
        ("layers/core.py", "from . import base", ["layers"]),
        ("layers/core.py", "from ..losses import base", ["losses"]),
        ("layers/core.py", "from .. import losses", ["losses"]),
        ("layers/core.py", "import kerasnp.losses.base", ["losses"]),
        ("layers/core.py", "from kerasnp import Sequential", ["__init__"]),
        ("config.py", "import numpy as np", []),
    ],
)
def test_imports_are_understood(file, statement, expected):
    assert imported_parts(file, ast.parse(statement).body[0]) == expected
