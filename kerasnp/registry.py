"""Names and the classes behind them: every ``get()``, ``serialize()`` and ``deserialize()`` ends here.

The registry is closed: a name in a file finds a class only if the library registered it or the user did, with
:func:`register_keras_serializable` or ``custom_objects``. Nothing is ever imported by name.
"""

import contextlib
import contextvars
import difflib
import inspect
import re

__all__ = [
    "CustomObjectScope",
    "Namespace",
    "custom_object_scope",
    "deserialize_keras_object",
    "find_namespace",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "namespace",
    "register_keras_serializable",
    "serialize_keras_object",
    "snake_case",
]

_LONGEST_LIST = 20  # names that an error may list
_LONGEST_NAME = 100  # characters in a message

_custom_objects: dict[str, object] = {}
_scoped_objects: contextvars.ContextVar[dict] = contextvars.ContextVar("custom_objects", default={})  # noqa: B039


def snake_case(name: str) -> str:
    """Turns a class name into Keras's snake case: ``"Conv2DTranspose"`` becomes ``"conv2d_transpose"``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Namespace:
    """The classes and functions of one public module, by name.

    Args:
        module: Keras's name of the module, as files store it, such as ``"keras.layers"``.
        noun: what one entry is called in messages, such as ``"layer"``.
        snake: whether the snake-case form of a class name is an identifier too.
        case_sensitive: whether identifiers keep their case (optimizers do not).
    """

    def __init__(self, module: str, noun: str, *, snake: bool = True, case_sensitive: bool = True):
        self.module = module
        self.noun = noun
        self.snake = snake
        self.case_sensitive = case_sensitive
        self.entries: dict[str, object] = {}
        self.identifiers: dict[str, object] = {}

    def register(self, *aliases: str):
        """Returns a decorator that enters a class or function under its own name and ``aliases``."""

        def enter(entry):
            names = [entry.__name__, *aliases]
            if self.snake and inspect.isclass(entry):
                names.append(snake_case(entry.__name__))
            self.entries[entry.__name__] = entry
            for name in names:
                self.identifiers[self._key(name)] = entry
            entry._registered_in = self
            return entry

        return enter

    def _key(self, name: str) -> str:
        return name if self.case_sensitive else name.lower()

    def find(self, name: str, custom_objects: dict | None = None):
        """Returns the class or function called ``name``.

        Raises:
            ValueError: no such name; the message lists the closest ones.
        """
        for table in (custom_objects or {}, _scoped_objects.get(), _custom_objects):
            if name in table:
                return table[name]
            for key, entry in table.items():
                if key.rpartition(">")[2] == name:
                    return entry
        entry = self.identifiers.get(self._key(name))
        if entry is not None:
            return entry
        # The name may come from a file and be of any length.
        near = difflib.get_close_matches(self._key(name[:_LONGEST_NAME]), self.identifiers, n=3, cutoff=0.6)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        if not near and len(self.entries) <= _LONGEST_LIST:
            hint = f" Known: {', '.join(sorted(self.entries))}."
        raise ValueError(f"Unknown {self.noun}: {name[:_LONGEST_NAME]!r}.{hint}")

    def get(self, identifier, custom_objects: dict | None = None):
        """Resolves what a user may pass: None, a name, a config dictionary, a class, or the object itself."""
        if identifier is None:
            return None
        if isinstance(identifier, str):
            entry = self.find(identifier, custom_objects)
            return entry() if inspect.isclass(entry) else entry
        if isinstance(identifier, dict):
            return self.deserialize(identifier, custom_objects)
        if inspect.isclass(identifier):
            return identifier()
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise ValueError(
            f"Could not interpret {identifier!r} (a {type(identifier).__name__}) as a {self.noun}: "
            f"expected a name, a config dictionary, or an object."
        )

    def serialize(self, entry):
        """Returns the config form of an object of this namespace."""
        return serialize_keras_object(entry)

    def deserialize(self, config, custom_objects: dict | None = None):
        """Rebuilds an object from its config form: a name or a dictionary with ``class_name`` and ``config``."""
        if not isinstance(config, dict):
            return self.get(config, custom_objects)
        if "class_name" not in config:
            raise ValueError(f"A {self.noun} config needs the key 'class_name'; received keys {sorted(config)}.")
        class_name, settings = config["class_name"], config.get("config", {})
        if class_name == "function":
            return self.find(settings, custom_objects)
        # A registered name "package>Class" is unique, a bare class name may not be.
        entry = self.find(config.get("registered_name") or class_name, custom_objects)
        if not inspect.isclass(entry):
            return entry
        settings = settings or {}
        from_config = getattr(entry, "from_config", None)
        if from_config is None:
            return entry(**settings)
        if custom_objects and "custom_objects" in inspect.signature(from_config).parameters:
            return from_config(settings, custom_objects=custom_objects)
        with custom_object_scope(custom_objects):
            return from_config(settings)


_namespaces: dict[str, Namespace] = {}


def namespace(module: str, noun: str, **options) -> Namespace:
    """Creates the namespace of a public module (once, where that module is defined)."""
    return _namespaces.setdefault(module, Namespace(module, noun, **options))


def find_namespace(module: str) -> Namespace | None:
    """Returns the namespace of a public module such as ``"keras.layers"``, or None if there is none."""
    return _namespaces.get(module)


def serialize_keras_object(obj):
    """Returns the config form of any registered object: plain data, a name, or a tagged dictionary."""
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return obj
    if isinstance(obj, (list, tuple)):
        return [serialize_keras_object(item) for item in obj]
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    home = getattr(obj, "_registered_in", None)
    if not hasattr(obj, "get_config"):
        name = getattr(obj, "__name__", None)
        if home is not None:
            return name
        registered = get_registered_name(obj)
        if registered == name or name is None:
            raise ValueError(
                f"{obj!r} cannot be written to a config: register it with "
                "@kerasnp.saving.register_keras_serializable()."
            )
        return {"module": None, "class_name": "function", "config": registered, "registered_name": registered}
    cls = type(obj)
    registered = get_registered_name(cls)
    built_in = home is not None and home.entries.get(registered) is cls  # a user's subclass inherits `home`
    return {
        "module": home.module if built_in else None,
        "class_name": cls.__name__,
        "config": obj.get_config(),
        "registered_name": None if built_in else registered,
    }


def deserialize_keras_object(config, custom_objects: dict | None = None, safe_mode: bool = True):
    """Rebuilds an object from :func:`serialize_keras_object`'s form, in whichever namespace its module names.

    Args:
        config: the form.
        custom_objects: the user's own classes and functions by name.
        safe_mode: as Keras has it; there is no other mode.
    """
    if isinstance(config, list):
        return [deserialize_keras_object(item, custom_objects) for item in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config:
        return {key: deserialize_keras_object(value, custom_objects) for key, value in config.items()}
    home = _namespaces.get(config.get("module") or "")
    if home is not None:
        return home.deserialize(config, custom_objects)
    named = config["config"] if config["class_name"] == "function" else config.get("registered_name")
    wanted = named or config["class_name"]
    for candidate in _namespaces.values():
        with contextlib.suppress(ValueError):
            candidate.find(wanted, custom_objects)
            return candidate.deserialize(config, custom_objects)
    raise ValueError(
        f"Unknown class {wanted!r} (module {config.get('module')!r}). Pass it in custom_objects or register it with "
        "@kerasnp.saving.register_keras_serializable()."
    )


def register_keras_serializable(package: str = "Custom", name: str | None = None):
    """Returns a decorator that lets configs and files name a user's class or function as ``package>name``."""

    def enter(entry):
        if inspect.isclass(entry) and not hasattr(entry, "get_config"):
            raise ValueError(f"Cannot register {entry.__name__}: it has no get_config() method.")
        registered = f"{package}>{name or entry.__name__}"
        _custom_objects[registered] = entry
        entry._registered_name = (entry, registered)
        return entry

    return enter


def get_registered_name(obj) -> str:
    """Returns ``package>name`` of a registered class or function, else its own name."""
    owner, registered = getattr(obj, "_registered_name", (None, None))
    return registered if owner is obj else getattr(obj, "__name__", None)


def get_registered_object(name: str, custom_objects: dict | None = None, module_objects: dict | None = None):
    """Returns what the user registered under ``name``, else what ``module_objects`` has, or None."""
    for table in (custom_objects or {}, _scoped_objects.get(), _custom_objects, module_objects or {}):
        if name in table:
            return table[name]
    return None


def get_custom_objects() -> dict:
    """Returns the dictionary of objects the user registered; it may be changed in place."""
    return _custom_objects


class CustomObjectScope:
    """Context manager that makes ``custom_objects`` (name to class or function) known while it is open."""

    def __init__(self, custom_objects: dict | None):
        self.objects = dict(custom_objects or {})

    def __enter__(self):
        self._token = _scoped_objects.set({**_scoped_objects.get(), **self.objects})
        return self

    def __exit__(self, *_):
        _scoped_objects.reset(self._token)


custom_object_scope = CustomObjectScope
