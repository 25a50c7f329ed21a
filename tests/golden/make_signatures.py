"""Freezes the signatures of all public names of Keras into signatures.json.

    KERAS_BACKEND=numpy python tests/golden/make_signatures.py

The file has, by namespace and name, a mark and a signature (null where there is none to be had). The marks are ours and
stay: "must" and "should" are to be had, "skip" is left out on purpose. A name that is new in Keras gets the mark "new".
"""

import inspect
import json
import warnings
from pathlib import Path

PATH = Path(__file__).with_name("signatures.json")
METHODS = {
    "Sequential": [
        *(
            "add",
            "build",
            "compile",
            "compute_output_shape",
            "count_params",
            "evaluate",
            "export",
            "fit",
            "from_config",
        ),
        *("get_compile_config", "get_config", "get_layer", "get_metrics_result", "get_weights", "load_weights", "pop"),
        *("predict", "predict_on_batch", "reset_metrics", "save", "save_weights", "set_weights", "summary"),
        *("test_on_batch", "to_json", "train_on_batch", "compile_from_config", "build_from_config", "get_build_config"),
    ],
    "Optimizer": [
        "apply",
        "apply_gradients",
        "build",
        "assign",
        "finalize_variable_values",
        "exclude_from_weight_decay",
    ],
    "Metric": ["add_variable", "update_state", "result", "reset_state", "get_config"],
    "Layer": ["add_weight", "add_loss", "build", "compute_output_shape", "get_config", "get_weights", "set_weights"],
}


def signature(entry) -> str | None:
    """Returns the text of a signature, without annotations."""
    if inspect.ismodule(entry) or not callable(entry):
        return None
    try:
        found = inspect.signature(entry)
    except (TypeError, ValueError):
        return None
    bare = [parameter.replace(annotation=parameter.empty) for parameter in found.parameters.values()]
    return str(found.replace(parameters=bare, return_annotation=found.empty))


def frozen(keras, marks: dict) -> dict:
    result = {}
    for namespace in marks:
        module = keras
        for part in namespace.split(".")[1:]:
            module = getattr(module, part)
        names = sorted(name for name in dir(module) if not name.startswith("_"))
        names = [name for name in names if name in marks[namespace] or not inspect.ismodule(getattr(module, name))]
        result[namespace] = {
            name: [marks[namespace].get(name, ["new"])[0], signature(getattr(module, name))] for name in names
        }
    return result


if __name__ == "__main__":
    import keras

    warnings.simplefilter("ignore")
    marks = json.loads(PATH.read_text())["names"]
    methods = {
        owner: {name: signature(getattr(getattr(keras, owner), name)) for name in names}
        for owner, names in METHODS.items()
    }
    names = frozen(keras, marks)
    lines = [f'{{"keras": {json.dumps(keras.__version__)}, "names": {{']
    for number, (namespace, entries) in enumerate(names.items()):
        lines.append(f"{json.dumps(namespace)}: {{")
        lines.append(",\n".join(f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items()))
        lines.append("}," if number + 1 < len(names) else "}")
    lines.append(f'}}, "methods": {json.dumps(methods, indent=1)}}}')
    PATH.write_text("\n".join(lines) + "\n")
