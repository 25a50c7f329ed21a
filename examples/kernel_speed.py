"""One convolution three ways: the loop of the articles, the NumPy reference and the Cython kernel.

    python examples/kernel_speed.py

Four images of 3 x 112 x 112 and 32 kernels of 3 x 3. All three give the same numbers; the times are medians.
"""

import argparse
import statistics
import time

import numpy as np

import kerasnp as keras
from kerasnp import kernels, nn


def convolution_by_loops(x, w, b):
    """The definition: y[n, d, i, j] = b[d] + sum over c, p, q of x[n, c, i + p, j + q] * w[p, q, c, d]."""
    batch, _, height, width = x.shape
    rows, columns, _, filters = w.shape
    y = np.empty((batch, filters, height - rows + 1, width - columns + 1), x.dtype)
    for n in range(batch):
        for d in range(filters):
            for i in range(y.shape[2]):
                for j in range(y.shape[3]):
                    window = x[n, :, i : i + rows, j : j + columns]
                    y[n, d, i, j] = b[d] + np.sum(window.transpose(1, 2, 0) * w[..., d])
    return y


def timed(function, repeat: int):
    """Returns the result of ``function()`` and the median of the seconds it takes."""
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return result, statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=30, help="runs of the fast ones; the loop runs once")
    arguments = parser.parse_args()

    generator = np.random.default_rng(0)
    x = generator.normal(size=(4, 3, 112, 112)).astype("float32")
    w = (generator.normal(size=(3, 3, 3, 32)) / 5).astype("float32")
    b = generator.normal(size=32).astype("float32")

    loops, slow = timed(lambda: convolution_by_loops(x, w, b), 1)
    print(f"{'loops in Python':18} {slow * 1e3:10.2f} ms {1:9.0f} x")
    # The kernels work on channels_last images; y is written into the same array each time, as in training.
    images = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    y = np.empty((4, 110, 110, 32), "float32")
    scratch = np.empty(kernels.conv2d.forward_scratch(w.shape, groups=1), "float32")
    for mode in ("reference", "cython"):
        table = kernels.table("float32", mode)
        run = lambda: table.conv2d_forward(images, w, b, 1, 1, 1, 1, False, y, scratch)  # noqa: B023, E731
        run()
        _, seconds = timed(run, arguments.repeat)
        assert np.allclose(y.transpose(0, 3, 1, 2), loops, atol=1e-4), mode
        print(f"{mode + ' kernel':18} {seconds * 1e3:10.2f} ms {slow / seconds:9,.0f} x   ({table.name}, equal)")
    if not np.allclose(nn.conv2d_forward(x, w, b, data_format="channels_first"), loops, atol=1e-4):
        raise SystemExit("nn.conv2d_forward differs")
    print(f"threads: {keras.config.num_threads() or 'as many as OpenMP offers'}")


if __name__ == "__main__":
    main()
