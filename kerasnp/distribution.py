"""Devices: ``kerasnp.distribution``, which knows one."""

from kerasnp import absent

__all__ = ["list_devices"]


def list_devices(device_type: str | None = None) -> list[str]:
    """Returns ``["cpu:0"]``; nothing for other types of devices, such as ``"gpu"``."""
    return ["cpu:0"] if device_type is None or device_type.lower() == "cpu" else []


__getattr__ = absent.finder(__name__)
