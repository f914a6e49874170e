"""Other chat models behind llama.cpp's own server, beside the engine's own.

Needs `llama-server`; with it, that the same prompts come of the same templates is tried
for every family of templates, and for a small real model that it answers alike.
"""

import pytest

from app.domain.generation import Sampling, Segment, Speaker
from app.domain.remote import ServerKey
from app.engine.protocol import Failed, Loaded
from tests.fakes import llama_cpp_server, tiny_gguf
from tests.fakes.chat_templates import ANSWER, FAMILIES, NEXT, QUESTION
from tests.fakes.engines import Engine
from tests.fakes.injections import injections
from tests.fakes.llama_cpp_server import KEY, LLAMA_SERVER
from tests.fakes.tiny_gguf import TinyModel

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(LLAMA_SERVER is None, reason="there is no llama-server"),
]

CONTEXT = 512
# Few tokens: batches of other sizes are rounded otherwise, which tells in near ties.
GREEDY = Sampling(temperature=0, repetition_penalty=1, max_tokens=6)
# llama-server does not start with a template that formats strings.
SERVED = tuple(family for family in FAMILIES if family.name != "format")
CHAT = (
    Segment(QUESTION, speaker=Speaker.USER),
    Segment(ANSWER, speaker=Speaker.ASSISTANT),
    Segment(NEXT, speaker=Speaker.USER),
)


@pytest.fixture(scope="module")
def local():
    with Engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def remote():
    with Engine("--backend", "echo") as engine:
        yield engine


def write(folder, family):
    return tiny_gguf.write(
        folder / "model.gguf",
        TinyModel(
            form="",
            template=family.template,
            controls=tuple(dict.fromkeys((*family.controls, family.end))),
            user_defined=("    ", *family.user_defined),
            start=family.start,
            end=family.end,
        ),
    )


@pytest.mark.parametrize("family", SERVED, ids=lambda family: family.name)
def test_prompts_are_those_of_the_engine_itself(family, tmp_path, local, remote):
    path = write(tmp_path, family)
    here = local.load(path)
    with llama_cpp_server.llama_server(path, context=CONTEXT) as server:
        there = remote.load(server.address, key=ServerKey(KEY))
        assert isinstance(here, Loaded), here
        assert isinstance(there, Loaded), there
        assert there.model.form == here.model.form == "chat"
        assert there.model.opened_thoughts == here.model.opened_thoughts
        assert remote.tokenize(*CHAT) == local.tokenize(*CHAT)


@pytest.mark.parametrize("family", SERVED, ids=lambda family: family.name)
def test_nothing_that_is_said_becomes_a_mark(family, tmp_path, local, remote):
    path = write(tmp_path, family)
    assert isinstance(local.load(path), Loaded)
    marks = [*family.controls, *family.user_defined]
    names = [mark for mark in marks if mark.strip()]
    with llama_cpp_server.llama_server(path, context=CONTEXT) as server:
        assert isinstance(remote.load(server.address, key=ServerKey(KEY)), Loaded)
        special = {local.tokenize(Segment(n, control=True))[-1] for n in names}
        for text in injections(names)[:40]:
            chat = (*CHAT[:2], Segment(text, speaker=Speaker.USER))
            plain = (*CHAT[:2], Segment("plain words", speaker=Speaker.USER))
            meant = [t for t in local.tokenize(*plain) if t in special]
            assert [t for t in remote.tokenize(*chat) if t in special] == meant, text


def test_a_real_model_answers_alike(smollm2, local, remote):
    assert isinstance(local.load(smollm2, context=CONTEXT), Loaded)
    with llama_cpp_server.llama_server(smollm2, context=CONTEXT) as server:
        there = remote.load(server.address, key=ServerKey(KEY))
        assert not isinstance(there, Failed)
        for question in ("What is the capital of France?", "Say hello in one word."):
            chat = (Segment(question, speaker=Speaker.USER),)
            assert remote.tokenize(*chat) == local.tokenize(*chat)
            mine, its = local.generate(chat, GREEDY), remote.generate(chat, GREEDY)
            assert its.text == mine.text
            assert its.controls == mine.controls
            assert its.reason is mine.reason
            assert mine.text
