"""The compiled part of the build: Cython kernels, once for each set of vector instructions.

Environment variables:
    KERASNP_BUILD=0    builds no extension; the NumPy reference kernels do all the work.
    KERASNP_DEBUG=1    switches bounds and initialisation checks on and the optimiser down.
    KERASNP_VARIANTS   comma-separated subset of the variants below, for quick builds while developing.
"""

import os
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNELS = Path("kerasnp/kernels")
DEBUG = os.environ.get("KERASNP_DEBUG") == "1"
OPENMP = "-fopenmp"

# The one table of compiler directives.
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "initializedcheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
    "embedsignature": True,
    "freethreading_compatible": True,
}

# The vector instructions that one build carries; kerasnp.kernels chooses at import.
VARIANTS = {"baseline": []}
if platform.machine().lower() in ("x86_64", "amd64"):
    VARIANTS["avx2"] = ["-mavx2", "-mfma"]
    VARIANTS["avx512"] = ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mprefer-vector-width=512"]


def headers(source: Path, found: set[str]) -> set[str]:
    """Adds the kernels' headers that a C file includes, directly or not: what it is compiled anew for."""
    for name in re.findall(r'#include "([^"]+)"', source.read_text()):
        path = KERNELS / name
        if str(path) not in found and path.exists():
            found.add(str(path))
            headers(path, found)
    return found


def extensions() -> list[Extension]:
    if os.environ.get("KERASNP_BUILD") == "0":
        return []
    from Cython.Build import cythonize

    single = sorted(KERNELS.glob("[a-z]*.pyx"))  # built once: no arithmetic in them
    varied = sorted(KERNELS.glob("_*.pyx"))  # built for each variant
    options = {"compiler_directives": DIRECTIVES, "build_dir": "build/cython", "annotate": DEBUG}
    sources = {
        module.name.rpartition(".")[2]: module.sources[0]
        for module in cythonize(
            [Extension(f"kerasnp.kernels.{path.stem}", [str(path)]) for path in single + varied], **options
        )
    }
    compile_args = ["-O1" if DEBUG else "-O3", "-fno-math-errno", "-fno-trapping-math"]
    common = {
        "include_dirs": [str(KERNELS)],
        "optional": True,  # a failed compilation leaves a package that runs on the reference kernels
    }
    built = [
        Extension(
            f"kerasnp.kernels.{path.stem}",
            [sources[path.stem]],
            extra_compile_args=compile_args,
            depends=sorted(headers(Path(sources[path.stem]), set())),
            **common,
        )
        for path in single
    ]
    wanted = os.environ.get("KERASNP_VARIANTS", ",".join(VARIANTS)).split(",")
    for variant, flags in VARIANTS.items():
        if variant not in wanted:
            continue
        for path in varied:
            # Each variant compiles a copy of the C file, so that parallel builds do not share an object file.
            copy = Path("build/cython", variant, f"{path.stem}.c")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(sources[path.stem], copy)
            built.append(
                Extension(
                    f"kerasnp.kernels.{variant}.{path.stem}",
                    [str(copy)],
                    extra_compile_args=compile_args + flags,
                    depends=sorted(headers(copy, set())),
                    **common,
                )
            )
    return built


class BuildKernels(build_ext):
    """Builds with OpenMP where the compiler has it; without it loops run on one thread."""

    def build_extensions(self) -> None:
        if self._has_openmp():
            for extension in self.extensions:
                extension.extra_compile_args = [*extension.extra_compile_args, OPENMP]
                extension.extra_link_args = [*extension.extra_link_args, OPENMP]
        else:
            print("kerasnp: this compiler has no OpenMP, so the kernels will use one thread", file=sys.stderr)
        super().build_extensions()

    def _has_openmp(self) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "probe.c")
            source.write_text("#include <omp.h>\nint threads(void) { return omp_get_max_threads(); }\n")
            try:
                objects = self.compiler.compile([str(source)], output_dir=folder, extra_postargs=[OPENMP])
                self.compiler.link_shared_object(objects, str(Path(folder, "probe.so")), extra_postargs=[OPENMP])
            except Exception:  # each compiler class of setuptools has its own
                return False
        return True


setup(
    ext_modules=extensions(),
    cmdclass={"build_ext": BuildKernels},
    options={"build_ext": {"parallel": os.cpu_count()}},
)
