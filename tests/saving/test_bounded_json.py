"""JSON that a file brings along is looked at before anything is made of it."""

import json

import pytest

from kerasnp.saving import FileFormatError, bounded_json


def refused(text, match):
    with pytest.raises(FileFormatError, match=match):
        bounded_json.parse(text, "config.json")


def test_what_json_says():
    value = {"a": [1, 2.5, None, True, 'ä[{"\\'], "b": {"c": {}}}
    for text in (json.dumps(value), json.dumps(value).encode(), json.dumps(value, ensure_ascii=False, indent=1)):
        assert bounded_json.parse(text, "config.json") == value


def test_what_is_no_json():
    for text in ("", "{", "[1,]", "nul", '{"a"}', b"\xff{}"):
        refused(text, r"^config\.json is no JSON")


def test_a_name_twice():
    refused('{"a": [{"b": 1, "c": 2, "b": 3}]}', "config.json has the name 'b' twice in one object")


def test_size(monkeypatch):
    monkeypatch.setattr(bounded_json, "LARGEST", 10)
    refused('"0123456789"', "12 bytes of JSON, more than 10")


@pytest.mark.parametrize("pair", ["[]", ('{"a":', "}")])
def test_depth(pair):
    opening, closing = pair
    assert bounded_json.parse(opening * 99 + "1" + closing * 99, "config.json")
    for depth in (101, 100_000):
        refused(opening * depth + "1" + closing * depth, f"config.json is refused: {depth} levels deep")


def test_brackets_in_texts_do_not_count():
    text = "[" * 1000 + '\\"' + "{" * 1000
    assert bounded_json.parse(f'["{text}"]', "config.json") == [text.replace('\\"', '"')]


def test_numbers_of_things():
    refused("[" + "[]," * 200_001 + "1]", "200002 lists and objects")
    refused("[" + "1," * 2_000_001 + "1]", "2000001 items")


def test_a_huge_number():
    refused("9" * 10_000, "config.json is no JSON")
