"""Freezes what real Keras prints for ``summary()`` into ``summary_<case>.txt``.

Needs Keras 3 and TensorFlow: ``python tests/golden/make_summaries.py``.
"""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "models"))
import summary_cases  # noqa: E402

for case in summary_cases.CASES:
    text = summary_cases.text(keras, case, os.environ)
    (HERE / f"summary_{case}.txt").write_text(text, encoding="utf-8")
