"""What older scripts call as ``K``: ``kerasnp.backend``."""

import collections

from kerasnp import absent
from kerasnp.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from kerasnp.utils.naming import clear_session

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]

_uids: collections.Counter = collections.Counter()


def get_uid(prefix: str = "") -> int:
    """Returns 1 at the first call with this prefix, then 2, and so on."""
    _uids[prefix] += 1
    return _uids[prefix]


__getattr__ = absent.finder(__name__)
