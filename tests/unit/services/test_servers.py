"""Asking servers for their models, and where a model is."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.remote import RemoteModel, ServerKey
from app.engine import protocol
from app.services import sources
from app.services.servers import ServerDirectory
from app.store.settings import Settings

SERVER = RemoteModel("https", "host", 443, model="m", form="sft")


@dataclass
class FakeEngine:
    sent: list = field(default_factory=list)

    def send(self, command):
        self.sent.append(command)


@dataclass
class FakeObserver:
    names: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def models_listed(self, names):
        self.names.append(names)

    def listing_failed(self, error):
        self.errors.append(error)


def died(how):
    return UserError(ErrorCode.ENGINE_LOST, how)


class Bench:
    def __init__(self):
        self.engine, self.observer = FakeEngine(), FakeObserver()
        self.servers = ServerDirectory(engine=self.engine, observer=self.observer)

    def answer(self, question, names=("a", "b")):
        self.servers.engine_event(protocol.ModelsListed(question.id, names))


@pytest.fixture
def bench():
    return Bench()


def test_nothing_is_asked_by_itself(bench):
    bench.servers.give_up()
    bench.servers.engine_lost(died("signal 9"))
    bench.servers.engine_event(protocol.Failed(ErrorCode.INTERNAL))
    assert bench.engine.sent == []
    assert bench.observer == FakeObserver()


def test_a_question_and_its_answer(bench):
    bench.servers.ask(SERVER, ServerKey("k"))
    [question] = bench.engine.sent
    assert (question.address, question.key) == ("https://host", ServerKey("k"))
    bench.answer(question)
    bench.answer(question)
    assert bench.observer.names == [("a", "b")]


def test_only_the_last_question_is_answered(bench):
    bench.servers.ask(SERVER)
    bench.servers.ask(SERVER)
    first, stop, second = bench.engine.sent
    assert stop == protocol.Stop(first.id)
    bench.answer(first, ("old",))
    bench.answer(second, ("new",))
    assert bench.observer.names == [("new",)]


def test_a_question_that_is_given_up(bench):
    bench.servers.ask(SERVER)
    bench.servers.give_up()
    question, stop = bench.engine.sent
    assert stop == protocol.Stop(question.id)
    bench.answer(question)
    assert bench.observer.names == []


def test_a_server_that_cannot_be_asked(bench):
    bench.servers.ask(SERVER)
    failed = protocol.Failed(ErrorCode.SERVER_KEY, "host", bench.engine.sent[0].id)
    bench.servers.engine_event(failed)
    bench.servers.engine_event(failed)
    [error] = bench.observer.errors
    assert (error.code, error.detail) == (ErrorCode.SERVER_KEY, "host")


def test_an_engine_that_is_lost_while_it_asks(bench):
    bench.servers.ask(SERVER)
    bench.servers.engine_lost(died("signal 9"))
    assert [error.code for error in bench.observer.errors] == [ErrorCode.ENGINE_LOST]


def test_a_source_is_a_file_or_a_link(tmp_path):
    assert sources.parse("m.gguf") == Path("m.gguf")
    assert sources.parse("https://host#m&form=sft") == SERVER
    for source in (tmp_path / "家.gguf", SERVER):
        assert sources.parse(sources.text_of(source)) == source
    with pytest.raises(UserError):
        sources.parse("http://192.0.2.1")


def test_what_was_in_use_last(tmp_path):
    file = tmp_path / "m.gguf"
    assert sources.last(Settings(model_path=str(file))) is None
    file.touch()
    assert sources.last(Settings(model_path=str(file))) == file
    assert sources.last(Settings(model_path=SERVER.link)) == SERVER
    assert sources.last(Settings(model_path="http://192.0.2.1")) is None
    assert sources.last(Settings()) is None
