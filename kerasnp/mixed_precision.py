"""The number type of layers under its older names: ``kerasnp.mixed_precision``."""

from kerasnp import absent
from kerasnp.dtype_policies import DTypePolicy, dtype_policy, set_dtype_policy

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = ["DTypePolicy", "Policy", "dtype_policy", "global_policy", "set_dtype_policy", "set_global_policy"]

__getattr__ = absent.finder(__name__)
