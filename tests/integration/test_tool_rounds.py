"""Tools of a model that is not MOSS, from question to answer, in real processes.

The model is a small random one; a grammar binds what it writes to a call and then to
an answer, as a model that was trained on its template would write by itself.
"""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import msgspec
import pytest

from app.domain.conversation import MessageState
from app.domain.generation import Grammar, Sampling, Segment, Speaker
from app.domain.tools import Command, Tool, ToolState
from app.engine.protocol import Generate, Loaded
from app.plugins.client import ToolClient
from app.plugins.manager import ToolManager
from app.services.chat import ChatService
from app.services.observers import ChatState
from app.services.reply import ReplyOptions
from app.services.tool_desk import ToolDesk
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.tool_log import ToolLog
from tests.fakes import tiny_gguf
from tests.fakes.chat_bench import FakeObserver
from tests.fakes.chat_templates import FAMILIES
from tests.fakes.engines import Engine
from tests.fakes.injections import injections
from tests.fakes.tiny_gguf import SURE, TinyModel

pytestmark = pytest.mark.model

GREEDY = Sampling(temperature=0, repetition_penalty=1, max_tokens=300)
CALLS = {
    "qwen2.5": (
        '<tool_call>\n{"name": "calculate", "arguments": {"expression": "37*48"}}\n'
        "</tool_call>"
    ),
    "qwen3": (
        '<tool_call>\n{"name": "calculate", "arguments": {"expression": "37*48"}}\n'
        "</tool_call>"
    ),
    "llama3.2": '{"name": "calculate", "parameters": {"expression": "37*48"}}',
    "mistral-v3": (
        '[{"name": "calculate", "arguments": {"expression": "37*48"}, '
        '"id": "call00000"}]'
    ),
}
"""What is bound is text; the marks before and behind it may be control tokens."""
CALLING = tuple(family for family in FAMILIES if family.calls)


def grammar(text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return Grammar(f'root ::= "{quoted}"')


class Bound:
    """An engine whose generations are bound, one after the other."""

    def __init__(self, engine):
        self.engine = engine
        self.texts = []
        self.asked = []

    def send(self, command):
        if isinstance(command, Generate):
            self.asked.append(command)
            rules = grammar(self.texts.pop(0))
            command = msgspec.structs.replace(command, grammar=rules)
        self.engine.send(command)


class Tools:
    """The tool process, which the test has do what was asked for."""

    def __init__(self):
        self.waiting = []

    def start(self, name, command):
        self.waiting.append((name, command))

    def cancel(self):
        self.waiting.clear()


class Chat:
    """The services over real processes."""

    def __init__(self, path, engine, client):
        self.client = client
        self.link = Bound(engine)
        self.tools = Tools()
        self.observer = FakeObserver()
        self.database = Database(path)
        self.store = ConversationStore(self.database)
        now = partial(datetime.now, UTC)
        desk = ToolDesk(
            manager=ToolManager(),
            link=self.tools,
            journal=ToolLog(self.database),
            clock=now,
            allow=lambda *_: None,
            failed=self.observer.chat_failed,
        )
        self.chat = ChatService(
            engine=self.link,
            tools=desk,
            archive=self.store,
            observer=self.observer,
            clock=now,
        )

    def ask(self, question, *texts, chat=None):
        """Has a question answered in these words; the chat and the reply."""
        self.link.texts = list(texts)
        options = ReplyOptions(frozenset({Tool.CALCULATE, Tool.SOLVE}), GREEDY)
        chat = self.chat.send(chat, question, options)
        while self.chat.state is not ChatState.IDLE:
            if self.tools.waiting:
                name, command = self.tools.waiting.pop()
                self.chat.tool_finished(self.client.run(command, 30, name=name))
            else:
                self.chat.engine_event(self.link.engine.receive())
        assert self.observer.errors == []
        return chat, self.store.load(chat).conversation.path()[-1]


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def client():
    with ToolClient() as client:
        yield client


@pytest.fixture
def chat(tmp_path, engine, client):
    chat = Chat(tmp_path / "chats.sqlite3", engine, client)
    yield chat
    chat.database.close()


def load(chat, family, folder):
    """Loads a small model with a family's template and marks."""
    model = TinyModel(
        form="",
        template=family.template,
        controls=tuple(dict.fromkeys((*family.controls, family.end))),
        user_defined=("    ", *family.user_defined),
        start=family.start,
        end=family.end,
        biases={family.end: SURE},
        context=8192,
    )
    loaded = chat.link.engine.load(tiny_gguf.write(folder / "m.gguf", model))
    assert isinstance(loaded, Loaded), loaded
    chat.chat.set_model(loaded.model)
    return loaded.model


@pytest.mark.parametrize("family", CALLING, ids=lambda family: family.name)
def test_a_model_calls_a_tool_and_answers_with_its_result(chat, tmp_path, family):
    assert load(chat, family, tmp_path).calls_tools
    name, reply = chat.ask("What is 37*48?", CALLS[family.name], "It is 1776.")
    assert (reply.text, reply.state) == ("It is 1776.", MessageState.COMPLETE)
    [call] = reply.calls
    assert (call.state, call.result) == (ToolState.DONE, "1776")
    assert call.command == Command(Tool.CALCULATE, "37*48")
    asked, answered = (command.prompt for command in chat.link.asked)
    assert [segment.speaker for segment in answered] == [
        Speaker.SYSTEM, Speaker.USER, Speaker.ASSISTANT, Speaker.TOOL,
    ]  # fmt: skip
    assert answered[: len(asked)] == asked
    _, again = chat.ask("Thank you.", "Yes.", chat=name)
    assert again.text == "Yes."
    if family.name in {"qwen2.5", "llama3.2"}:
        # Others write another text for what is not the last turn.
        read = len(chat.link.engine.tokenize(*answered))
        assert again.usage.cached_tokens > read


@pytest.mark.parametrize("family", CALLING, ids=lambda family: family.name)
def test_no_argument_and_no_result_has_a_special_token(chat, tmp_path, family):
    load(chat, family, tmp_path)
    chat.ask("What is 37*48?", CALLS[family.name], "It is 1776.")
    prompt = chat.link.asked[-1].prompt
    tokenize = chat.link.engine.tokenize
    marks = {tokenize(control(mark))[-1] for mark in family.marks}

    def special(messages):
        return [token for token in tokenize(*messages) if token in marks]

    for text in injections(family.marks):
        *head, calling, result = prompt
        calls = tuple(replace(call, argument=text) for call in calling.calls)
        evil = (*head, replace(calling, calls=calls), replace(result, text=text))
        assert special(evil) == special(prompt)


def control(mark):
    return Segment(mark, control=True)
