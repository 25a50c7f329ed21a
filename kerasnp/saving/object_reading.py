"""Objects in configs of every generation of Keras, turned into the one form that the registry makes objects of.

That form is Keras 3's: tagged dictionaries with the keys ``module``, ``class_name``, ``config`` and
``registered_name``. Everything older is renamed, everything dead is dropped if it had no effect, and what is left over
is an error: nothing in a file is ignored in silence. What the older names are is in :mod:`kerasnp.saving.older_names`.

Nothing is made here and no name of a file is imported: classes are looked up in the registry, among the library's own
and those that the user registered, for the names of their arguments.
"""

import difflib
import functools
import inspect
import re

from kerasnp import absent, registry
from kerasnp.saving import older_names as older
from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.lambda_functions import named_functions

DEEPEST = 40  # objects within objects
# How Keras, tf.keras and their private modules are called in files.
_KERAS_MODULE = re.compile(r"(?:tensorflow\.python\.|tensorflow\.)?(?:tf_)?keras(?:\.src|\.api|\._tf_keras\.keras)*")
_POLICY = re.compile(r"\w*Policy(Map|V1)?")
_HALF_TYPES = ("float16", "bfloat16", "half", "mixed_float16", "mixed_bfloat16")


class ObjectReader:
    """Translates the objects of one file.

    Args:
        keras: the major version of the Keras that wrote them.

    Attributes:
        half: how many layers were of 16 bits.
    """

    def __init__(self, keras: int = 3):
        self.keras = keras
        self.half = 0
        self._depth = 0

    def value(self, value, place: str, home: str | None = None):
        """Returns any value translated.

        Args:
            value: plain data, tagged dictionaries in it or not.
            place: where it stands.
            home: the public module that objects in it belong to if they do not say it.
        """
        if not isinstance(value, (list, dict)):
            return value
        self._depth += 1
        if self._depth > DEEPEST:
            raise FileFormatError(f"{place}: objects lie within each other more than {DEEPEST} deep.")
        if isinstance(value, list):
            result = [
                self.value(item, f"{place}[{index}]", home) if isinstance(item, (list, dict)) else item
                for index, item in enumerate(value)
            ]
        elif "class_name" in value:
            result = self.object(value, place, home)
        elif set(value) == {"type", "value"}:  # a NumPy number, as Keras 2 wrote them before 2.3
            result = value["value"]
        else:
            result = {key: self.value(item, f"{place}, {key!r:.60}", home) for key, item in value.items()}
        self._depth -= 1
        return result

    # -- objects -----------------------------------------------------------------------------------

    def object(self, tagged: dict, place: str, home: str | None = None):
        """Returns a tagged dictionary translated; one that stands for plain data as that."""
        name, settings = tagged["class_name"], tagged.get("config")
        if not isinstance(name, str):
            raise FileFormatError(f"{place}: 'class_name' must be a string; received {name!r}.")
        if name in ("__tuple__", "TensorShape"):
            return self.value(tagged.get("items"), place, home)
        if name in ("__tensor__", "__numpy__", "__bytes__"):
            return settings["value"]
        if name.startswith("__") or name in older.CODE:
            raise FileFormatError(
                f"{place} is a {name}, which is Python code or a part of TensorFlow; kerasnp reads numbers and names "
                "from files, never code."
            )
        if name == "function":
            return self._function(tagged, place, home)
        if older.CLASSES.get(name, name) == "Functional" and not self._is_users(tagged):
            return self._model(tagged, place, home)
        space, entry = self._find(tagged, place, home)
        if space.entries.get(getattr(entry, "__name__", None)) is not entry:
            return tagged
        if not inspect.isclass(entry):
            return entry.__name__
        if entry.__name__ == "Sequential":
            return self._model(tagged, place, home)
        settings = self.arguments(entry, name, settings or {}, place)
        result = {"module": space.module, "class_name": entry.__name__, "config": settings, "registered_name": None}
        if isinstance(tagged.get("build_config"), dict):
            result["build_config"] = self.value(tagged["build_config"], place)
        return result

    def model(self, tagged: dict, place: str) -> dict:
        """Returns a model translated; only the reader of models can."""
        raise FileFormatError(f"{place}: a model ({tagged['class_name']}) cannot stand here.")

    def _model(self, tagged: dict, place: str, home: str | None) -> dict:
        if home not in (None, "keras", "keras.layers"):
            return ObjectReader.model(self, tagged, place)
        return self.model(tagged, place)

    def _is_users(self, tagged: dict) -> bool:
        names = [name for name in (tagged.get("registered_name"), tagged["class_name"]) if isinstance(name, str)]
        return any(registry.get_registered_object(name) is not None for name in names)

    def _find(self, tagged: dict, place: str, home: str | None) -> tuple[registry.Namespace, object]:
        """Returns the class, and the namespace it was found in."""
        registered, class_name = tagged.get("registered_name"), tagged["class_name"]
        wanted = registered if isinstance(registered, str) and ">" in registered else class_name
        bare = wanted.removeprefix("Custom>")  # Keras 2 wrote its own optimizers so
        module = _KERAS_MODULE.sub("keras", str(tagged.get("module") or ""), count=1)
        homes = older.ONLY_HOMES.get(home, (module, home, *older.MODULES))
        spaces = [space for space in map(registry.find_namespace, filter(None, homes)) if space is not None]
        for name in (wanted, bare, older.CLASSES.get(bare)):
            for space in spaces if name else ():
                try:
                    return space, space.find(name)
                except ValueError:
                    continue
        left_out = next((names[bare] for names in absent.REASONS.values() if bare in names), None)
        if left_out:
            raise FileFormatError(f"{place}: {bare} of Keras is not in kerasnp: {left_out}.")
        try:
            spaces[0].find(bare)
        except ValueError as error:
            raise FileFormatError(
                f"{place}: {error} Classes of your own are found if they are registered with "
                "@kerasnp.saving.register_keras_serializable() or given in custom_objects."
            ) from error

    def _function(self, tagged: dict, place: str, home: str | None):
        """Returns a function by its name: the bare name of a built-in one, the dictionary of a user's."""
        name = tagged.get("config")
        if not isinstance(name, str):
            raise FileFormatError(f"{place}: a function is known by its name; received {name!r}.")
        users = registry.get_registered_object(name) is not None
        space = registry.find_namespace(home or "")
        if users or space is None or name not in space.identifiers:
            return {"module": None, "class_name": "function", "config": name, "registered_name": name}
        return self._named(name, home)

    def _named(self, name: str, home: str | None) -> str:
        """Returns what a name of this file means today."""
        renamed = older.NAMES.get(home, {}).get(name, name)
        return older.FORMULAS.get(renamed, renamed) if home == "keras.activations" and self.keras < 3 else renamed

    # -- arguments ---------------------------------------------------------------------------------

    def arguments(self, cls: type, class_name: str, config: dict, place: str) -> dict:
        """Returns a built-in class's arguments under their names of today.

        Args:
            cls: the class.
            class_name: what the file calls it.
            config: the arguments in the file.
            place: where they stand.
        """
        if not isinstance(config, dict):
            raise FileFormatError(f"{place}: 'config' must be a dictionary; received {config!r}.")
        known = arguments_of(cls)
        if cls.__name__ == "Lambda":
            config = named_functions(config, place)
        config = {**older.SETTINGS.get(class_name, {}), **_joined(config, known)}
        result = {}
        for key, value in config.items():
            new = self._argument_name(cls, key, known)
            if new is None:
                self._require_dead(cls, key, value, known, place)
            elif new == key or new not in config:
                value = self._argument(cls, key, new, value, f"{place}, {key!r:.60}")
                if not (new == "dtype" and value is None):
                    result[new] = value
        return result

    def _argument_name(self, cls: type, key: str, known: frozenset[str]) -> str | None:
        if key in known or cls.__name__ in older.OPEN:
            return key
        successors = (older.ARGUMENTS_OF.get(cls.__name__, {}).get(key), *older.ARGUMENTS.get(key, ()))
        return next((name for name in successors if name in known), None)

    def _require_dead(self, cls: type, key: str, value, known: frozenset[str], place: str) -> None:
        neutral = older.DEAD_OF.get(cls.__name__, {}).get(key, older.DEAD.get(key, ()))
        if neutral is older.ANYTHING or value in neutral:
            return
        if neutral:
            raise FileFormatError(f"{place}: kerasnp has no {key}={value!r}; it reads only {key}={neutral[0]!r}.")
        near = difflib.get_close_matches(key, known, n=1)
        hint = f" Did it mean {near[0]!r}?" if near else ""
        raise FileFormatError(f"{place}: unknown key {key!r}, with the value {_short(value)}.{hint}")

    def _argument(self, cls: type, key: str, new: str, value, place: str):
        home = older.HOMES.get(new) or older.HOMES.get(new.rpartition("_")[2])
        if new == "dtype":
            return self._dtype(value, place)
        if isinstance(value, str) and key in older.VALUES:
            return older.VALUES[key].get(value, value)
        if isinstance(value, str) and home is not None:
            return self._named(value, home)
        if isinstance(value, list) and len(value) == 1 and new in older.SCALARS.get(cls.__name__, ()):
            return value[0]
        if isinstance(value, dict) and "name" in value and "class_name" not in value and home is not None:
            # Keras 1: {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}
            value = {"class_name": value["name"], "config": {k: v for k, v in value.items() if k != "name"}}
        return self.value(value, place, home)

    def _dtype(self, value, place: str) -> str | None:
        """Returns the number type in a dtype or a dtype policy."""
        if isinstance(value, dict):
            if not _POLICY.fullmatch(str(value.get("class_name"))):
                raise FileFormatError(f"{place}: expected a number type; received {value!r:.100}.")
            settings = value.get("config")
            settings = settings if isinstance(settings, dict) else value
            value = settings.get("name", settings.get("default_policy"))
        if value is None or not isinstance(value, (str, dict)):
            if value is not None:
                raise FileFormatError(f"{place}: expected the name of a number type; received {value!r}.")
            return None
        if isinstance(value, dict):
            return self._dtype(value, place)
        if value in _HALF_TYPES:
            self.half += 1
            return "float32"
        if "_from_" in value:
            raise FileFormatError(f"{place}: the layer is quantized, {value!r}; kerasnp reads floating-point layers.")
        return value


@functools.cache
def arguments_of(cls: type) -> frozenset[str]:
    """Returns the names of a class's arguments, those that it hands on to its bases included."""
    names: set[str] = set()
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
        named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        names |= {parameter.name for parameter in parameters if parameter.kind in named}
        if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
            break
    return frozenset(names)


def _joined(config: dict, known: frozenset[str]) -> dict:
    """Returns the config with arguments that became one put together."""
    for new, groups in older.JOINED.items():
        for group in groups:
            if new in known and new not in config and all(name in config for name in group):
                rest = {key: value for key, value in config.items() if key not in group}
                return {**rest, new: [config[name] for name in group]}
    return config


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
