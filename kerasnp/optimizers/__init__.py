"""Optimizers, as ``keras.optimizers``."""

from kerasnp.optimizers import schedules
from kerasnp.optimizers.adadelta import Adadelta
from kerasnp.optimizers.adagrad import Adagrad
from kerasnp.optimizers.adam import Adam
from kerasnp.optimizers.adamw import AdamW
from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import deserialize, get, serialize
from kerasnp.optimizers.rmsprop import RMSprop
from kerasnp.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]
