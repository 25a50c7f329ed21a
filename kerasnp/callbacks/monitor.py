"""What the callbacks that watch one number share."""

import math
import warnings

from kerasnp.callbacks.base import Callback


class MonitorCallback(Callback):
    """Watches one entry of the logs and knows what an improvement is.

    Args:
        monitor: name in the logs.
        mode: ``"min"`` or ``"max"`` says which values are better; ``"auto"`` asks the metric.
        baseline: the value to beat at first.
        min_delta: a smaller change is no improvement.
    """

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta=0):
        if mode not in ("auto", "min", "max"):
            warnings.warn(f"{type(self).__name__} mode '{mode}' is unknown, fallback to auto mode.", stacklevel=3)
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)

    def _is_improvement(self, value: float, reference: float | None) -> bool:
        """Tells whether ``value`` beats ``reference`` by more than ``min_delta``; NaN never does.

        Raises:
            ValueError: nothing says whether high or low values are better.
        """
        upwards = self._direction() == "up"
        if math.isnan(value):
            return False
        if reference is None:
            return True
        return value - self.min_delta > reference if upwards else value + self.min_delta < reference

    def _direction(self) -> str:
        if self.mode != "auto":
            return "up" if self.mode == "max" else "down"
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return "down"
        for metric in _flat(getattr(self.model, "metrics", ())):
            if metric.name == name and hasattr(metric, "_direction"):
                return metric._direction
        if "acc" in name:
            return "up"
        raise ValueError(
            f"{type(self).__name__} callback received monitor={self.monitor}, and it is not known whether that metric "
            "should be maximized or minimized. Pass `mode='max'` in order to monitor based on the highest metric "
            "value, or pass `mode='min'` in order to use the lowest value."
        )


def _flat(metrics):
    """Yields metrics, and those within a group of metrics."""
    for metric in metrics:
        yield from _flat(getattr(metric, "metrics", ()))
        yield metric
