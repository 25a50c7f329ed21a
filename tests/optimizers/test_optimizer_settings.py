"""Arguments, learning rate, names and configs of the optimizers."""

import copy
import json
import pickle

import numpy as np
import pytest

from kerasnp import optimizers
from kerasnp.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop, schedules
from kerasnp.registry import register_keras_serializable
from kerasnp.utils.naming import clear_session
from kerasnp.variables import Variable

CLASSES = [SGD, Adagrad, RMSprop, Adadelta, Adam, AdamW]
COMMON = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}
OWN = {
    SGD: {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    Adagrad: {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
    RMSprop: {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
    Adadelta: {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
    Adam: {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False},
    AdamW: {
        "learning_rate": 0.001,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
        "weight_decay": 0.004,
    },
}

each_class = pytest.mark.parametrize("cls", CLASSES)


@each_class
def test_config_is_that_of_keras(cls):
    config = cls(name="a").get_config()
    # As Keras: the learning rate has gone through float32.
    assert config == {"name": "a", **COMMON, **OWN[cls], "learning_rate": float(np.float32(OWN[cls]["learning_rate"]))}
    json.dumps(config)


@each_class
def test_config_round_trip(cls):
    optimizer = cls(0.25, clipvalue=1.0, use_ema=True, ema_overwrite_frequency=3, gradient_accumulation_steps=2)
    config = optimizer.get_config()
    again = cls.from_config(config)
    assert again.get_config() == config == optimizer.get_config()
    tagged = optimizers.serialize(optimizer)
    assert tagged["module"] == "keras.optimizers"
    assert tagged["class_name"] == cls.__name__
    assert tagged["registered_name"] is None
    assert optimizers.deserialize(json.loads(json.dumps(tagged))).get_config() == config


@each_class
def test_names(cls):
    clear_session()
    first, second = cls(), cls()
    expected = {"RMSprop": "rm_sprop", "AdamW": "adam_w"}.get(cls.__name__, cls.__name__.lower())
    assert [first.name, second.name] == [expected, f"{expected}_1"]


@pytest.mark.parametrize("name", ["adam", "Adam", "ADAM"])
def test_get_by_name(name):
    assert type(optimizers.get(name)) is Adam


def test_get_by_other_identifiers():
    optimizer = SGD()
    assert optimizers.get(optimizer) is optimizer
    assert optimizers.get(None) is None
    assert type(optimizers.get(RMSprop)) is RMSprop
    assert type(optimizers.get("rmsprop")) is RMSprop
    assert optimizers.get({"class_name": "sgd", "config": {"momentum": 0.5}}).momentum == 0.5


def test_get_unknown():
    with pytest.raises(ValueError, match="Did you mean 'adam'"):
        optimizers.get("adm")
    with pytest.raises(ValueError, match="Could not interpret 3"):
        optimizers.get(3)
    with pytest.raises(ValueError, match="Could not interpret optimizer identifier"):
        optimizers.get(len)


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [
        (SGD(0.5, 0.25, True, 0.125), {"momentum": 0.25, "nesterov": True, "weight_decay": 0.125}),
        (Adagrad(0.5, 0.25, 0.125), {"initial_accumulator_value": 0.25, "epsilon": 0.125}),
        (RMSprop(0.5, 0.25, 0.75, 0.125, True), {"rho": 0.25, "momentum": 0.75, "epsilon": 0.125, "centered": True}),
        (Adadelta(0.5, 0.25, 0.125), {"rho": 0.25, "epsilon": 0.125}),
        (Adam(0.5, 0.25, 0.75, 0.125, True), {"beta_1": 0.25, "beta_2": 0.75, "epsilon": 0.125, "amsgrad": True}),
        (AdamW(0.5, 0.125, 0.25, 0.75), {"weight_decay": 0.125, "beta_1": 0.25, "beta_2": 0.75}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_positional_arguments_follow_keras(optimizer, settings):
    config = optimizer.get_config()
    assert config["learning_rate"] == 0.5
    assert {name: config[name] for name in settings} == settings


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"foo": 1}, r"SGD: argument\(s\) not recognized: \{'foo': 1\}"),
        ({"clipnorm": 1.0, "clipvalue": 2.0}, "only one of .* can be set. Received: clipnorm=1.0, clipvalue=2.0"),
        ({"global_clipnorm": 1.0, "clipvalue": 2.0}, "only one of"),
        ({"clipnorm": -1.0}, "`clipnorm` must not be negative. Received: clipnorm=-1.0"),
        ({"learning_rate": "fast"}, "Received instead: learning_rate='fast'"),
        ({"learning_rate": None}, "should be float"),
        ({"momentum": 1.5}, "momentum=1.5"),
        ({"use_ema": True, "ema_momentum": 2.0}, r"range \[0, 1\]. Received: ema_momentum=2.0"),
        ({"use_ema": True, "ema_overwrite_frequency": 0.5}, "ema_overwrite_frequency=0.5"),
        ({"gradient_accumulation_steps": 1}, "gradient_accumulation_steps=1"),
        ({"loss_scale_factor": 2.0}, "loss_scale_factor=2.0"),
        ({"decay": 0.1}, r"schedules.InverseTimeDecay\(0.01, decay_steps=1, decay_rate=0.1\)"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        SGD(**arguments)


def test_other_wrong_arguments():
    with pytest.raises(ValueError, match="weight_decay=None"):
        AdamW(weight_decay=None)
    with pytest.raises(ValueError, match="initial_accumulator_value=-1"):
        Adagrad(initial_accumulator_value=-1)


def test_old_argument_names():
    with pytest.warns(UserWarning, match="use `learning_rate`"):
        optimizer = SGD(lr=0.5)
    with pytest.warns(UserWarning, match="use `learning_rate`"):
        assert optimizer.lr == 0.5
    with pytest.warns(UserWarning, match="use `learning_rate`"):
        optimizer.lr = 0.25
    assert optimizer.learning_rate == 0.25


def test_configs_of_older_keras():
    config = {
        "name": "SGD",
        "lr": 0.5,
        "decay": 0.0,
        "momentum": 0.0,
        "jit_compile": True,
        "is_legacy_optimizer": False,
    }
    before = dict(config)
    assert SGD.from_config(config).learning_rate == 0.5
    assert config == before


def test_learning_rate_is_a_float_that_can_be_set():
    optimizer = Adam(0.25)
    assert isinstance(optimizer.learning_rate, float)
    assert optimizer.learning_rate == 0.25
    optimizer.learning_rate = 0.125
    assert optimizer.learning_rate == 0.125
    assert optimizer.learning_rate.numpy().dtype == np.float32
    optimizer.learning_rate.assign(0.5)
    assert optimizer.learning_rate == 0.5
    optimizer.variables[1].assign(0.0625)
    assert optimizer.learning_rate == 0.0625
    assert type(pickle.loads(pickle.dumps(optimizer.learning_rate))) is float


def test_learning_rate_from_a_schedule():
    optimizer = SGD(schedules.InverseTimeDecay(1.0, 1, 1.0))
    assert [variable.name for variable in optimizer.variables] == ["iteration"]
    assert optimizer.learning_rate == 1.0
    optimizer.iterations.assign(3)
    assert optimizer.learning_rate == 0.25
    with pytest.raises(TypeError, match="created with a `LearningRateSchedule` object as its `learning_rate`"):
        optimizer.learning_rate = 0.1
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert again.get_config()["learning_rate"]["module"] == "keras.optimizers.schedules"


def test_a_schedule_can_take_the_place_of_a_number():
    optimizer = SGD(0.5)
    optimizer.learning_rate = schedules.ExponentialDecay(0.1, 1, 0.5)
    assert len(optimizer.variables) == 1
    assert optimizer.learning_rate == 0.1


def test_learning_rate_from_a_function():
    @register_keras_serializable("tests")
    def half():
        return 0.5

    optimizer = SGD(half)
    assert optimizer.learning_rate == 0.5
    assert optimizers.deserialize(optimizers.serialize(optimizer)).learning_rate == 0.5


def test_own_schedule():
    @register_keras_serializable("tests")
    class Half(schedules.LearningRateSchedule):
        def __call__(self, step):
            return np.float32(0.5) ** step

        def get_config(self):
            return {}

    optimizer = SGD(Half())
    optimizer.iterations.assign(2)
    assert optimizer.learning_rate == 0.25
    assert isinstance(optimizers.deserialize(optimizers.serialize(optimizer))._learning_rate, Half)


@each_class
def test_copies_start_without_slots(cls):
    variable = Variable(np.ones(3, np.float32))
    optimizer = cls(0.125)
    optimizer.apply([np.ones(3)], [variable])
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert other.get_config() == optimizer.get_config()
        assert not other.built
        other.apply([np.ones(3)], [variable])
    assert optimizer.built


def test_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="neither update_step"):
        Optimizer(0.1).apply([np.ones(3)], [Variable(np.ones(3, np.float32))])
