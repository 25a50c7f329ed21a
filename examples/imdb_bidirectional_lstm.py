"""Sentiment of film reviews by two bidirectional LSTMs: for or against?

    python examples/imdb_bidirectional_lstm.py
    python examples/imdb_bidirectional_lstm.py --data synthetic

The 25,000 + 25,000 reviews of IMDB are downloaded once. Where they cannot be had, made-up reviews take their place: a
few words for or against among many neutral ones, some turned into their opposite by a "not" in front. Padding is
masked, so short reviews are not diluted by it.
"""

import argparse
import time

import numpy as np

import kerasnp as keras
from kerasnp import layers

PADDING, START, UNKNOWN, NOT = range(4)
GOOD, BAD = range(4, 14), range(14, 24)


def synthetic_reviews(count: int, words: int, seed: int) -> tuple[list[list[int]], np.ndarray]:
    """Returns reviews as lists of word numbers, and labels: 1 for, 0 against."""
    generator = np.random.default_rng(seed)
    reviews, labels = [], generator.integers(2, size=count)
    for label in labels:
        review = list(generator.integers(BAD.stop, words, generator.integers(20, 60)))
        for _ in range(generator.integers(2, 5)):
            turned = generator.random() < 0.3
            choice = GOOD if bool(label) != turned else BAD
            place = generator.integers(1, len(review))
            review[place:place] = [NOT, generator.choice(choice)] if turned else [generator.choice(choice)]
        reviews.append([START, *map(int, review)])
    return reviews, labels


def load(data: str, words: int, count: int):
    """Returns reviews and labels to train and to test with, and what they are."""
    if data != "synthetic":
        try:
            (x, y), (x_test, y_test) = keras.datasets.imdb.load_data(num_words=words)
            return x[:count], y[:count], x_test[:count], y_test[:count], "IMDB"
        except OSError as error:
            if data == "imdb":
                raise
            print(f"IMDB cannot be had ({error}); here are made-up reviews.")
    return *synthetic_reviews(count, words, 0), *synthetic_reviews(count // 4, words, 1), "synthetic"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", choices=("auto", "imdb", "synthetic"), default="auto")
    parser.add_argument("--words", type=int, default=20_000, help="size of the vocabulary")
    parser.add_argument("--length", type=int, default=200, help="of a review; longer ones keep their end")
    parser.add_argument("--reviews", type=int, default=25_000)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    x, y, x_test, y_test, name = load(arguments.data, arguments.words, arguments.reviews)
    x, x_test = (keras.utils.pad_sequences(part, maxlen=arguments.length, padding="post") for part in (x, x_test))
    print(f"{name}: {len(x)} reviews to train with, {len(x_test)} to test with, {arguments.length} words each")

    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(arguments.words, 2 * arguments.units, mask_zero=True),
            layers.Bidirectional(layers.LSTM(arguments.units, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(arguments.units)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.summary()
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    model.fit(x, y, batch_size=32, epochs=arguments.epochs, validation_data=(x_test, y_test), verbose=2)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{time.perf_counter() - start:.1f} s; test loss {loss:.4f}, test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
