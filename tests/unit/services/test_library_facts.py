"""What files say of their models."""

from dataclasses import replace

import pytest

from app.catalogue import model_files
from app.domain.errors import ErrorCode, UserError
from app.engine.backends.llama.gguf_header import read_needs
from app.engine.backends.llama.native import NativeLog, features
from app.engine.memory import repacked_types
from app.services.library_facts import read_facts
from tests.fakes import tiny_gguf
from tests.fakes.tiny_gguf import TinyModel


def facts(path, types=frozenset()):
    return read_facts(model_files.of_path(path), types)


def test_the_demo_says_what_it_is(demo_gguf):
    found = facts(demo_gguf)
    assert found.form == "plugin"
    assert found.demo
    assert (found.architecture, found.quantization) == ("phi2", "F16")
    assert found.context == 1024
    assert found.licence == "apache-2.0"


@pytest.mark.parametrize("kind", ["F32", "Q4_0", "Q8_0"])
def test_needs_are_those_that_the_engine_finds(tmp_path, kind):
    path = tiny_gguf.write(tmp_path / "m.gguf", TinyModel(layers=3, type=kind))
    types = repacked_types(features())
    assert facts(path, types).needs == read_needs(path, NativeLog())
    parts = tiny_gguf.write_parts(tmp_path / "parts", TinyModel(layers=3))
    assert facts(parts[0], types).needs == read_needs(parts[0], NativeLog())


def test_other_models_are_told_by_their_template(tmp_path):
    chat = TinyModel(form="", template="{{ messages }}")
    assert facts(tiny_gguf.write(tmp_path / "chat.gguf", chat)).form == "chat"
    base = replace(chat, template="")
    assert facts(tiny_gguf.write(tmp_path / "base.gguf", base)).form == "base"


@pytest.mark.parametrize(
    "model",
    [
        TinyModel(architecture="clip"),
        TinyModel(architecture="nomic-bert"),
        TinyModel(architecture="qwen3", settings={"qwen3.pooling_type": 3}),
        TinyModel(settings={"split.no": 1}),
    ],
)
def test_what_writes_no_text_is_no_model(tmp_path, model):
    assert facts(tiny_gguf.write(tmp_path / "m.gguf", model)) is None


def test_a_file_whose_weights_are_cut_off_is_said(tmp_path):
    path = tiny_gguf.write(tmp_path / "m.gguf")
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    with pytest.raises(UserError) as caught:
        facts(path)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE


def test_texts_of_strangers_are_one_short_line(demo_gguf, tmp_path):
    name, strange = b"MOSS demo", b"a\n\xe2\x80\xaeb\x1bcd"
    data = demo_gguf.read_bytes()
    assert (data.count(name), len(strange)) == (1, len(name))
    path = tmp_path / "m.gguf"
    path.write_bytes(data.replace(name, strange))
    assert facts(path).name == "a b cd"
