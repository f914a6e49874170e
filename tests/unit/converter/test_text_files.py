import json
import os
import sys

import pytest

from converter.errors import CheckpointError
from converter.text_files import read_json, read_text


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config.json"


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"a": NaN', "[" * 100_000])
def test_refuses_damaged_json(path, text):
    path.write_text(text)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        read_json(path)


def test_reads_json_with_a_byte_order_mark(path):
    path.write_text(json.dumps({"名": 1}), "utf-8-sig")
    assert read_json(path) == {"名": 1}


def test_refuses_json_too_deep_to_be_shown(path):
    path.write_text('{"a":' + "[" * 98 + "]" * 98 + "}")
    assert read_json(path)
    path.write_text('{"a":' + '[{"b":' * 60 + "0" + "}]" * 60 + "}")
    with pytest.raises(CheckpointError, match="nested too deeply"):
        read_json(path)


def test_measures_before_it_reads(path):
    with path.open("wb") as file:
        file.truncate((16 << 20) + 1)
    with pytest.raises(CheckpointError, match="larger than 16 MB"):
        read_text(path)


def test_refuses_what_is_no_text(path):
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CheckpointError, match="no text in UTF-8"):
        read_text(path)


def test_names_what_is_missing(path):
    with pytest.raises(CheckpointError, match="the file is missing; download it"):
        read_text(path)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with a name")
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_does_not_wait_for_what_is_no_file(path, make):
    make(path)
    with pytest.raises(CheckpointError, match="this is no file"):
        read_text(path)
