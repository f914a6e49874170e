"""A chat service over a real archive, and hands to play the engine and the tools."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.domain.generation import FinishReason, ModelInfo, Sampling, Usage
from app.domain.tools import Tool
from app.engine import protocol
from app.plugins.manager import Decisions, ToolManager
from app.services.asking import Asking
from app.services.chat import ChatService
from app.services.reply import ReplyOptions
from app.services.tool_desk import ToolDesk
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.tool_log import ToolLog

MODEL = ModelInfo(
    path="m.gguf",
    name="MOSS test",
    architecture="phi2",
    form="plugin",
    demo=False,
    parameters=1,
    size_bytes=1,
    vocabulary=1,
    context=2048,
    device="CPU",
)


ENABLED = (Tool.CALCULATE, Tool.SOLVE)


@dataclass
class FakeEngine:
    sent: list = field(default_factory=list)

    def send(self, command):
        self.sent.append(command)

    def last(self, kind):
        return next(c for c in reversed(self.sent) if isinstance(c, kind))


@dataclass
class FakeTools:
    started: list = field(default_factory=list)
    names: list = field(default_factory=list)
    cancelled: int = 0

    def start(self, name, command):
        self.names.append(name)
        self.started.append(command)

    def cancel(self):
        self.cancelled += 1


@dataclass
class FakeObserver:
    states: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    pieces: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    context: tuple = ()
    lines: int = 0

    def line_changed(self):
        self.lines += 1

    def chat_state_changed(self, state):
        self.states.append(state)

    def message_changed(self, conversation_id, message):
        self.messages.append(message)

    def text_streamed(self, piece):
        self.pieces.append(piece)

    def context_measured(self, used, total):
        self.context = (used, total)

    def conversations_changed(self):
        pass

    def chat_failed(self, error):
        self.errors.append(error)


class Bench:
    """A chat service over a real archive, and hands to play the engine."""

    def __init__(self, path):
        self.engine, self.tools, self.observer = (
            FakeEngine(),
            FakeTools(),
            FakeObserver(),
        )
        self.fitted = None
        self.database = Database(path)
        self.store = ConversationStore(self.database)
        self.log = ToolLog(self.database)
        self.manager = ToolManager()
        self.chat = ChatService(
            engine=self.engine,
            tools=ToolDesk(
                manager=self.manager,
                link=self.tools,
                journal=self.log,
                clock=lambda: datetime.now(UTC),
                allow=self.allow,
                failed=self.observer.chat_failed,
            ),
            archive=self.store,
            observer=self.observer,
            clock=lambda: datetime.now(UTC),
        )
        self.asking = Asking(
            chat=self.chat,
            archive=self.store,
            observer=self.observer,
            clock=lambda: datetime.now(UTC),
            changed=self.observer.line_changed,
        )
        self.chat.set_model(MODEL)

    def allow(self, name, permission):
        self.manager.decide(
            Decisions({**self.manager.decisions.permissions, name: permission})
        )

    def use(self, **facts):
        """Takes another model."""
        self.chat.set_model(replace(MODEL, **facts))

    def send(self, text, conversation=None, tools=ENABLED, **options):
        pinned = frozenset(options.pop("pinned", ()))
        instruction = options.pop("instruction", "")
        how = ReplyOptions(frozenset(tools), Sampling(), pinned, instruction)
        return self.chat.send(conversation, text, how, **options)

    def prepare(self, conversation, tools=ENABLED):
        self.chat.prepare(conversation, ReplyOptions(frozenset(tools), Sampling()))

    def fit(self, tokens=300):
        asked = self.engine.last(protocol.Tokenize)
        self.chat.engine_event(protocol.Tokenized(asked.id, tuple(range(tokens))))

    def fit_by_letters(self):
        """As `fit`, with a token for each character, until it fits."""
        while self.engine.sent[-1] != self.fitted:
            self.fitted = asked = self.engine.sent[-1]
            assert isinstance(asked, protocol.Tokenize)
            counts = tuple(len(segment.text) for segment in asked.prompt)
            event = protocol.Tokenized(asked.id, tuple(range(sum(counts))), counts)
            self.chat.engine_event(event)
            if isinstance(self.engine.sent[-1], protocol.Generate | protocol.Prepare):
                return

    def write(self, *pieces):
        generation = self.engine.last(protocol.Generate).id
        for piece in pieces:
            event = (
                protocol.ControlToken(generation, piece)
                if piece.startswith("<eo")
                else protocol.TextDelta(generation, piece)
            )
            self.chat.engine_event(event)

    def finish(self, reason=FinishReason.STOP):
        generation = self.engine.last(protocol.Generate).id
        usage = Usage(300, 250, 5, generate_seconds=0.5, seed=7)
        self.chat.engine_event(protocol.Finished(generation, reason, usage))

    def stage_one(self, commands="None"):
        self.fit()
        self.write("<|Inner Thoughts|>: Hm.", "<eot>", "\n<|Commands|>: ", commands)
        self.write("<eoc>")
        self.finish()

    def answer(self, text):
        self.fit()
        self.write(" ", text, "<eom>")
        self.finish()

    def path(self, conversation):
        return self.store.load(conversation).conversation.path()

    def prompt(self):
        segments = self.engine.last(protocol.Generate).prompt
        return "".join(segment.text for segment in segments)
