"""The public names of kerasnp.utils."""

import logging

import pytest

from kerasnp import config, utils
from kerasnp.utils import console
from kerasnp.utils.naming import auto_name


def test_interactive_logging_switch(capsys, caplog):
    utils.disable_interactive_logging()
    try:
        assert not utils.is_interactive_logging_enabled()
        with caplog.at_level(logging.INFO, logger=config.logger.name):
            console.print_msg("\nto the log")
    finally:
        utils.enable_interactive_logging()
    console.print_msg("to the screen")
    assert caplog.messages == ["to the log"]
    assert capsys.readouterr().out == "to the screen\n"


def test_clear_session_restarts_the_names():
    class OddThing:
        pass

    utils.clear_session()
    assert [auto_name(OddThing), auto_name(OddThing)] == ["odd_thing", "odd_thing_1"]
    utils.clear_session()
    assert auto_name(OddThing) == "odd_thing"


def test_set_random_seed_refuses_nonsense():
    with pytest.raises(ValueError, match="seed"):
        utils.set_random_seed(-1)
