"""The public names of Keras, frozen, beside those of kerasnp: for the test of signatures and for the support table."""

import ast
import importlib
import inspect
import json
from pathlib import Path
from typing import NamedTuple

import kerasnp
from kerasnp import absent

FROZEN = json.loads((Path(__file__).parent / "golden" / "signatures.json").read_text())
MISSING = object()


class Parameter(NamedTuple):
    """A parameter of a signature: its name, its default as text ("" for none), and whether only a keyword sets it."""

    name: str
    default: str
    keyword: bool


def names():
    """Yields (namespace of Keras, name, mark, signature) of all public names."""
    for namespace, entries in FROZEN["names"].items():
        for name, (mark, signature) in entries.items():
            yield namespace, name, mark, signature


def find(namespace: str, name: str):
    """Returns kerasnp's object of that name, or MISSING."""
    module = kerasnp
    for part in namespace.split(".")[1:]:
        try:
            module = getattr(module, part)
        except AttributeError:
            return MISSING
    try:
        return getattr(module, name)
    except AttributeError:
        pass
    try:
        return importlib.import_module(f"{module.__name__}.{name}")
    except ImportError:
        return MISSING


def reason(namespace: str, name: str) -> str:
    """Returns why a name is left out on purpose; "" if it is not."""
    place = namespace.removeprefix("keras").lstrip(".")
    own = absent.REASONS.get(place, {}).get(name, "")
    return own or absent.REASONS[""].get(place, "")


def parameters_of_text(signature: str) -> tuple[list[Parameter], bool]:
    """Returns the parameters in the text of a signature, and whether it takes any other keyword."""
    try:
        arguments = ast.parse(f"def f{signature}: pass").body[0].args
    except SyntaxError:  # a default such as <object object at 0x...>
        return [], True
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    found = [Parameter(item.arg, _text(value), False) for item, value in zip(plain, defaults, strict=True)]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    found += [Parameter(item.arg, _text(value), True) for item, value in keywords]
    return [item for item in found if item.name != "self"], arguments.kwarg is not None


def _text(value) -> str:
    return "" if value is None else repr(ast.literal_eval(value))


def difference(entry, signature: str) -> str:
    """Returns how the call of ``entry`` differs from a signature of Keras; "" if all that Keras takes does the same.

    More parameters than Keras has are no difference if they come after, or only keywords set them.
    """
    wanted, _ = parameters_of_text(signature)
    found = [item for item in inspect.signature(entry).parameters.values() if item.name != "self"]
    takes_any = any(item.kind is item.VAR_KEYWORD for item in found)
    plain = [item for item in found if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)]
    by_name = {item.name: item for item in found}
    for place, parameter in enumerate(wanted):
        mine = by_name.get(parameter.name)
        if mine is None:
            if takes_any and parameter.keyword:
                continue
            return f"there is no argument {parameter.name!r}"
        if not parameter.keyword and (place >= len(plain) or plain[place].name != parameter.name):
            return f"argument {parameter.name!r} is not number {place + 1}"
        default = "" if mine.default is mine.empty else repr(mine.default)
        if parameter.default and default != parameter.default and not _equal(default, parameter.default):
            return (
                f"argument {parameter.name!r} is {default or 'needed'} unless given, and {parameter.default} in Keras"
            )
    extra = [item.name for item in plain[len(wanted) :] if item.default is item.empty]
    return f"argument(s) {extra} are needed" if extra else ""


def _equal(left: str, right: str) -> bool:
    try:
        return ast.literal_eval(left) == ast.literal_eval(right)
    except (ValueError, SyntaxError):
        return False
