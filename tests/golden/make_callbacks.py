"""Freezes what the callbacks of real Keras do in ``tests/callbacks/callback_cases.py`` into ``callbacks.json``.

Needs Keras 3 and JAX: ``python tests/golden/make_callbacks.py``.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

from keras import callbacks

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "callbacks"))
import callback_cases  # noqa: E402

frozen = {}
for case in callback_cases.CASES:
    with tempfile.TemporaryDirectory() as folder:
        frozen[case] = callback_cases.run(callbacks, Path(folder), case)
(HERE / "callbacks.json").write_text(json.dumps(frozen, indent=1) + "\n")
