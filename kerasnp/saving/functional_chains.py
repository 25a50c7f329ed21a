"""Functional configs that are a plain chain: the order of their layers."""

from collections.abc import Iterator

from kerasnp.saving.errors import FileFormatError

_NO_EFFECT = (None, False)  # values of arguments of a call, such as `training` and `mask`, that change nothing


def chain(config: dict, place: str) -> list[dict]:
    """Returns the layers of a Functional config from the input to the output.

    Args:
        config: with ``layers``, ``input_layers`` and ``output_layers``, in the form of any Keras: a node is
            ``[["layer before", 0, 0, {}]]``, or a dictionary with ``args`` and ``kwargs``.
        place: where it stands, for messages.

    Raises:
        FileFormatError: it is no chain; the message names the layer where it branches, joins, or is used again.
    """
    layers = {}
    for entry in config.get("layers", ()):
        name = layer_name(entry)
        if name is None or name in layers:
            raise FileFormatError(f"{place}: two layers, or a layer without a name, are called {name!r}.")
        layers[name] = entry
    start = _only(config, "input_layers", "inputs", layers, place)
    end = _only(config, "output_layers", "outputs", layers, place)
    sources = {name: _inputs(name, entry, place) for name, entry in layers.items() if name != start}
    following: dict[str, str] = {}
    for name, before in sources.items():
        for source in before:
            if source not in layers:
                raise FileFormatError(f"{place}: layer {name!r} takes the output of {source!r}, which is not there.")
            if source in following:
                where = f"whose output goes to {following[source]!r} and {name!r}"
                raise _no_chain(place, f"it branches at {source!r}, {where}")
            following[source] = name
    for name, before in sources.items():
        if len(before) != 1:
            joined = ", ".join(map(repr, before)) or "constants only"
            raise _no_chain(place, f"layer {name!r} takes {len(before)} inputs: {joined}")
    order = [start]
    while order[-1] in following:
        order.append(following[order[-1]])
    left = list(layers.keys() - set(order))
    if left:
        raise _no_chain(place, f"{min(left)!r} is not reached from the input {start!r}")
    if order[-1] != end:
        raise _no_chain(place, f"the output is that of {end!r}, but {following[end]!r} follows")
    return [layers[name] for name in order]


def layer_name(entry) -> str | None:
    """Returns the name of a layer's config, which may stand beside it or in it; None if there is none."""
    if not isinstance(entry, dict):
        return None
    settings = entry.get("config")
    inner = settings.get("name") if isinstance(settings, dict) else None
    name = entry.get("name") or inner
    return name if isinstance(name, str) else None


def _only(config: dict, key: str, what: str, layers: dict, place: str) -> str:
    """Returns the layer in ``input_layers`` or ``output_layers``: ``[name, 0, 0]``, or a list of one of these."""
    entries = config.get(key)
    if isinstance(entries, dict):
        entries = list(entries.values())
    if isinstance(entries, list) and entries and isinstance(entries[0], str):
        entries = [entries]
    if not (isinstance(entries, list) and all(isinstance(entry, list) and entry for entry in entries)):
        raise FileFormatError(f"{place}: {key!r} must be a list of [layer, 0, 0]; received {config.get(key)!r}.")
    names = [entry[0] for entry in entries]
    if len(names) != 1:
        raise _no_chain(place, f"it has {len(names)} {what}: {', '.join(map(repr, names))}")
    if names[0] not in layers:
        raise FileFormatError(f"{place}: {key!r} names {names[0]!r}, which is none of the layers.")
    return names[0]


def _inputs(name: str, entry: dict, place: str) -> list[str]:
    """Returns the layers whose outputs a layer takes."""
    nodes = entry.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        raise FileFormatError(f"{place}: 'inbound_nodes' of layer {name!r} must be a list; received {nodes!r}.")
    if len(nodes) != 1:
        uses = "is a second input" if not nodes else f"is used {len(nodes)} times, with the same weights"
        raise _no_chain(place, f"layer {name!r} {uses}")
    sources = []
    for source, output in _sources(nodes[0], f"{place}, inbound_nodes of layer {name!r:.60}"):
        if output != 0:
            raise _no_chain(place, f"layer {name!r} takes output number {output} of {source!r}, where there is one")
        sources.append(source)
    return sources


def _sources(node, place: str) -> Iterator[tuple[str, int]]:
    """Yields layer and number of each output that a node takes."""
    if isinstance(node, dict) and "args" in node:
        settings = node.get("kwargs") or {}
        waiting = [node["args"]]
    else:  # Keras 1 and 2: [name, node, output, arguments] for each input
        node = [node] if isinstance(node, list) and node and isinstance(node[0], str) else node
        if not (isinstance(node, list) and all(isinstance(item, list) and len(item) in (3, 4) for item in node)):
            raise FileFormatError(f"{place}: expected [layer, 0, 0, {{}}]; received {node!r}.")
        settings = {key: value for item in node for key, value in (item[3] if len(item) == 4 else {}).items()}
        waiting = [{"class_name": "__keras_tensor__", "config": {"keras_history": item[:3]}} for item in reversed(node)]
    for key, value in settings.items():
        if not any(value is neutral for neutral in _NO_EFFECT):
            raise FileFormatError(f"{place}: the layer is called with {key}={value!r}, which kerasnp cannot do.")
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item)
        elif isinstance(item, dict) and item.get("class_name") == "__keras_tensor__":
            layer, _, output = item["config"]["keras_history"]
            yield layer, output
        else:
            raise FileFormatError(f"{place}: the layer is called with {item!r}, which kerasnp cannot do.")


def _no_chain(place: str, reason: str) -> FileFormatError:
    return FileFormatError(f"{place} is no chain of layers, the only kind of model that kerasnp has: {reason}.")
