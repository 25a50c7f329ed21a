"""Clock, memory, machine and subprocesses: what all benchmarks measure with. Needs the standard library alone."""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
PATIENCE = 900  # seconds until a program counts as hanging


def seconds_per_call(call, budget: float = 1.0, least: int = 3, pick=statistics.median) -> float:
    """Calls ``call()`` once to warm up, then ``least`` times or more until ``budget`` seconds are spent.

    Returns:
        What ``pick`` chooses of the times: their median, or ``min`` where the neighbours' noise must not count.
    """
    call()
    return seconds_without_warm_up(call, budget, least, pick)


def seconds_without_warm_up(call, budget: float = 1.0, least: int = 1, pick=statistics.median) -> float:
    """As :func:`seconds_per_call`, for what is warm already."""
    times: list[float] = []
    while len(times) < least or sum(times) < budget:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return pick(times)


def peak_memory() -> float:
    """Returns the most memory, in MB, that this process has had resident so far."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        # In bytes on macOS. Linux has the same number in KB, but there it may be that of the parent process.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def machine(threads: int) -> dict:
    """Returns what a reader of the results must know about the machine."""
    cpu = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "cpu": cpu,
        "architecture": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "threads": threads,
    }


def cores() -> list[int]:
    """Returns the numbers of the processor cores that may be used."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def keep_on(chosen: list[int]) -> None:
    """Keeps this thread, and what it starts, on some cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, chosen)


def limit_cores(count: int) -> None:
    """Keeps this process and those it starts on ``count`` cores: XLA knows no other limit."""
    keep_on(cores()[:count])


def run_json(command: list[str], threads: int, **environment: str) -> dict:
    """Runs a Python program in this folder and returns the last line that it prints, read as JSON.

    Returns:
        An empty dictionary, after a complaint, where the program fails or takes too long.
    """
    try:
        done = subprocess.run(
            command,
            cwd=FOLDER,
            env=thread_limits(threads) | environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        return json.loads(done.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        said = getattr(error, "stderr", None) or ""
        print(f"{' '.join(command[1:3])} failed: {error}\n{said[-2000:]}", file=sys.stderr)
        return {}


def thread_limits(threads: int) -> dict[str, str]:
    """Returns the environment for a process that is to use so many threads."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, str(threads))}


def our_version() -> dict[str, str]:
    """Returns the version of kerasnp and the kernels that run, as :func:`installed` does those of others."""
    code = "import json, kerasnp; print(json.dumps(kerasnp.config.info()))"
    info = run_json([sys.executable, "-c", code], threads=1)
    return {"kerasnp": f"{info['kerasnp']} ({info['kernels']} kernels)", "numpy": info["numpy"]}


def installed(interpreter: str, modules: tuple[str, ...]) -> dict[str, str]:
    """Returns the versions of those of ``modules`` that ``interpreter`` has."""
    code = (
        "import json, sys; from importlib import metadata; "
        "found = metadata.packages_distributions(); "
        "print(json.dumps({name: metadata.version(found[name][0]) for name in sys.argv[1:] if name in found}))"
    )
    return run_json([interpreter, "-c", code, *modules], threads=1)
