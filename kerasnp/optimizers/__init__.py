"""Optimizers, as ``keras.optimizers``."""

from kerasnp import absent
from kerasnp.optimizers import legacy, schedules
from kerasnp.optimizers.adadelta import Adadelta
from kerasnp.optimizers.adafactor import Adafactor
from kerasnp.optimizers.adagrad import Adagrad
from kerasnp.optimizers.adam import Adam
from kerasnp.optimizers.adamax import Adamax
from kerasnp.optimizers.adamw import AdamW
from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.ftrl import Ftrl
from kerasnp.optimizers.lamb import Lamb
from kerasnp.optimizers.lbfgs import LBFGS
from kerasnp.optimizers.lion import Lion
from kerasnp.optimizers.muon import Muon
from kerasnp.optimizers.nadam import Nadam
from kerasnp.optimizers.registration import deserialize, get, serialize
from kerasnp.optimizers.rmsprop import RMSprop
from kerasnp.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from kerasnp.optimizers.sgd import SGD

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "legacy",
    "schedules",
    "serialize",
]

__getattr__ = absent.finder(__name__)
