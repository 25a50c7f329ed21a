"""Runs one work on Keras and prints a line of JSON: KERAS_BACKEND=jax python run_keras.py WORK THREADS"""

import json
import sys

import keras
import keras_works

if __name__ == "__main__":
    work, threads = sys.argv[1], int(sys.argv[2])
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    print(json.dumps(keras_works.run(keras, work)))
