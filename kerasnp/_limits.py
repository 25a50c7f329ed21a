"""Caps on every training run, and the settings of tracebacks: parts of :mod:`kerasnp.config`."""

from kerasnp._settings import settings as _settings


def max_epochs() -> int | None:
    """Returns the greatest number of epochs of any ``fit``, or None."""
    return _settings.max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Caps the epochs of every ``fit``, for quick tries of long scripts; None removes the cap."""
    _settings.max_epochs = _limit("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """Returns the greatest number of batches an epoch of any ``fit``, ``evaluate`` or ``predict``, or None."""
    return _settings.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Caps the batches of every epoch, for quick tries of long scripts; None removes the cap."""
    _settings.max_steps_per_epoch = _limit("max_steps_per_epoch", max_steps_per_epoch)


def _limit(name: str, value: int | None) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ValueError(f"{name} must be a positive integer or None; received {value!r}.")
    return value


def enable_traceback_filtering() -> None:
    """Accepted for Keras's sake: tracebacks are short and never filtered."""
    _settings.traceback_filtering = True


def disable_traceback_filtering() -> None:
    """Accepted for Keras's sake: tracebacks are never filtered."""
    _settings.traceback_filtering = False


def is_traceback_filtering_enabled() -> bool:
    """Returns what was set last, without effect."""
    return _settings.traceback_filtering
