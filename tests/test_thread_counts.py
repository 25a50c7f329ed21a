"""Same seed, same bits, whatever the number of threads: a whole training, with every kind of layer."""

import os
import subprocess
import sys

import pytest

from kerasnp import kernels

TRAINING = """
import hashlib
import numpy as np
import kerasnp as keras
from kerasnp import kernels, layers

kernels.table()
kernels.threads.set_grain(1)
x = np.random.default_rng(0).normal(size=(50, 12, 11, 3)).astype("float32")
y = np.arange(50) % 7

for count in (1, 2, 3, 4):
    keras.config.set_num_threads(count)
    keras.utils.set_random_seed(3)
    model = keras.Sequential([
        keras.Input((12, 11, 3)),
        layers.Conv2D(8, 3, padding="same", activation="relu", kernel_regularizer="l2"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2),
        layers.Conv2D(20, 3, activation="gelu"),
        layers.PReLU(shared_axes=[1, 2]),
        layers.AveragePooling2D(2, padding="same"),
        layers.Conv2D(6, (1, 2), groups=2, strides=(1, 2)),
        layers.Conv2DTranspose(8, 3, strides=2, activation="relu"),
        layers.SeparableConv2D(6, 3, padding="same", depth_multiplier=2),
        layers.Reshape((5, 3, 3, 2)),
        layers.Conv3D(6, 3, padding="same"),
        layers.MaxPooling3D(2, padding="same"),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(40, activation="selu"),
        layers.Dense(7, activation="softmax"),
    ])
    adam = keras.optimizers.Adam(0.01, global_clipnorm=1.0)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=16, epochs=2, validation_split=0.2, verbose=0).history
    digest = hashlib.sha256(repr(history).encode())
    for array in (*model.get_weights(), model.predict(x, verbose=0)):
        digest.update(array.tobytes())
    print(digest.hexdigest())
"""


READING = """
import hashlib
import numpy as np
import kerasnp as keras
from kerasnp import kernels, layers

kernels.table()
kernels.threads.set_grain(1)
x = np.random.default_rng(0).integers(50, size=(50, 9))
y = np.arange(50) % 7

for count in (1, 2, 3, 4):
    keras.config.set_num_threads(count)
    keras.utils.set_random_seed(3)
    model = keras.Sequential([
        keras.Input((9,)),
        layers.Embedding(50, 20, mask_zero=True),
        layers.Bidirectional(layers.LSTM(17, return_sequences=True, dropout=0.2)),
        layers.GRU(30, return_sequences=True),
        layers.LSTM(12, return_sequences=True, recurrent_dropout=0.2),
        layers.TimeDistributed(layers.Dense(8, activation="relu")),
        layers.SimpleRNN(9),
        layers.Dense(7, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=16, epochs=2, validation_split=0.2, verbose=0).history
    digest = hashlib.sha256(repr(history).encode())
    for array in (*model.get_weights(), model.predict(x, verbose=0)):
        digest.update(array.tobytes())
    print(digest.hexdigest())
"""


@pytest.mark.skipif(not kernels.available_variants(), reason="the reference kernels use no threads")
@pytest.mark.parametrize("script", [TRAINING, READING], ids=["images", "words"])
def test_training_gives_the_same_bits_on_any_number_of_threads(script):
    # OMP_NUM_THREADS offers four threads, also where there are fewer processors.
    environment = {**os.environ, "OMP_NUM_THREADS": "4", "KERASNP_KERNELS": "cython"}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    digests = run.stdout.split()
    assert len(digests) == 4
    assert len(set(digests)) == 1


FORK = """
import multiprocessing
import numpy as np
import kerasnp as keras
from kerasnp import kernels, layers

kernels.table()
kernels.threads.set_grain(1)
model = keras.Sequential([keras.Input((40,)), layers.Dense(300, activation="relu"), layers.Dense(3)])
model.compile("adam", "mse")
x = np.ones((200, 40), "float32")
model.fit(x, np.ones((200, 3)), verbose=0)
wanted = model.predict(x, verbose=0)


def predict(_):
    return np.array_equal(model.predict(x, verbose=0), wanted)


def train(_):
    return np.isfinite(model.fit(x, np.ones((200, 3)), verbose=0).history["loss"][0])


with multiprocessing.get_context("fork").Pool(2) as pool:
    print(all(pool.map(predict, range(4))), all(pool.map(train, range(4))))
"""


@pytest.mark.skipif(not kernels.available_variants(), reason="the reference kernels use no threads")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_forked_child_trains_and_predicts():
    command = [sys.executable, "-W", "ignore", "-c", FORK]
    environment = {**os.environ, "KERASNP_KERNELS": "cython"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout.strip() == "True True"
