"""The functions of ``Lambda`` layers in files: named ones are taken, Python code is refused."""

from kerasnp.saving.errors import FileFormatError

_FUNCTIONS = ("function", "output_shape", "mask")


def named_functions(config: dict, place: str) -> dict:
    """Returns the arguments of a ``Lambda`` in Keras 3's form, where a function stands by its name.

    Keras 1 and 2 wrote, beside a function, its kind: "function" for a name, "lambda" for code, "raw" for a value.

    Args:
        config: the arguments in the file.
        place: where they stand.

    Raises:
        FileFormatError: a function is given as code.
    """
    kinds = {name: config.get(f"{name}_type") for name in _FUNCTIONS}
    told = {f"{name}_{what}" for name in _FUNCTIONS for what in ("type", "module")} | {"module"}
    result = {key: value for key, value in config.items() if key not in told}
    for name, kind in kinds.items():
        value = result.get(name)
        code = isinstance(value, dict) and str(value.get("class_name")).startswith("__lambda")
        if code or kind == "lambda" or (name == "function" and isinstance(value, list)):
            raise FileFormatError(
                f"{place}: {name!r} is Python code; kerasnp reads numbers and names from files, never code. Make the "
                "model anew in Python, its function written with `def`, and load the weights alone."
            )
        if kind == "function":
            result[name] = {"class_name": "function", "config": value}
    return result
