"""Callbacks: ``kerasnp.callbacks``, with Keras's names."""

from kerasnp import absent
from kerasnp.callbacks.backup_and_restore import BackupAndRestore
from kerasnp.callbacks.base import Callback
from kerasnp.callbacks.callback_list import CallbackList
from kerasnp.callbacks.csv_logger import CSVLogger
from kerasnp.callbacks.early_stopping import EarlyStopping
from kerasnp.callbacks.history import History
from kerasnp.callbacks.lambda_callback import LambdaCallback
from kerasnp.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from kerasnp.callbacks.model_checkpoint import ModelCheckpoint
from kerasnp.callbacks.progbar_logger import ProgbarLogger
from kerasnp.callbacks.swap_ema_weights import SwapEMAWeights
from kerasnp.callbacks.tensorboard import TensorBoard
from kerasnp.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

__getattr__ = absent.finder(__name__)
