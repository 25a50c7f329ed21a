"""Number types of layers as objects: ``kerasnp.dtype_policies``, with Keras's names.

Weights and computation have the same type, ``"float32"`` or ``"float64"``.
"""

from kerasnp import absent, registry
from kerasnp._settings import FLOAT_TYPES, settings

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]

policies = registry.namespace("keras.dtype_policies", "dtype policy", snake=False)


@policies.register()
class DTypePolicy:
    """The number type of a layer's weights and of its computation.

    Args:
        name: ``"float32"`` or ``"float64"``; None means the global policy.
        source_name: as Keras's configs have it, without effect.

    Attributes:
        name, compute_dtype, variable_dtype: the type.

    Raises:
        ValueError: another type.
    """

    def __init__(self, name=None, source_name=None):
        if name is None:
            name = dtype_policy().name
        if not isinstance(name, str) or name not in FLOAT_TYPES:
            raise ValueError(
                f"kerasnp computes in {' or '.join(FLOAT_TYPES)}; received the policy {name!r}. Files with float16 or "
                "bfloat16 weights are read, and their numbers converted."
            )
        self.name = name

    @property
    def compute_dtype(self) -> str:
        return self.name

    @property
    def variable_dtype(self) -> str:
        return self.name

    @property
    def quantization_mode(self) -> None:
        return None

    def __eq__(self, other):
        return isinstance(other, DTypePolicy) and self.name == other.name

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f'<{type(self).__name__} "{self.name}">'

    def get_config(self) -> dict:
        """Returns ``{"name": ...}``."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict) -> "DTypePolicy":
        """Makes a policy from what :meth:`get_config` returned."""
        return cls(**config)


FloatDTypePolicy = DTypePolicy
policies.identifiers["FloatDTypePolicy"] = policies.entries["FloatDTypePolicy"] = DTypePolicy


def dtype_policy() -> DTypePolicy:
    """Returns the policy of layers that are given none: ``config.floatx()``, or what :func:`set_dtype_policy` set."""
    return DTypePolicy(settings.dtype_policy or settings.floatx)


def set_dtype_policy(policy) -> None:
    """Sets the policy of layers that are given none, by name or as a :class:`DTypePolicy`."""
    settings.dtype_policy = get(policy).name


def serialize(dtype_policy: DTypePolicy) -> dict:
    """Returns the config form of a policy."""
    return policies.serialize(dtype_policy)


def deserialize(config, custom_objects: dict | None = None) -> DTypePolicy:
    """Makes a policy from its config form."""
    return policies.deserialize(config, custom_objects)


def get(identifier) -> DTypePolicy:
    """Returns the policy that a name, a config, a policy, or None for the global one, stands for."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    return DTypePolicy(getattr(identifier, "name", identifier))


__getattr__ = absent.finder(__name__)
