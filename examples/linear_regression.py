"""Linear regression in double precision: gradient descent finds y = xW + b again, to the last digits.

python examples/linear_regression.py
"""

import argparse
from pathlib import Path

import numpy as np

import kerasnp as keras

W = np.array([[3.0, 7.0, 4.0], [5.0, 2.0, 6.0]])
B = np.array([2.0, 9.0, 3.0])


def draw(losses: list[float], folder: Path) -> Path:
    """Draws the loss of each epoch; returns the file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.semilogy(range(1, len(losses) + 1), losses)
    axes.set(xlabel="epoch", ylabel="mean squared error")
    axes.grid(alpha=0.3)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "linear_regression.png"
    figure.savefig(path, dpi=120)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="folder for the figure; none is drawn without it")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    keras.config.set_floatx("float64")
    x = np.random.default_rng(0).normal(size=(200, 2))
    y = x @ W + B

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.3), "mse")
    losses = model.fit(x, y, epochs=100, batch_size=50, verbose=0).history["loss"]
    for epoch in (1, 2, 5, 10, 20, 50, 100):
        print(f"epoch {epoch:3d}: loss {losses[epoch - 1]:.3e}")

    loss = model.evaluate(x, y, verbose=0)
    kernel, bias = model.get_weights()
    print("W =", np.array2string(kernel, prefix="W = "))
    print("b =", bias)
    print(f"loss {loss:.3e}; W recovered: {np.allclose(kernel, W)}; b recovered: {np.allclose(bias, B)}")
    if arguments.out:
        print("figure:", draw(losses, arguments.out))


if __name__ == "__main__":
    main()
