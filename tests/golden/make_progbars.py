"""Freezes what the progress bars of real Keras show in ``tests/utils/progbar_cases.py`` into ``progbars.json``.

Needs Keras 3 and JAX: ``python tests/golden/make_progbars.py``.
"""

import contextlib
import io
import json
import os
import sys
import types
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

from keras.callbacks import CallbackList
from keras.src import backend
from keras.src.utils import progbar

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "utils"))
import progbar_cases  # noqa: E402

backend.IS_THREAD_SAFE = False  # otherwise batches are reported from other threads, when our clock has moved on


def shown(play, subject, case: str) -> str:
    clock = progbar_cases.Clock()
    progbar.time = types.SimpleNamespace(time=clock)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        play(subject, clock, case)
    return progbar_cases.visible(printed.getvalue())


frozen = {case: shown(progbar_cases.play, progbar.Progbar, case) for case in progbar_cases.CASES}
frozen |= {case: shown(progbar_cases.play_run, CallbackList, case) for case in progbar_cases.RUNS}
(HERE / "progbars.json").write_text(json.dumps(frozen, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
