"""Backpropagation by hand: plain gradient steps on a convolution until every output is one.

    python examples/conv_to_ones.py

No model, no optimizer: the pair ``conv2d_forward`` and ``conv2d_backward``, a loss, and ``w -= rate * dw``. The loss is
L = 1/(2n) sum (y - 1)^2 over a batch of n images, so dL/dy = (y - 1) / n. The only kernels that turn random images into
ones are all zero, with a bias of one: that is what the steps find.
"""

import argparse

import numpy as np

from kerasnp import nn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=0.001)
    parser.add_argument("--most-steps", type=int, default=25)
    arguments = parser.parse_args()

    generator = np.random.default_rng(0)
    x = generator.normal(size=(3, 3, 28, 28))  # (batch, channels, height, width)
    w = generator.normal(size=(3, 3, 3, 4))  # (height, width, channels, filters)
    b = np.zeros(4)

    for step in range(1, arguments.most_steps + 1):
        y = nn.conv2d_forward(x, w, b, data_format="channels_first")
        loss = 0.5 * np.sum((y - 1) ** 2) / len(x)
        print(f"step {step:2d}: loss {loss:.6e}")
        if np.allclose(y, 1):
            print(f"all {y.size:,} outputs are one after {step - 1} updates; b = {b}")
            return
        _, dw, db = nn.conv2d_backward((y - 1) / len(x), x, w, data_format="channels_first")
        w -= arguments.rate * dw
        b -= arguments.rate * db
    raise SystemExit(f"the outputs are not all one after {arguments.most_steps} steps")


if __name__ == "__main__":
    main()
