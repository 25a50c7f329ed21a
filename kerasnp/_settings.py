"""The mutable state behind :mod:`kerasnp.config` and :mod:`kerasnp.dtype_policies`."""

import os

FLOAT_TYPES = ("float32", "float64")


class Settings:
    """All settings, with their first values."""

    floatx = "float32"
    dtype_policy: str | None = None  # None: as floatx
    epsilon = 1e-7
    image_data_format = "channels_last"
    interactive_logging = True
    max_epochs: int | None = None
    max_steps_per_epoch: int | None = None
    traceback_filtering = True
    kernel_mode = "auto"
    num_threads: int | None = None
    kernel_variants = tuple  # functions; no variants and no threads until the kernels register theirs
    kernel_threads = int
    winograd = os.environ.get("KERASNP_WINOGRAD", "1") != "0"
    distribution = None


settings = Settings()
