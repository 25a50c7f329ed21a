"""Names and objects: lookup, aliases, hints, custom objects, config forms."""

import threading

import pytest

from kerasnp import initializers, registry
from kerasnp.registry import CustomObjectScope, Namespace, register_keras_serializable


class Thing:
    def __init__(self, size=1):
        self.size = size

    def get_config(self):
        return {"size": self.size}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@pytest.fixture
def namespace():
    created = Namespace("keras.things", "thing")
    cls = type("RoundThing", (Thing,), {})
    created.register("ball")(cls)
    return created


@pytest.fixture(autouse=True)
def forget_custom_objects():
    objects = registry.get_custom_objects()
    before = dict(objects)
    yield
    objects.clear()
    objects.update(before)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dense", "dense"),
        ("Conv2D", "conv2d"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("MaxPooling2D", "max_pooling2d"),
        ("BatchNormalization", "batch_normalization"),
        ("ReLU", "re_lu"),
        ("PReLU", "p_re_lu"),
        ("LeakyReLU", "leaky_re_lu"),
        ("ELU", "elu"),
        ("L1L2", "l1l2"),
        ("AdamW", "adam_w"),
    ],
)
def test_snake_case_as_keras(name, expected):
    assert registry.snake_case(name) == expected


@pytest.mark.parametrize("identifier", ["RoundThing", "round_thing", "ball"])
def test_names(namespace, identifier):
    found = namespace.get(identifier)
    assert type(found).__name__ == "RoundThing"
    assert namespace.get(found) is found
    assert type(namespace.get(type(found))) is type(found)
    assert namespace.get({"class_name": identifier, "config": {"size": 3}}).size == 3
    assert namespace.deserialize({"class_name": identifier}).size == 1


def test_none(namespace):
    assert namespace.get(None) is None


def test_case():
    loose = Namespace("keras.loose", "thing", case_sensitive=False)
    loose.register()(Thing)
    assert isinstance(loose.get("THING"), Thing)
    strict = Namespace("keras.strict", "thing", snake=False)
    strict.register()(type("Odd", (Thing,), {}))
    with pytest.raises(ValueError, match="Unknown thing: 'odd'"):
        strict.get("odd")


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("bal", "Unknown thing: 'bal'. Did you mean 'ball'"),
        ("zzz", "Unknown thing: 'zzz'. Known: RoundThing"),
        (3, r"Could not interpret 3 \(a int\) as a thing"),
        ({"config": {}}, "needs the key 'class_name'; received keys"),
    ],
)
def test_errors(namespace, identifier, message):
    with pytest.raises(ValueError, match=message):
        namespace.get(identifier)


def test_an_error_lists_no_hundred_names():
    crowd = Namespace("keras.crowd", "thing")
    for index in range(21):
        crowd.register()(type(f"Round{index}", (Thing,), {}))
    with pytest.raises(ValueError, match=r"Unknown thing: 'zzz'\.$"):
        crowd.get("zzz")


def test_functions():
    functions = Namespace("keras.functions", "function")

    @functions.register("twice")
    def double(x):
        return 2 * x

    assert functions.get("twice") is double
    assert functions.serialize(double) == "double"
    assert functions.deserialize("double") is double


def test_serialized_form(namespace):
    entry = namespace.get("ball")
    config = namespace.serialize(entry)
    assert config == {
        "module": "keras.things",
        "class_name": "RoundThing",
        "config": {"size": 1},
        "registered_name": None,
    }
    assert namespace.deserialize(config).size == 1


def test_subclass_of_a_registered_class_is_the_users_own(namespace):
    mine = type("Mine", (namespace.find("ball"),), {})
    config = namespace.serialize(mine(4))
    assert config["module"] is None
    assert config["registered_name"] == "Mine"
    with pytest.raises(ValueError, match="Unknown thing: 'Mine'"):
        namespace.deserialize(config)
    assert namespace.deserialize(config, {"Mine": mine}).size == 4
    with CustomObjectScope(custom_objects={"Mine": mine}):
        assert type(namespace.deserialize(config)) is mine
    with pytest.raises(ValueError, match="Unknown thing: 'Mine'"):
        namespace.deserialize(config)


def test_registered_class(namespace):
    mine = register_keras_serializable("tools")(type("Mine", (Thing,), {}))
    assert registry.get_registered_name(mine) == "tools>Mine"
    assert registry.get_registered_object("tools>Mine") is mine
    assert registry.get_registered_object("Other", module_objects={"Other": mine}) is mine
    config = namespace.serialize(mine(2))
    assert config["registered_name"] == "tools>Mine"
    assert namespace.deserialize(config).size == 2
    assert type(namespace.get("Mine")) is mine
    child = type("Child", (mine,), {})
    assert registry.get_registered_name(child) == "Child"


def test_registered_function(namespace):
    @register_keras_serializable("tools", name="halve")
    def half(x):
        return x / 2

    assert registry.serialize_keras_object(half) == {
        "module": None,
        "class_name": "function",
        "config": "tools>halve",
        "registered_name": "tools>halve",
    }
    assert namespace.deserialize(registry.serialize_keras_object(half)) is half


def test_registering_needs_a_config():
    with pytest.raises(ValueError, match="Cannot register Bare: it has no get_config"):
        register_keras_serializable()(type("Bare", (), {}))


def test_unregistered_function_cannot_be_written():
    with pytest.raises(ValueError, match="register it with"):
        registry.serialize_keras_object(lambda x: x)


def test_plain_data_passes_through():
    data = {"a": [1, 2.0, "b", None, True], "c": {"d": (1, 2)}}
    stored = registry.serialize_keras_object(data)
    assert stored == {"a": [1, 2.0, "b", None, True], "c": {"d": [1, 2]}}
    assert registry.deserialize_keras_object(stored) == stored


def test_any_namespace_by_module():
    config = {"module": "keras.initializers", "class_name": "HeNormal", "config": {"seed": 3}}
    assert isinstance(registry.deserialize_keras_object(config), initializers.HeNormal)
    del config["module"]
    assert registry.deserialize_keras_object([config])[0].get_config() == {"seed": 3}
    with pytest.raises(ValueError, match=r"Unknown class 'Nothing'.*custom_objects"):
        registry.deserialize_keras_object({"module": "somewhere", "class_name": "Nothing", "config": {}})


def test_scopes_nest_and_stay_in_their_thread():
    seen = []
    with CustomObjectScope({"one": 1}):
        with CustomObjectScope({"two": 2}):
            assert registry.get_registered_object("one") == 1
            assert registry.get_registered_object("two") == 2
        assert registry.get_registered_object("two") is None
        thread = threading.Thread(target=lambda: seen.append(registry.get_registered_object("one")))
        thread.start()
        thread.join()
    assert seen == [None]
