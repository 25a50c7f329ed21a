"""The register tile by itself, as each compiler at hand builds it, for this machine and for ARM in an emulator."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kerasnp import kernels

HERE = Path(__file__).parent
HEADERS = Path(kernels.__file__).parent
FLAGS = {"baseline": [], "avx2": ["-mavx2", "-mfma"], "avx512": ["-mavx512f", "-mavx512bw"]}
# Compiler, its flags, and what runs the program.
CASES = {
    f"{compiler}-{variant}": (compiler, FLAGS[variant], [])
    for compiler in ("gcc", "clang")
    for variant in kernels.available_variants()
}
CASES["arm"] = ("aarch64-linux-gnu-gcc", ["-static"], ["qemu-aarch64"])


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


@pytest.mark.parametrize(("compiler", "flags", "emulator"), CASES.values(), ids=CASES)
def test_tile(compiler, flags, emulator, tmp_path):
    needs(compiler, *emulator)
    program = tmp_path / "check"
    subprocess.run([compiler, "-O3", *flags, f"-I{HEADERS}", HERE / "tile_check.c", "-lm", "-o", program], check=True)
    done = subprocess.run([*emulator, program], capture_output=True, text=True, check=False)
    assert done.stdout == "0 failures\n"


def test_arm_multiplies_vectors_only(tmp_path):
    needs("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objdump")
    code = tmp_path / "check.o"
    subprocess.run(
        ["aarch64-linux-gnu-gcc", "-O3", f"-I{HEADERS}", "-c", HERE / "tile_check.c", "-o", code], check=True
    )
    listing = subprocess.run(["aarch64-linux-gnu-objdump", "-d", code], capture_output=True, text=True, check=True)
    tiles = re.findall(r"<tile_float[^>]*>:\n(.*?)\n\n", listing.stdout, re.DOTALL)
    assert tiles
    for tile in tiles:
        assert tile.count("\tfmla\tv") >= 16  # eight rows by two vectors
        assert "\tfmadd\ts" not in tile
