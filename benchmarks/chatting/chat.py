"""A chat as the program holds it: its services, on a real engine process.

The archive is in memory and tools answer at once, so that nothing else is measured.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.conversation import Conversation, Message
from app.domain.errors import UserError
from app.domain.generation import ModelInfo, Sampling
from app.domain.moss import Form
from app.domain.tools import Command, Tool, ToolCall, ToolState
from app.engine.protocol import Command as EngineCommand, Finished, Generate
from app.plugins.manager import ToolManager
from app.services.chat import ChatService
from app.services.observers import ChatState
from app.services.reply import ReplyOptions
from app.services.tool_desk import ToolDesk
from app.store.conversations import Loaded
from benchmarks.chatting.sides import Engine
from benchmarks.chatting.subjects import TOOLS
from benchmarks.measure import MeasureError

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


@dataclass(frozen=True, slots=True)
class Stage:
    """One generation of a turn.

    Attributes:
        turn: Number of the turn, from 1.
        command: What the engine was asked.
        finished: How it ended.
    """

    turn: int
    command: Generate
    finished: Finished


class Chat:
    """A chat with a loaded model."""

    def __init__(
        self,
        engine: Engine,
        model: ModelInfo,
        questions: Sequence[str] = QUESTIONS,
    ) -> None:
        """Begins with no message.

        Args:
            engine: The engine.
            model: What it has loaded.
            questions: What is asked, again and again, with the number of the turn.
        """
        self._questions = questions
        self._engine = engine
        self._link = _Link(engine)
        self._tools = _Tools()
        # Only a plugin model knows tools.
        self._enabled: Collection[Tool] = TOOLS if model.form == Form.PLUGIN else ()
        self._service = ChatService(
            engine=self._link,
            tools=ToolDesk(
                manager=ToolManager(),
                link=self._tools,
                journal=_Silent(),
                clock=lambda: datetime.now(UTC),
                allow=lambda _name, _permission: None,
                failed=_Silent().chat_failed,
            ),
            archive=_Shelf(),
            observer=_Silent(),
            clock=lambda: datetime.now(UTC),
        )
        self._service.set_model(model)
        self._conversation: str | None = None
        self._turns = 0

    def ask(self, sampling: Sampling) -> Iterator[Stage]:
        """Asks the next question and yields the stages of its answer.

        Raises:
            MeasureError: The answer failed.
        """
        text = self._questions[self._turns % len(self._questions)].format(self._turns)
        self._turns += 1
        service = self._service
        options = ReplyOptions(frozenset(self._enabled), sampling)
        self._conversation = service.send(self._conversation, text, options)
        while service.state is not ChatState.IDLE:
            call = self._tools.take()
            if call is not None:
                service.tool_finished(call)
                continue
            event = self._engine.receive()
            if isinstance(event, Finished):
                command = self._link.asked
                assert command is not None
                yield Stage(self._turns, command, event)
            service.engine_event(event)


class _Link:
    """Sends the service's commands, and keeps the last question."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.asked: Generate | None = None

    def send(self, command: EngineCommand) -> None:
        if isinstance(command, Generate):
            self.asked = command
        self._engine.send(command)


class _Tools:
    """Every command has the same result, when it is asked for."""

    def __init__(self) -> None:
        self._waiting: ToolCall | None = None

    def start(self, name: str, command: Command) -> None:
        del name
        self._waiting = ToolCall(command, ToolState.DONE, "42")

    def cancel(self) -> None:
        self._waiting = None

    def take(self) -> ToolCall | None:
        call, self._waiting = self._waiting, None
        return call


class _Shelf:
    """An archive in memory."""

    def __init__(self) -> None:
        self._chats: dict[str, Conversation] = {}

    def load(self, conversation_id: str) -> Loaded | None:
        chat = self._chats.get(conversation_id)
        return None if chat is None else Loaded(chat)

    def add(self, conversation: Conversation, created: datetime) -> None:
        del created
        self._chats[conversation.id] = conversation

    def save_message(self, conversation_id: str, message: Message) -> None:
        chat = self._chats[conversation_id]
        self._chats[conversation_id] = chat.with_message(message)


class _Silent:
    """An observer to whom failures alone matter."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever is reported
        return lambda *_reported: None

    def chat_failed(self, error: UserError) -> None:
        raise MeasureError(str(error))
