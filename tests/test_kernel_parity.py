"""Each kernel exists twice, and both forms are the same to a caller. Their results are compared in tests/kernels."""

import importlib
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

from kerasnp import kernels

VARIANTS = kernels.available_variants()
NAMES = [(module, name) for module in kernels.MODULES for name in module.__all__]
IDS = [f"{module.__name__.rpartition('.')[2]}.{name}" for module, name in NAMES]
REAL = {"float": np.float32, "double": np.float64}

each_kernel = pytest.mark.parametrize(("module", "name"), NAMES, ids=IDS)
each_module = pytest.mark.parametrize("module", kernels.MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
compiled_only = pytest.mark.skipif(not VARIANTS, reason="the compiled kernels are not built")


def compiled(module, variant):
    package, _, name = module.__name__.rpartition(".")
    return importlib.import_module(f"{package}.{variant}._{name}")


def declarations(module) -> dict[str, list[str]]:
    """Returns the argument declarations of each kernel in the Cython source, such as ``"const real[:, ::1] x"``."""
    path = Path(module.__file__)
    source = path.with_name(f"_{path.stem}.pyx").read_text(encoding="utf-8")
    found = re.findall(r"^def (\w+)\((.*?)\):", source, re.MULTILINE | re.DOTALL)
    between = r",(?![^\[]*\])"  # commas outside brackets
    return {name: [" ".join(item.split()) for item in re.split(between, text) if item.strip()] for name, text in found}


def declared_names(arguments: list[str]) -> list[str]:
    return [argument.split("=")[0].split()[-1] for argument in arguments]


@each_kernel
def test_reference_kernel_is_the_specification(module, name):
    function = getattr(module, name)
    assert inspect.getdoc(function), f"{name} has no docstring"
    for argument in inspect.signature(function).parameters.values():
        assert argument.kind == argument.POSITIONAL_OR_KEYWORD
        assert argument.default is argument.empty, f"{name}: {argument.name} has a default"


@each_module
def test_source_has_the_same_kernels_and_arguments(module):
    declared = declarations(module)
    assert set(declared) == set(module.__all__)
    for name, arguments in declared.items():
        assert declared_names(arguments) == list(inspect.signature(getattr(module, name)).parameters)


@each_kernel
def test_source_asks_for_contiguous_arrays(module, name):
    arrays = [argument for argument in declarations(module)[name] if "[" in argument]
    assert any(re.match(r"(const )?real\[", argument) for argument in arrays), "no argument says the number type"
    for argument in arrays:
        assert re.search(r"(\[|, )::1\]", argument), f"{argument!r} is not C-contiguous"


@compiled_only
@each_module
def test_built_kernels_have_the_same_arguments(module):
    for variant in VARIANTS:
        built = compiled(module, variant)
        kernel_names = {name for name, entry in vars(built).items() if hasattr(entry, "__signatures__")}
        assert kernel_names == set(module.__all__)
        for name in module.__all__:
            reference = inspect.signature(getattr(module, name))
            assert list(inspect.signature(getattr(built, name)).parameters) == list(reference.parameters)
            assert set(getattr(built, name).__signatures__) == set(REAL)


@compiled_only
@pytest.mark.parametrize("c_type", REAL)
@each_kernel
def test_built_kernels_reject_other_arrays(module, name, c_type):
    """Arguments are converted before a kernel runs, so that None and 1 do for those not looked at."""
    arguments = declarations(module)[name]
    kernel = getattr(compiled(module, VARIANTS[0]), name)[c_type]
    for place, argument in enumerate(arguments):
        if "[" not in argument:
            continue
        values = [None if "[" in other else 1 for other in arguments]
        shape = (4,) * (argument.count(",") + 1)
        values[place] = np.zeros(shape, np.complex128)
        with pytest.raises(ValueError, match="Buffer dtype mismatch"):
            kernel(*values)
        values[place] = [[0.0]]
        with pytest.raises(TypeError, match="bytes-like object is required"):
            kernel(*values)
        if re.match(r"(const )?real\[", argument):
            values[place] = np.zeros(shape, REAL[c_type])[..., ::2]
            with pytest.raises(ValueError, match="not C-contiguous"):
                kernel(*values)
            values[place] = np.zeros((4, *shape), REAL[c_type])
            with pytest.raises(ValueError, match="wrong number of dimensions"):
                kernel(*values)


def test_table_has_every_kernel():
    for dtype in ("float32", "float64"):
        for mode in ["reference"] + ["cython"] * bool(VARIANTS):
            table = kernels.table(dtype, mode)
            assert table.dtype == dtype
            assert (table.name == "reference") == (mode == "reference")
            assert {name for _, name in NAMES} <= set(vars(table))
    assert len({name for _, name in NAMES}) == len(NAMES), "two modules have a kernel of one name"


def test_compiled_kernels_can_be_insisted_on():
    if VARIANTS:
        assert kernels.table("float32", "cython").name == VARIANTS[0]
    else:
        with pytest.raises(ImportError, match="not built"):
            kernels.table("float32", "cython")
