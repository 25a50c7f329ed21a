"""One model, every optimizer: the same start, the same batches, another rule.

python examples/swap_optimizers.py --out figures
"""

import argparse
import time
from pathlib import Path

import kerasnp as keras
from kerasnp import layers, optimizers

RULES = {
    "SGD": lambda: optimizers.SGD(0.1),
    "SGD + momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "SGD + nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "Adagrad": lambda: optimizers.Adagrad(0.05),
    "Adadelta": lambda: optimizers.Adadelta(1.0),
    "RMSprop": lambda: optimizers.RMSprop(0.001),
    "RMSprop centered": lambda: optimizers.RMSprop(0.001, centered=True),
    "Adam": lambda: optimizers.Adam(0.001),
    "Adam + amsgrad": lambda: optimizers.Adam(0.001, amsgrad=True),
    "AdamW": lambda: optimizers.AdamW(0.001),
}


def train(rule: str, x, y, epochs: int) -> tuple[list[float], float, float]:
    """Returns the loss of each epoch, the last accuracy and the seconds that training took."""
    keras.utils.set_random_seed(0)  # the same weights and the same batches for all
    model = keras.Sequential(
        [keras.Input((784,)), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    )
    model.compile(RULES[rule](), "sparse_categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    history = model.fit(x, y, batch_size=64, epochs=epochs, verbose=0).history
    return history["loss"], history["accuracy"][-1], time.perf_counter() - start


def draw(curves: dict[str, list[float]], folder: Path) -> Path:
    """Draws the loss curves into one figure; returns the file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for (rule, losses), style in zip(curves.items(), ("-", "--", ":") * 4, strict=False):
        axes.semilogy(range(1, len(losses) + 1), losses, style, label=rule)
    axes.set(xlabel="epoch", ylabel="training loss")
    axes.grid(alpha=0.3)
    axes.legend()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "swap_optimizers.png"
    figure.savefig(path, dpi=120)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, help="folder for the figure; none is drawn without it")
    arguments = parser.parse_args()

    (x, y), _ = keras.datasets.mnist.load_data()
    x, y = x[:10_000].reshape(-1, 784).astype("float32") / 255, y[:10_000]
    curves = {}
    print(f"{'optimizer':18} {'first loss':>10} {'last loss':>10} {'accuracy':>9} {'seconds':>8}")
    for rule in RULES:
        curves[rule], accuracy, seconds = train(rule, x, y, arguments.epochs)
        print(f"{rule:18} {curves[rule][0]:10.4f} {curves[rule][-1]:10.4f} {accuracy:9.4f} {seconds:8.2f}")
    if arguments.out:
        print("figure:", draw(curves, arguments.out))


if __name__ == "__main__":
    main()
