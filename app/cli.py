"""The same chat in a terminal: the same services, driven by a blocking loop.

Standard output holds the conversation (or one JSON object) and nothing else; progress
and errors go to standard error.
"""

import json
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final, Self

from app.domain import tools
from app.domain.conversation import Message, MessageState, Role
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo, Usage
from app.domain.moss import Field
from app.domain.tools import Command, ToolState
from app.engine import protocol
from app.engine.client import EngineClient, EngineLostError
from app.paths import Paths
from app.plugins.client import ToolClient
from app.plugins.manager import ToolManager
from app.services import conversion
from app.services.chat import ChatService, ChatState, StreamedText
from app.services.models import ModelService, ModelState
from app.services.preferences import Preferences
from app.services.sampling import sampling_for
from app.services.words import explain
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.settings import SettingsFile

SAMPLE_QUESTION: Final = "What is 37*48?"
_SAVE_SECONDS: Final = 0.25


class _Engine:
    """Fulfils `EngineLink`: a blocking client that is started when needed."""

    def __init__(self) -> None:
        self._client: EngineClient | None = None

    def send(self, command: protocol.Command) -> None:
        """Sends a command, starting the engine if it is not running."""
        if self._client is None:
            self._client = EngineClient()
        try:
            self._client.send(command)
        except EngineLostError:
            # `receive` reports the loss; that is where it is dealt with.
            return

    def receive(self) -> protocol.Event:
        """Waits for an event; a lost engine is forgotten, so the next send starts one.

        Raises:
            EngineLostError: The process is gone.
        """
        if self._client is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        try:
            return self._client.receive()
        except UserError:
            self.close()
            raise

    def close(self) -> None:
        """Ends the process."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


class _Tools:
    """Fulfils `ToolLink`: keeps the command until the loop runs it."""

    def __init__(self) -> None:
        self.waiting: Command | None = None

    def start(self, command: Command) -> None:
        """Keeps the command."""
        self.waiting = command

    def cancel(self) -> None:
        """Forgets it."""
        self.waiting = None


class _Converter:
    """Fulfils `ConverterLink` by waiting for the converter."""

    def __init__(self) -> None:
        self.problem: str | None = None

    def start(self, source: Path, target: Path, quantization: str) -> None:
        """Converts and keeps how it ended."""
        _say("Preparing the demo model …")
        self.problem = conversion.run(source, target, quantization)


class _Screen:
    """Fulfils `ChatObserver` and `ModelObserver`: writes to the terminal.

    Args:
        quiet: Writes no conversation, for `--json`.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._styled = sys.stdout.isatty()
        self._shown_calls = 0
        self.model: ModelInfo | None = None
        self.error: UserError | None = None
        self.reply: Message | None = None
        self.model_state = ModelState.NONE

    def chat_state_changed(self, state: ChatState) -> None:
        """See `ChatObserver`."""
        if state is ChatState.IDLE and not self._quiet:
            print(flush=True)

    def message_changed(self, conversation_id: str, message: Message) -> None:
        """Shows each call once, when it has ended."""
        if message.role is Role.USER:
            self._shown_calls = 0
            return
        self.reply = message
        ended = (ToolState.DONE, ToolState.FAILED)
        for call in message.calls[self._shown_calls :]:
            if call.state not in ended:
                break
            self._shown_calls += 1
            self._print_quietly(tools.results_field((call,)).strip())
        if message.state is MessageState.INTERRUPTED:
            self._print_quietly("[interrupted; what was written is kept]")

    def text_streamed(self, piece: StreamedText) -> None:
        """Shows the answer as it comes."""
        if piece.part is Field.ANSWER and not self._quiet:
            print(piece.text, end="", flush=True)

    def context_measured(self, used: int, total: int) -> None:
        """See `ChatObserver`."""

    def conversations_changed(self) -> None:
        """See `ChatObserver`."""

    def chat_failed(self, error: UserError) -> None:
        """See `ChatObserver`."""
        self.error = error
        _say(explain(error))

    def model_state_changed(self, state: ModelState, fraction: float) -> None:
        """See `ModelObserver`."""
        if state is not self.model_state and state is ModelState.RESTARTING:
            _say("The engine stopped and is starting again.")
        self.model_state = state

    def model_ready(self, model: ModelInfo) -> None:
        """See `ModelObserver`."""
        self.model = model

    def model_lost(self) -> None:
        """See `ModelObserver`."""
        self.model = None

    def model_failed(self, error: UserError) -> None:
        """See `ModelObserver`."""
        self.error = error
        _say(explain(error))

    def _print_quietly(self, text: str) -> None:
        if not self._quiet:
            print(f"\033[2m{text}\033[0m" if self._styled else text, flush=True)


class _CtrlC:
    """Ctrl+C as a wish: raised where the loop waits, remembered everywhere else.

    So no message is half saved and no event half handled.
    """

    def __init__(self) -> None:
        self._waiting = False
        self._wished = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watches for Ctrl+C for the length of a block."""
        self._wished = False
        previous = signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A block that only waits; raises KeyboardInterrupt at a wish."""
        self._waiting = True
        try:
            if self._wished:
                raise KeyboardInterrupt
            yield
        finally:
            self._waiting = self._wished = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._wished = True
        if self._waiting:
            raise KeyboardInterrupt


@dataclass(slots=True)
class Session:
    """Everything a terminal chat needs, and the loop that drives it.

    Attributes:
        engine: The engine process.
        tools: The command that waits to be run.
        tool_client: The tool process.
        manager: Which tools there are.
        converter: Converts the demo.
        screen: What is shown, and the last reply.
        chat: Writes replies.
        models: Keeps a model loaded.
        preferences: The user's settings.
        database: The archive.
        ctrl_c: What Ctrl+C does while an answer is written.
        conversation: The chat that the next question belongs to; None begins one.
    """

    engine: _Engine
    tools: _Tools
    tool_client: ToolClient
    manager: ToolManager
    converter: _Converter
    screen: _Screen
    chat: ChatService
    models: ModelService
    preferences: Preferences
    database: Database
    ctrl_c: _CtrlC
    conversation: str | None = None

    @classmethod
    def open(cls, paths: Paths, *, archive: Path, quiet: bool) -> Self:
        """Builds the services."""
        database = Database(archive)
        engine, links, converter = _Engine(), _Tools(), _Converter()
        screen = _Screen(quiet=quiet)
        return cls(
            engine=engine,
            tools=links,
            tool_client=ToolClient(),
            manager=ToolManager(),
            converter=converter,
            screen=screen,
            chat=ChatService(
                engine=engine,
                tools=links,
                archive=ConversationStore(database),
                observer=screen,
                clock=lambda: datetime.now(UTC),
            ),
            models=ModelService(
                engine=engine,
                converter=converter,
                observer=screen,
                models=paths.models,
                demo_checkpoint=paths.demo_checkpoint,
            ),
            preferences=Preferences(SettingsFile(paths.settings)),
            database=database,
            ctrl_c=_CtrlC(),
        )

    def close(self) -> None:
        """Ends the children and closes the archive."""
        self.engine.close()
        self.tool_client.close()
        self.database.close()

    def load(self, model: Path | None) -> bool:
        """Loads `model`, the last one, or the demo; True when it can answer."""
        last = self.preferences.values.model_path
        chosen = model or (Path(last) if last and Path(last).is_file() else None)
        if chosen is not None:
            self.models.open(chosen)
        else:
            self.models.open_demo()
        if self.converter.problem is not None:
            self.models.conversion_finished(self.converter.problem)
        self._wait_for_model()
        return self.models.state is ModelState.READY

    def ask(self, text: str) -> Message | None:
        """Answers one question; None when it could not even begin."""
        if self.models.state is not ModelState.READY:
            self._wait_for_model()
        usable = self.manager.usable(self.preferences.values.tools)
        sampling = sampling_for(self.screen.model, self.preferences.values.sampling)
        try:
            self.conversation = self.chat.send(
                self.conversation, text, enabled=usable, sampling=sampling
            )
        except UserError as error:
            self.screen.chat_failed(error)
            return None
        with self.ctrl_c.watched():
            self._write_reply()
        return self.screen.reply

    def _write_reply(self) -> None:
        saved = time.monotonic()
        while self.chat.state is not ChatState.IDLE:
            try:
                self._step()
            except KeyboardInterrupt:
                self.chat.stop()
            if time.monotonic() - saved > _SAVE_SECONDS:
                self.chat.flush()
                saved = time.monotonic()

    def _wait_for_model(self) -> None:
        while self.models.state in (ModelState.LOADING, ModelState.RESTARTING):
            self._step()

    def _step(self) -> None:
        """Runs the waiting command, or takes one event."""
        command, self.tools.waiting = self.tools.waiting, None
        if command is not None:
            seconds = self.manager.seconds(command.tool)
            self.chat.tool_finished(self.tool_client.run(command, seconds))
            return
        try:
            with self.ctrl_c.waiting():
                event = self.engine.receive()
        except UserError as error:
            self.chat.engine_lost()
            self.models.engine_lost(error.detail)
            return
        self.models.engine_event(event)
        if isinstance(event, protocol.Loaded):
            self.chat.set_model(event.model)
        self.chat.engine_event(event)


def chat(paths: Paths, *, model: Path | None) -> int:
    """Chats on the terminal, or answers each line of a standard input that is none."""
    _speak_utf8()
    try:
        session = Session.open(paths, archive=paths.archive, quiet=False)
    except UserError as error:
        _say(explain(error))
        return 1
    try:
        if not session.load(model):
            return 1
        return _interactive(session) if sys.stdin.isatty() else _piped(session)
    finally:
        session.close()


def answer_once(paths: Paths, prompt: str, *, model: Path | None, as_json: bool) -> int:
    """Answers one question and keeps nothing."""
    _speak_utf8()
    with TemporaryDirectory(prefix="moss-") as folder:
        archive = Path(folder) / "chats.sqlite3"
        session = Session.open(paths, archive=archive, quiet=as_json)
        try:
            reply = session.ask(prompt) if session.load(model) else None
        finally:
            session.close()
    if reply is None:
        return 1
    if as_json:
        print(json.dumps(_as_json(reply), ensure_ascii=False, indent=2))
    return 0 if reply.state is MessageState.COMPLETE else 1


def _interactive(session: Session) -> int:
    with suppress(ImportError):  # Windows has its own line editing.
        import readline  # noqa: F401, PLC0415 -- gives `input` arrow keys and a history
    name = session.screen.model.name if session.screen.model else "MOSS"
    print(f"{name}. Ctrl+C stops an answer, Ctrl+D ends the chat.")
    while True:
        try:
            text = input("\nYou: ")
        except KeyboardInterrupt:
            print()
            continue
        except EOFError:
            print()
            return 0
        if text.strip():
            session.ask(text)


def _piped(session: Session) -> int:
    """Answers each line; with no line at all, one sample question."""
    answered = True
    for text in _questions():
        answered = _piped_turn(session, text) and answered
    return 0 if answered else 1


def _piped_turn(session: Session, text: str) -> bool:
    print(f"> {text}", flush=True)
    reply = session.ask(text)
    return reply is not None and reply.state is MessageState.COMPLETE


def _questions() -> Iterable[str]:
    asked = False
    for line in sys.stdin:
        text = line.strip()
        if text:
            asked = True
            yield text
    if not asked:
        yield SAMPLE_QUESTION


def _as_json(reply: Message) -> dict[str, object]:
    """One reply for scripts; times in seconds."""
    usage = reply.usage or Usage()
    return {
        "answer": reply.text,
        "thoughts": reply.thoughts,
        "commands": [
            {
                "name": call.command.tool.value,
                "argument": call.command.argument,
                "state": call.state.value,
                "result": call.result,
            }
            for call in reply.calls
        ],
        "results": tools.results_field(reply.calls).strip(),
        "state": reply.state.value,
        "model": reply.model,
        "tokens": {
            "prompt": usage.prompt_tokens,
            "cached": usage.cached_tokens,
            "generated": usage.generated_tokens,
        },
        "seconds": {
            "prompt": round(usage.prompt_seconds, 4),
            "generate": round(usage.generate_seconds, 4),
        },
        "seed": usage.seed,
    }


def _speak_utf8() -> None:
    """Pipes carry UTF-8 in every locale, and a damaged byte stops nothing."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
