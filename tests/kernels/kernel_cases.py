"""What the tests of the kernels share: the forms that a kernel has, read-only inputs, and runs on several threads."""

import numpy as np
import pytest

from kerasnp import config, kernels

VARIANTS = kernels.available_variants()
FORMS = ["reference", *VARIANTS]
DTYPES = ["float32", "float64"]

each_form = pytest.mark.parametrize("form", FORMS)
each_variant = pytest.mark.parametrize("variant", VARIANTS)
each_dtype = pytest.mark.parametrize("dtype", DTYPES)


def table_of(form: str, dtype: str):
    """Returns the kernels of one form, where ``kernels.table`` would choose."""
    return kernels._table(dtype, None if form == "reference" else form)


def read_only(*arrays: np.ndarray):
    """Makes arrays read-only, as a kernel's inputs may be, and returns them; one array is returned as it is."""
    for array in arrays:
        array.flags.writeable = False
    return arrays[0] if len(arrays) == 1 else arrays


def check_threads(run) -> None:
    """Fails unless ``run``, which returns arrays, gives the same bits on 1, 2 and 3 threads."""
    before, results = config.num_threads(), []
    try:
        for count in (1, 2, 3):
            config.set_num_threads(count)
            results.append(run())
    finally:
        config.set_num_threads(before)
    for result in results[1:]:
        for mine, first in zip(result, results[0], strict=True):
            np.testing.assert_array_equal(mine, first)
