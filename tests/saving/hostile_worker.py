"""Reads files in a process of its own, with little memory, and reports all that reading did.

A reader that goes wrong may crash, hang, exhaust the memory, open other files or run code. None of that can be seen
safely from within, so :class:`Worker` has it done by a second process, this file run as a program, which an audit hook
watches. :class:`Watch` sees what no audit hook does: files that a C library opens.
"""

import ctypes
import dataclasses
import importlib.util
import json
import os
import resource
import select
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# What a reader may allocate whatever the file's size: buffers, code paths used for the first time.
ALLOWANCE = 24 << 20
_ADDRESS_SPACE = 768 << 20  # bytes, beyond what the process has when it is ready


@dataclasses.dataclass
class Report:
    """What happened to one file.

    Attributes:
        outcome: "done", "refused" (an error), "died" (the process crashed) or "hung".
        error: the name of the error's class.
        documented: whether that is the documented class of errors, a ``saving.FileFormatError``.
        message: the error's text; of a process that died the end of what it printed.
        output: what the action returned as text.
        changed: whether the model that weights were loaded into had other weights afterwards.
        seconds, grown: how long the processor worked on it, and the bytes by which the process grew at most.
        events: opened files, imports, executed code and the like; the file itself, opened for reading, is left out.
    """

    outcome: str
    error: str = ""
    documented: bool = False
    message: str = ""
    output: str = ""
    changed: bool = False
    seconds: float = 0.0
    grown: int = 0
    events: list = dataclasses.field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether it ended well: done, or refused with the documented error and nothing changed."""
        return self.outcome == "done" or (self.outcome == "refused" and self.documented and not self.changed)


class Worker:
    """A process that reads files, started when it is first needed and again whenever it is lost.

    Args:
        timeout: seconds for one file.
    """

    def __init__(self, timeout: float = 120.0):
        self.timeout = timeout
        self._process = None

    def run(self, action: str, path, **arguments) -> Report:
        """Has the worker do one of :data:`ACTIONS` with a file."""
        if self._process is None:
            self._start()
        request = {"action": action, "path": os.fspath(path), "arguments": arguments}
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._answer(self.timeout)
        if answer is not None and answer.endswith(b"\n"):
            return Report(**json.loads(answer))
        outcome = "hung" if answer is None else "died"
        return Report(outcome, message=self._stop())

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._stop()

    def _start(self) -> None:
        package = Path(importlib.util.find_spec("kerasnp").origin).parent  # the one that is tested
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in _stop)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "faulthandler", __file__, package.parent],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        if not self._answer(60):
            raise RuntimeError(f"The worker did not start: {self._stop()}")

    def _answer(self, timeout: float) -> bytes | None:
        """Returns one line; less if the process ended, None if it took too long."""
        stream, line, deadline = self._process.stdout, b"", time.monotonic() + timeout
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return None
            part = os.read(stream.fileno(), 1 << 16)
            if not part:
                break
            line += part
        return line

    def _stop(self) -> str:
        """Ends the process; returns the last of what it printed."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        with self._errors as errors:
            errors.seek(0)
            text = errors.read()[-4000:].decode(errors="replace")
        self._process = None
        return text


_CHANGES = {0x1: "read", 0x2: "write", 0x20: "open", 0x100: "create", 0x200: "delete", 0xC0: "move"}  # of inotify


class Watch:
    """Tells what happened to the files of a folder since it was made, whoever did it. Linux only, else nothing.

    A context manager; ``events`` returns the names, each with what was done.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._file = -1

    def __enter__(self) -> "Watch":
        if sys.platform == "linux":
            library = ctypes.CDLL(None, use_errno=True)
            self._file = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            folder = os.fsencode(self._folder)
            if self._file < 0 or library.inotify_add_watch(self._file, folder, sum(_CHANGES)) < 0:
                raise OSError(ctypes.get_errno(), "cannot watch the folder")
        return self

    def __exit__(self, *_) -> None:
        if self._file >= 0:
            os.close(self._file)

    def events(self) -> list[str]:
        found = []
        while self._file >= 0:
            try:
                data = os.read(self._file, 1 << 16)
            except BlockingIOError:
                break
            while data:
                _, mask, _, length = struct.unpack_from("iIII", data)
                name = data[16 : 16 + length].rstrip(b"\0").decode(errors="replace")
                found += [f"{what} {name}" for bit, what in _CHANGES.items() if mask & bit]
                data = data[16 + length :]
        return found


# -- the second process ----------------------------------------------------------------------------

_WATCHED = (
    "code.",
    "cpython.run",
    "ctypes.",
    "exec",
    "ftplib.",
    "glob.",
    "http.",
    "import",
    "marshal.",
    "mmap.",
    "open",
    "os.",
    "pickle.",
    "shutil.",
    "socket.",
    "subprocess.",
    "tempfile.",
    "urllib.",
)


class Recorder:
    """Keeps a list of what the interpreter did while it is switched on."""

    def __init__(self):
        self.on = False
        self.events: list[str] = []
        self.allowed: tuple[str, ...] = ()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple) -> None:
        if not self.on or not event.startswith(_WATCHED) or len(self.events) > 20:
            return
        if event == "open":
            path, mode, flags = arguments
            path = os.fsdecode(path) if isinstance(path, (str, bytes)) else path
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            inside = isinstance(path, str) and (path in self.allowed or path.startswith(f"{self.allowed[0]}/"))
            if not writes and (inside or isinstance(path, int)):
                return
            arguments = (path, mode)
        self.on = False  # repr may do anything
        self.events.append(f"{event} {arguments!r}"[:300])
        self.on = True


def serve() -> None:
    """Answers requests, a line each, until there are no more."""
    # Imported here because the tests' own process needs only what is above.
    import contextlib
    import gc
    import io
    import warnings

    import numpy as np

    import kerasnp as keras
    import kerasnp.__main__ as command
    from kerasnp import saving

    def victim():
        model = keras.Sequential(
            [
                keras.layers.Input((4,)),
                keras.layers.Dense(5, activation="relu", name="hidden"),
                keras.layers.Dropout(0.5, name="drop"),
                keras.layers.Dense(3, name="out"),
            ],
            name="victim",
        )
        model.compile("adam", "mse")
        model.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))
        return model

    def load_weights(path, **arguments):
        before = [variable.numpy() for variable in state]
        try:
            target.load_weights(path, **arguments)
            return f"{[variable.numpy().tolist() for variable in target.weights]}"
        finally:
            same = all(np.array_equal(old, new.value) for old, new in zip(before, state, strict=True))
            report.changed = not same
            for old, variable in zip(before, state, strict=True):
                variable.assign(old)

    def load_model(path, **arguments):
        model = saving.load_model(path, **arguments)
        return f"{type(model).__name__} {[list(weight.shape) for weight in model.weights]}"

    def from_json(path):
        return keras.models.model_from_json(Path(path).read_bytes()).name

    def inspect(path):
        return f"{command.main(['inspect', path])} {printed.getvalue()}"

    actions = {"load_model": load_model, "load_weights": load_weights, "from_json": from_json, "inspect": inspect}
    target = victim()
    state = [*target.variables, *target.optimizer.variables]

    def perform(request) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                report.output = actions[request["action"]](request["path"], **request["arguments"])
        except BaseException as error:
            report.outcome, report.error, report.message = "refused", type(error).__name__, str(error)
            report.documented = isinstance(error, saving.FileFormatError)

    # What is imported or allocated when it is first used shall not count, so every format is read once before.
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.keras", "a.h5", "a.weights.h5"):
            path = os.path.join(folder, name)
            (target.save_weights if name == "a.weights.h5" else target.save)(path)
            for action in ("load_model", "load_weights", "inspect"):
                printed, report = io.StringIO(), Report("done")
                with contextlib.redirect_stdout(printed):
                    perform({"action": action, "path": path, "arguments": {}})
    "\0".encode("unicode_escape")
    gc.collect()
    recorder = Recorder()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        limit = _kilobytes("VmSize") * 1024 + _ADDRESS_SPACE
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    answers.write(b"ready\n")
    for line in sys.stdin.buffer:
        request = json.loads(line)
        printed, report = io.StringIO(), Report("done")
        recorder.events, recorder.allowed = [], (request["path"], os.path.realpath(request["path"]))
        start_size, start = _start_of_growth(), time.process_time()
        recorder.on = True
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            perform(request)
        recorder.on = False
        report.seconds = time.process_time() - start
        report.grown = max(0, _most_memory() - start_size)
        report.events = recorder.events
        answers.write(json.dumps(dataclasses.asdict(report)).encode() + b"\n")


def _kilobytes(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise KeyError(field)


def _start_of_growth() -> int:
    """Returns the bytes in memory, and makes :func:`_most_memory` count from here where the system can do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _kilobytes("VmRSS") * 1024
    except OSError:
        return _most_memory()


def _most_memory() -> int:
    try:
        return _kilobytes("VmHWM") * 1024
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    serve()
