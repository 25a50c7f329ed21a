"""Whatever happens while a file is saved, the old file stays whole.

A full disk, a folder without the right to write, and a process that is killed, before each line of the code that saves
and at moments that nobody chose.

Each test runs a script in a process of its own: it limits or kills itself.
"""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="limits and kills processes as POSIX does")
FORMATS = ["m.keras", "m.h5", "m.weights.h5"]

COMMON = """
import os, random, resource, signal, sys, time
import numpy as np
import kerasnp as keras
from kerasnp import saving

def make(value):
    shapes = [keras.layers.Dense(16, name=f"layer_{index}") for index in range(4)]
    model = keras.Sequential([keras.layers.Input((16,)), *shapes], name="m")
    model.compile("sgd", "mse")
    for variable in model.weights:
        variable.value[...] = value
    return model

def save(model):
    if path.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)

def load():
    '''Returns the one value that all weights in the file have.'''
    if path.endswith(".weights.h5"):
        model = make(-1)
        model.load_weights(path)
    else:
        model = saving.load_model(path)
    values = np.concatenate([variable.numpy().ravel() for variable in model.weights])
    assert values.size == 4 * (16 * 16 + 16)
    assert (values == values[0]).all(), values
    return int(values[0])

path = sys.argv[1]
folder = os.path.dirname(path)
save(make(1))
"""


def run(script, *arguments, before=()):
    command = [*before, sys.executable, "-W", "error", "-c", COMMON + textwrap.dedent(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


FULL = """
before = open(path, "rb").read()
model = make(2)
failed = 0
for allowed in limits:
    restrict(allowed)
    try:
        save(model)
        saved = True
    except OSError as error:
        saved = False
        failed += 1
        assert str(error), "an error without a word"
    release()
    assert os.listdir(folder) == [os.path.basename(path)], os.listdir(folder)
    if saved:
        assert load() == 2
        save(make(1))
        before = open(path, "rb").read()
    else:
        assert open(path, "rb").read() == before
    assert load() == 1
save(model)  # the library still works
assert load() == 2
print(failed)
"""


@pytest.mark.parametrize("name", FORMATS)
def test_no_room_for_the_file(tmp_path, name):
    """The system lets no file grow beyond a limit: 40 limits, so that writing stops at every stage."""
    (tmp_path / "folder").mkdir()
    script = """
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = os.path.getsize(path)
    limits = [size * step // 40 for step in range(40)] + [2 * size]
    restrict = lambda allowed: resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, resource.RLIM_INFINITY))
    release = lambda: restrict(resource.RLIM_INFINITY)
    """
    failed = run(textwrap.dedent(script) + FULL, tmp_path / "folder" / name)
    assert 30 <= int(failed) <= 40


@pytest.mark.parametrize("name", FORMATS)
def test_full_disk(tmp_path, name):
    """A disk of 128 kB, which another file fills."""
    (tmp_path / "disk").mkdir()
    own_mounts = [shutil.which("unshare") or "unshare", "--mount"] + ["--user", "--map-root-user"] * (os.geteuid() != 0)
    mount = f"mount -t tmpfs -o size=128k tmpfs {tmp_path / 'disk'} && mkdir {tmp_path / 'disk' / 'folder'}"
    tried = subprocess.run([*own_mounts, "sh", "-c", mount], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this system allows no mounting")
    script = f"""
    filler = {str(tmp_path / "disk" / "filler")!r}
    limits = range(0, 64 << 10, 4 << 10)  # bytes left
    def restrict(allowed):
        free = os.statvfs(folder)
        with open(filler, "wb") as file:
            file.write(bytes(free.f_bavail * free.f_frsize - allowed))
    def release():
        os.unlink(filler)
    """
    target = tmp_path / "disk" / "folder" / name
    failed = run(textwrap.dedent(script) + FULL, target, before=[*own_mounts, "sh", "-c", f'{mount} && exec "$0" "$@"'])
    assert 2 <= int(failed) <= 16


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_that_may_not_be_written_to(tmp_path, name):
    (tmp_path / "folder").mkdir()
    script = """
    import ctypes
    if os.geteuid() == 0:  # the superuser may write everywhere, so give that up
        header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None).capset(header, none) == 0
    before = open(path, "rb").read()
    os.chmod(folder, 0o555)
    try:
        save(make(2))
    except PermissionError as error:
        print(error)
    os.chmod(folder, 0o755)
    assert os.listdir(folder) == [os.path.basename(path)]
    assert open(path, "rb").read() == before
    save(make(3))
    assert load() == 3
    """
    assert str(tmp_path / "folder") in run(script, tmp_path / "folder" / name)


@pytest.mark.parametrize("name", [*FORMATS, "m.new.keras"])
def test_killed_before_each_line(tmp_path, name):
    """A process kills itself before the n-th line of the modules that save, for every n until it gets through."""
    (tmp_path / "folder").mkdir()
    script = """
    modules = ("atomic.py", "archive.py", "save.py")
    places = tuple(os.path.join(os.path.dirname(saving.__file__), name) for name in modules)
    new = ".new." in path
    model, moments, seen = make(2), 0, set()

    def kill_at(last):
        count = 0
        def trace(frame, event, argument):
            nonlocal count
            if frame.f_code.co_filename not in places:
                return None
            if event == "line":
                count += 1
                if count == last:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace
        sys.settrace(trace)

    while True:
        moments += 1
        if new and os.path.exists(path):
            os.unlink(path)
        child = os.fork()
        if not child:
            kill_at(moments)
            save(model)
            sys.settrace(None)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not new or os.path.exists(path):
            seen.add(load())
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL, status
    assert seen == ({2} if new else {1, 2}), seen
    assert load() == 2
    print(moments)
    """
    assert int(run(script, tmp_path / "folder" / name)) > 20


@pytest.mark.parametrize("name", FORMATS)
def test_killed_at_any_moment(tmp_path, name):
    """A process saves again and again, each time all weights of one value, and is killed after some saves and a while.

    KERASNP_KILLS is the number of times. Saves are waited for, too, so that a busy machine changes nothing.
    """
    (tmp_path / "folder").mkdir()
    script = """
    models = [make(value) for value in range(2, 8)]
    moment, seen = random.Random(0), set()
    for _ in range(int(os.environ.get("KERASNP_KILLS", "25"))):
        saved, done = os.pipe()
        child = os.fork()
        if not child:
            while True:
                for model in models:
                    save(model)
                    os.write(done, b".")
        for _ in range(moment.randrange(3)):
            os.read(saved, 1)
        time.sleep(moment.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(saved)
        os.close(done)
        seen.add(load())
    print(len(seen))
    """
    assert int(run(script, tmp_path / "folder" / name)) > 1
