"""200 turns through a window of 512 tokens: the demo model under the real services."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from llama_cpp import llama_cpp as ll

from app.domain import moss
from app.domain.generation import FinishReason, Sampling
from app.domain.tools import Tool, ToolCall, ToolState
from app.engine import protocol
from app.engine.backends.llama.sampler import Sampler
from app.plugins.manager import ToolManager
from app.services.chat import ChatService
from app.services.observers import ChatState
from app.services.reply import ReplyOptions
from app.services.tool_desk import ToolDesk
from app.store.conversations import Loaded
from tests import llama as reference
from tests.fakes import tiny_gguf
from tests.fakes.llama_here import EngineHere, llama_here
from tests.fakes.tiny_gguf import TinyModel

pytestmark = pytest.mark.model

TURNS = 200
WINDOW = 512
SLACK = 32
OWN_SEGMENTS = 3
"""A stage adds the question, its marker and a newline, or results, marker and label."""
COMPARED_EVERY = 25
QUESTIONS = (
    "Hello, it is me again, the {}th time.",
    "What is your name?",
    "Tell me about Paris, please, in {} words.",
    "你好，今天第{}次见面。",
    "What can you do?",
    "Who made you?",
    "Tell me a joke number {}.",
    "你叫什么名字？",
    "Thanks!",
)
ENABLED = (Tool.CALCULATE, Tool.SOLVE)


class Silent:
    """An observer to whom errors matter."""

    def __getattr__(self, name):
        return lambda *_arguments: None

    def chat_failed(self, error):
        raise error


class Tools:
    """Every command has the same result, when it is asked for."""

    def __init__(self):
        self.waiting = None

    def start(self, _name, command):
        self.waiting = ToolCall(command, ToolState.DONE, "42")

    def cancel(self):
        self.waiting = None


class Shelf:
    """An archive in memory: a disk would take most of the time."""

    def __init__(self):
        self._chats = {}

    def load(self, conversation_id):
        return Loaded(self._chats[conversation_id])

    def add(self, conversation, _created):
        self._chats[conversation.id] = conversation

    def save_message(self, conversation_id, message):
        chat = self._chats[conversation_id]
        self._chats[conversation_id] = chat.with_message(message)


@dataclass
class Stage:
    """One generation of a turn."""

    turn: int
    command: protocol.Generate
    finished: protocol.Finished
    new_tokens: int
    chosen: list
    prefix_kept: bool


class Chat:
    """A chat service on a real engine in this process."""

    def __init__(self, llama, monkeypatch):
        self.llama = llama
        self.engine, self.tools = EngineHere(llama), Tools()
        self.service = ChatService(
            engine=self.engine,
            tools=ToolDesk(
                manager=ToolManager(),
                link=self.tools,
                journal=Silent(),
                clock=lambda: datetime.now(UTC),
                allow=lambda _name, _permission: None,
                failed=lambda _error: None,
            ),
            archive=Shelf(),
            observer=Silent(),
            clock=lambda: datetime.now(UTC),
        )
        self.stages = []
        self.chosen = []
        self._conversation = None
        original = Sampler.sample

        def sample(sampler, context, index):
            token = original(sampler, context, index)
            self.chosen.append((token, log_probability(context, index, token)))
            return token

        monkeypatch.setattr(Sampler, "sample", sample)

    def ask(self, text, sampling):
        options = ReplyOptions(frozenset(ENABLED), sampling)
        self._conversation = self.service.send(self._conversation, text, options)
        turn = len(self.path()) // 2
        while self.service.state is not ChatState.IDLE:
            call, self.tools.waiting = self.tools.waiting, None
            if call is not None:
                self.service.tool_finished(call)
                continue
            event = self.engine.events.pop(0)
            if isinstance(event, protocol.Finished):
                self.stages.append(self._stage(turn, event))
                self.chosen = []
            self.service.engine_event(event)

    def path(self):
        return self.service.open(self._conversation).conversation.path()

    def _stage(self, turn, finished):
        command = self.engine.commands[-1]
        prefix = self.llama.backend.tokenize(command.prompt[:1])
        cached = self.llama.cache.tokens[: len(prefix)]
        return Stage(
            turn=turn,
            command=command,
            finished=finished,
            new_tokens=self.count(command.prompt[-OWN_SEGMENTS:]),
            chosen=self.chosen,
            prefix_kept=tuple(cached) == prefix,
        )

    def count(self, segments):
        return len(self.llama.backend.tokenize(tuple(segments)))


def log_probability(context, index, token):
    model = ll.llama_get_model(context)
    size = reference.vocabulary_size(model)
    row = np.ctypeslib.as_array(ll.llama_get_logits_ith(context, index), (size,))
    return float(log_softmax(row.astype(np.float64))[token])


def log_softmax(row):
    shifted = row - row.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@pytest.fixture
def chat(demo_gguf, monkeypatch):
    with llama_here() as llama:
        info = llama.load(demo_gguf, context=WINDOW)
        assert info.can_shift
        chat = Chat(llama, monkeypatch)
        chat.service.set_model(info)
        yield chat


def fresh_log_probabilities(path, stage, llama):
    """Of the chosen tokens, when all that is visible is evaluated anew in float32."""
    prompt = llama.backend.tokenize(stage.command.prompt)
    chosen = [token for token, _ in stage.chosen]
    rows = log_softmax(
        reference.logits(path, [*prompt, *chosen[:-1]]).astype(np.float64)
    )
    places = range(len(prompt) - 1, len(prompt) + len(chosen) - 1)
    return [rows[place, token] for place, token in zip(places, chosen, strict=True)]


def test_no_turn_evaluates_more_than_is_new(chat, demo_gguf):
    sampling = Sampling(temperature=0.7, max_tokens=160, seed=1)
    for number in range(TURNS):
        chat.ask(QUESTIONS[number % len(QUESTIONS)].format(number), sampling)
    assert len(chat.path()) == 2 * TURNS
    stages = chat.stages[2:]  # the first turn reads the prefix
    excess = [s.finished.usage.evaluated_tokens - s.new_tokens for s in stages]
    assert max(excess) <= SLACK
    assert all(stage.prefix_kept for stage in chat.stages)
    prefix = moss.prefix(moss.Form.PLUGIN, ENABLED)
    assert all(stage.command.prompt[0].text == prefix for stage in chat.stages)
    shifts = [s for s in stages if s.finished.usage.shifted_tokens]
    assert len(shifts) > TURNS // 2
    assert all(s.finished.usage.prompt_tokens <= WINDOW for s in stages)

    ours, fresh = [], []
    for stage in chat.stages[::COMPARED_EVERY]:
        ours += [probability for _, probability in stage.chosen]
        fresh += fresh_log_probabilities(demo_gguf, stage, chat.llama)
    difference = np.subtract(ours, fresh)
    assert abs(np.mean(difference)) < 0.01
    assert abs(difference).mean() < 0.01


def test_an_answer_that_meets_the_windows_end_is_written_on(tmp_path, monkeypatch):
    letters = dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 100.0)
    path = tiny_gguf.write(
        tmp_path / "endless.gguf",
        TinyModel(embedding=64, context=3000, output_scale=1.0, biases=letters),
    )
    wild = Sampling(temperature=3, top_p=1, top_k=0, seed=2, max_tokens=500)
    with llama_here() as llama:
        chat = Chat(llama, monkeypatch)
        chat.service.set_model(llama.load(path))
        for number in range(4):
            chat.ask(f"Question {number}?", wild)
        full = [
            stage
            for stage in chat.stages
            if stage.finished.reason is FinishReason.CONTEXT_FULL
        ]
        stages = chat.stages[chat.stages.index(full[0]) :][:2]
        assert [stage.turn for stage in stages] == [full[0].turn] * 2
        usage = stages[1].finished.usage
        assert usage.shifted_tokens
        assert usage.evaluated_tokens <= SLACK
        counts = [stage.finished.usage.generated_tokens for stage in stages]
        assert sum(counts) == wild.max_tokens
        ids = {stage.command.id for stage in stages}
        told = "".join(
            event.text
            for event in chat.engine.told
            if isinstance(event, protocol.TextDelta) and event.id in ids
        )
        assert len(told) > wild.max_tokens // 2
        assert told in {message.text for message in chat.path()}
