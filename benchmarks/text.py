"""A text model, kerasnp beside Keras and PyTorch on the same cores: milliseconds of a training step, and the ratio.

    python benchmarks/text.py --peers ../peers/bin/python

The model reads 80 words: an embedding of 20,000 words with 128 numbers each, a recurrent layer with 128 units, and one
sigmoid; Adam, batches of 32. Every rival runs in a process of its own, one after the other, for several rounds, as
README.md says; the table shows the medians.
"""

import argparse
import importlib
import json
import os
import statistics
import sys

import measure
import numpy as np
import report

WORDS, NUMBERS, UNITS, LENGTH, BATCH, STEPS = 20_000, 128, 128, 80, 32, 40
KINDS = ("LSTM", "GRU")
# Name, module and environment of each rival.
RIVALS = (
    ("kerasnp", "kerasnp", {}),
    ("Keras TF", "keras", {"KERAS_BACKEND": "tensorflow"}),
    ("Keras JAX", "keras", {"KERAS_BACKEND": "jax"}),
    ("PyTorch", "torch", {}),
)


def random_texts() -> tuple[np.ndarray, np.ndarray]:
    """Returns words as int32 (samples, length), and float32 labels (samples, 1)."""
    generator = np.random.default_rng(0)
    x = generator.integers(1, WORDS, (STEPS * BATCH, LENGTH)).astype("int32")
    return x, generator.integers(0, 2, (len(x), 1)).astype("float32")


def keras_epoch(keras, kind: str):
    """Returns a function that trains for an epoch; ``keras`` is Keras or kerasnp."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            layers.Embedding(WORDS, NUMBERS),
            getattr(layers, kind)(UNITS),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x, y = random_texts()
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0)


def torch_epoch(torch, kind: str):
    """Returns a function that trains for an epoch, by the loop that every tutorial shows."""
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(WORDS, NUMBERS)
            self.recurrent = getattr(nn, kind)(NUMBERS, UNITS, batch_first=True)
            self.out = nn.Linear(UNITS, 1)

        def forward(self, x):
            return self.out(self.recurrent(self.words(x))[0][:, -1])

    model = Model()
    optimizer, loss_function = torch.optim.Adam(model.parameters()), nn.BCEWithLogitsLoss()
    x, y = map(torch.from_numpy, random_texts())

    def epoch():
        total, correct = 0.0, 0
        for index in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            logits = model(x[index])
            loss = loss_function(logits, y[index])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(index)
            correct += ((logits > 0) == (y[index] > 0.5)).sum().item()
        return total / len(x), correct / len(x)

    return epoch


def run(module: str, threads: int) -> dict[str, float]:
    """Returns milliseconds of a step of each kind, on one rival."""
    library = importlib.import_module(module)
    if module == "torch":
        library.set_num_threads(threads)
    elif module == "kerasnp":
        library.config.set_num_threads(threads)
    elif os.environ.get("KERAS_BACKEND") == "tensorflow":
        tensorflow = importlib.import_module("tensorflow")
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    make = torch_epoch if module == "torch" else keras_epoch
    return {kind: 1e3 * measure.seconds_per_call(make(library, kind), budget=3) / STEPS for kind in KINDS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="interpreter that has the peers")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", metavar="MODULE", help=argparse.SUPPRESS)  # one rival: a line of JSON
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(run(arguments.run, arguments.threads)))
        return

    measure.limit_cores(arguments.threads)
    times: dict[str, dict[str, list[float]]] = {kind: {} for kind in KINDS}
    for _ in range(arguments.rounds):
        for name, module, environment in RIVALS:
            interpreter = sys.executable if module == "kerasnp" else arguments.peers
            command = [interpreter, "text.py", "--run", module, "--threads", str(arguments.threads)]
            for kind, value in measure.run_json(command, arguments.threads, **environment).items():
                times[kind].setdefault(name, []).append(value)
    lines = []
    for kind, found in times.items():
        middle = {name: statistics.median(values) for name, values in found.items()}
        ours = middle.get("kerasnp")
        lines.append([f"{kind}, ms a step", *(middle.get(name) for name, *_ in RIVALS)])
        ratios = [ours and name in middle and f"{report.number(middle[name] / ours)} x" for name, *_ in RIVALS]
        lines.append(["beside kerasnp", *(ratio or None for ratio in ratios)])
    report.print_table(["text model", *(name for name, *_ in RIVALS)], lines, labels=1)


if __name__ == "__main__":
    main()
