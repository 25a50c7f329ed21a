"""Text, character by character: an LSTM learns a short text and goes on with a beginning of it.

    python examples/character_lstm.py
    python examples/character_lstm.py --start "the tide " --temperature 0.6

The model sees a window of 32 characters and predicts the next one. To write, it is asked again and again, each time
with what it wrote last; with a high temperature it takes less likely characters more often.
"""

import argparse

import numpy as np

import kerasnp as keras
from kerasnp import layers

TEXT = """
the tide goes out and the boats lie still upon the sand. the tide comes in and the boats rise and swing to the wind.
the old man at the harbour counts the boats by their names, and the children count them by their colours. when the wind
is from the west the boats come home with fish, and when the wind is from the east the nets stay dry upon the wall. the
lamp above the harbour turns all night, and the old man says that it counts the stars. the children say that it counts
the waves. in the morning the lamp goes out and the tide goes out, and the gulls walk upon the sand and count nothing.
the baker opens his door before the sun, and the smell of bread goes down to the harbour, and the boats that come home
know the way by the lamp and by the smell of bread. so the day begins, with the tide and the wind and the bread, and so
it ends, with the lamp that turns above the harbour and the boats that lie still upon the water.
"""
WINDOW = 32


def windows(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns all windows (count, WINDOW) of a text in numbers, and the character after each."""
    x = np.lib.stride_tricks.sliding_window_view(numbers[:-1], WINDOW)
    return np.ascontiguousarray(x), numbers[WINDOW:]


def draw(probabilities: np.ndarray, temperature: float, generator: np.random.Generator) -> int:
    """Returns a character by its probability; at temperature 0 the likeliest one."""
    if temperature == 0:
        return int(probabilities.argmax())
    logits = np.log(probabilities.astype("float64") + 1e-12) / temperature
    sharpened = np.exp(logits - logits.max())
    return int(generator.choice(len(sharpened), p=sharpened / sharpened.sum()))


def write(model, start: str, letters: str, length: int, temperature: float, seed: int = 0) -> str:
    """Returns ``start`` and what the model adds to it."""
    generator = np.random.default_rng(seed)
    text = start.rjust(WINDOW)
    for _ in range(length):
        x = np.array([[letters.index(letter) for letter in text[-WINDOW:]]])
        text += letters[draw(model.predict(x, verbose=0)[0], temperature, generator)]
    return text.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--start", default="the lamp above the harbour ", help="letters, spaces and full stops")
    parser.add_argument("--length", type=int, default=200, help="characters to write")
    parser.add_argument("--temperature", type=float, default=0.2)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    text = " ".join(TEXT.split())
    letters = "".join(sorted(set(text)))
    unknown = set(arguments.start) - set(letters)
    if unknown:
        parser.error(f"--start has characters that are not in the text: {' '.join(sorted(unknown))}")
    x, y = windows(np.array([letters.index(letter) for letter in text]))
    print(f"{len(text)} characters, {len(letters)} different ones, {len(x)} windows")

    model = keras.Sequential(
        [
            keras.Input((WINDOW,), dtype="int32"),
            layers.Embedding(len(letters), 16),
            layers.LSTM(arguments.units),
            layers.Dense(len(letters), activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=64, epochs=arguments.epochs, verbose=0).history
    for epoch in sorted({1, *range(10, arguments.epochs, 10), arguments.epochs}):
        print(f"epoch {epoch:3d}: loss {history['loss'][epoch - 1]:.3f}, accuracy {history['accuracy'][epoch - 1]:.3f}")
    print("\n" + write(model, arguments.start, letters, arguments.length, arguments.temperature))


if __name__ == "__main__":
    main()
