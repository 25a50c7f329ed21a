"""Runs one work on kerasnp and prints a line of JSON: python run_kerasnp.py WORK THREADS"""

import json
import sys

import keras_works

import kerasnp

if __name__ == "__main__":
    work, threads = sys.argv[1], int(sys.argv[2])
    kerasnp.config.set_num_threads(threads)
    print(json.dumps(keras_works.run(kerasnp, work)))
