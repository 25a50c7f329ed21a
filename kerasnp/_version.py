"""The version: one place, read by the build and by ``kerasnp.__version__``.

It starts at 3 because scripts compare ``keras.__version__`` with 3.0 to learn which Keras API they face.
"""

__version__ = "3.0.0"
