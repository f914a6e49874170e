"""The real program, used by a script until somebody kills it.

`python -m tests.hostile.kills.window SEED RECORD [MODEL]`: RECORD is the number of an
open file descriptor. What is about to be done, what was done and what was shown goes
into it line by line, each with the time at which it was noted; it outlives the program.
Without a model the engine echoes, a word every few milliseconds.
"""

import itertools
import json
import os
import sys
import time
import traceback
import uuid
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest

from app import application, paths
from app.application import Application
from app.domain import branches
from app.domain.archived import ArchivedChat
from app.domain.conversation import Conversation, Message, MessageState, Role
from app.interchange import moss_json
from app.services.exchange import Format
from app.services.observers import ChatState, ModelState, StreamedText
from app.ui.chat.message_actions import MessageAction, Resend, Wish
from app.ui.single_instance import Start

ECHO = """
import threading
from app.engine import __main__ as engine
from app.engine.backends import echo

words, rest = echo._words, threading.Event()

def slowly(reply):
    for word in words(reply):
        rest.wait(0.004)
        yield word

echo._words = slowly
engine.main(["--backend", "echo"])
"""
PAUSE_MS = 15
LONGEST_WAIT_MS = 1300
"""Behind it the draft of what is typed has been saved."""
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
QUESTIONS = ("What is 37*48?", "你好", "What can you do?", "Hello", "解方程 2x+3=11")


IMPORTED = 6
"""Messages of each chat that is imported."""


def _chats(name: str) -> list[ArchivedChat]:
    """Chats for an import, with titles that nobody else has."""
    chats = []
    for number in range(4):
        title, parent = f"{name}t{number}", None
        messages = {}
        for place in range(IMPORTED):
            identity = uuid.uuid4().hex
            role = Role.ASSISTANT if place % 2 else Role.USER
            text = f"{title}m{place}"
            messages[identity] = Message(identity, parent, role, text, NOON)
            parent = identity
        conversation = Conversation(uuid.uuid4().hex, title, messages, parent)
        chats.append(ArchivedChat(conversation, NOON, NOON))
    return chats


class Record:
    """Lines of JSON for whoever survives this process."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)  # noqa: FBT003
        self._descriptor = descriptor

    def note(self, what: str, **values: object) -> None:
        line = {"at": time.monotonic(), "what": what, **values}
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")


class Script(QObject):
    """Does one thing after the other, as a user might, without end."""

    def __init__(self, moss: "ScriptedApplication", choose: Random, record: Record):
        super().__init__(moss.window)
        self._moss = moss
        self._window = moss.window
        self._controller = moss.controller
        self._choose = choose
        self._record = record
        self._numbers = itertools.count()
        self._run_number = f"{os.getpid():x}{choose.randrange(1 << 32):08x}"
        self._seen: dict[str, dict[str, Message]] = {}
        self._begun = ""
        self._waiting: tuple[str, str] | None = None
        self._ways = {
            self._send: 8,
            self._edit: 2,
            self._regenerate: 1,
            self._delete: 2,
            self._delete_chat: 1,
            self._rename: 1,
            self._fork: 1,
            self._export: 1,
            self._import: 2,
            self._back_up: 1,
            self._new_chat: 1,
            self._other_chat: 2,
            self._pin: 1,
        }
        moss.bridge.message.connect(self._message_changed)
        moss.bridge.text.connect(self._text_streamed)
        moss.bridge.failed.connect(
            lambda error: record.note("failed", code=error.code, detail=error.detail)
        )
        moss.care._task.finished.connect(self._backed_up)
        # The titles that a user would type into the dialog.
        moss.chats._dialogs.title = lambda _present: self._title
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)
        self._timer.start(PAUSE_MS)
        record.note("started")

    # -- what is shown ---------------------------------------------------------------

    def _message_changed(self, chat: str, message: Message) -> None:
        self._seen.setdefault(chat, {})[message.id] = message
        self._record.note(
            "message",
            chat=chat,
            id=message.id,
            role=message.role,
            parent=message.parent,
            state=message.state,
            text=message.text,
            thoughts=message.thoughts,
        )

    def _text_streamed(self, piece: StreamedText) -> None:
        self._record.note(
            "text",
            chat=piece.conversation,
            id=piece.message,
            part=piece.part.value,
            text=piece.text,
        )

    # -- what is done ----------------------------------------------------------------

    def _go_on(self) -> None:
        if not self._is_quiet():
            if (
                self._moss.chat.state is ChatState.ANSWERING
                and self._choose.random() < 0.01
            ):
                self._window.stop_requested.emit()
            self._timer.start(PAUSE_MS)
            return
        self._end()
        [way] = self._choose.choices(list(self._ways), list(self._ways.values()))
        self._timer.start(PAUSE_MS)
        way()

    def _is_quiet(self) -> bool:
        return (
            self._moss.models.state is ModelState.READY
            and self._moss.chat.state is ChatState.IDLE
            and not self._moss.exchange.running
            and not self._moss.care._task.running
            and self._waiting is None
        )

    def _begin(self, action: str, **values: object) -> None:
        self._begun = action
        self._record.note("begin", action=action, **values)

    def _end(self, **values: object) -> None:
        if self._begun:
            self._record.note("end", action=self._begun, **values)
            self._begun = ""

    def _word(self) -> str:
        """A word that nobody has written before."""
        return f"zq{self._run_number}n{next(self._numbers)}"

    def _question(self) -> str:
        word = self._word()
        if self._moss.scripted_model is not None:
            return f"{self._choose.choice(QUESTIONS)} {word}"
        return f"{word} " + "第几个字 and another 😀 " * self._choose.randrange(1, 40)

    def _send(self) -> None:
        """Types a question, and sends it at once or when its draft is kept."""
        composer = self._window.panel.composer
        composer.text = text = self._question()
        self._waiting = (text.strip(), self._controller.open_chat or "")
        wait = self._choose.choice((0, 0, 0, LONGEST_WAIT_MS))
        QTimer.singleShot(wait, self, self._press)

    def _press(self) -> None:
        assert self._waiting is not None
        text, chat = self._waiting
        self._waiting = None
        self._begin("send", text=text, chat=chat)
        field = self._window.panel.composer.focusProxy()
        QTest.keyClick(field, Qt.Key.Key_Return)
        self._end(chat=self._controller.open_chat)

    def _edit(self) -> None:
        message = self._any_message(Role.USER)
        if message is not None:
            text = self._question().strip()
            chat = self._controller.open_chat
            self._begin("send", text=text, chat=chat)
            self._window.panel.view.intended.emit(Resend(message.id, text))
            self._end(chat=chat)

    def _regenerate(self) -> None:
        message = self._any_message(Role.ASSISTANT)
        if message is not None:
            self._wish(message, MessageAction.REGENERATE)

    def _delete(self) -> None:
        message = self._any_message()
        if message is None:
            return
        conversation = self._moss.chat.open(self._controller.open_chat).conversation
        self._begin("delete", ids=branches.below(conversation, message.id))
        self._wish(message, MessageAction.DELETE)
        self._end()
        self._undo_perhaps()

    def _delete_chat(self) -> None:
        chat = self._controller.open_chat
        if chat is not None:
            self._begin("delete chat", chat=chat)
            self._window.sidebar.delete_requested.emit((chat,))
            self._end()
            self._undo_perhaps()

    def _undo_perhaps(self) -> None:
        if self._choose.random() < 0.5:
            self._begin("undo")
            self._window.panel.notice.run_action()
            self._end()

    def _rename(self) -> None:
        chat = self._controller.open_chat
        if chat is not None:
            self._title = self._word()
            self._begin("rename", chat=chat, title=self._title)
            self._window.sidebar.rename_requested.emit(chat)
            self._end()

    def _fork(self) -> None:
        message = self._any_message()
        if message is not None:
            before = self._controller.open_chat
            self._begin("fork", chat=before, id=message.id)
            self._wish(message, MessageAction.FORK)
            self._end(chat=self._controller.open_chat)

    def _pin(self) -> None:
        message = self._any_message()
        if message is not None and not message.pinned:
            self._begin("pin", id=message.id)
            self._wish(message, MessageAction.PIN)
            self._end()

    def _export(self) -> None:
        path = paths.find().data / f"{self._word()}.json"
        self._begin("export", path=str(path))
        self._moss.exchange.export(path, Format.JSON, None)

    def _import(self) -> None:
        name = self._word()
        path = paths.find().data / f"import-{name}.json"
        chats = _chats(name)
        path.write_bytes(b"".join(moss_json.pieces(chats, lambda _name: None)))
        ids = [list(chat.conversation.messages) for chat in chats]
        self._begin("import", chats=ids)
        self._moss.exchange.take_in(path)

    def _back_up(self) -> None:
        for backup in self._moss.care._backups.all():
            if self._choose.random() < 0.7:
                backup.path.unlink()
        self._begin("back up")
        self._moss.care._begin()

    def _backed_up(self, _result: object) -> None:
        self._record.note("backed up")

    def _new_chat(self) -> None:
        self._window.new_requested.emit()

    def _other_chat(self) -> None:
        chats = self._moss.chats._store.summaries()
        if chats:
            self._controller.ask_for_chat(self._choose.choice(chats).id)

    def _wish(self, message: Message, action: MessageAction) -> None:
        self._window.panel.view.intended.emit(Wish(message.id, action))

    def _any_message(self, role: Role | None = None) -> Message | None:
        transcript = self._window.panel.transcript
        shown = [transcript.message(row) for row in range(transcript.rowCount())]
        fitting = [
            message
            for message in shown
            if role in {None, message.role}
            and message.state is not MessageState.STREAMING
        ]
        return self._choose.choice(fitting) if fitting else None


class ScriptedApplication(Application):
    """The program, and who uses it."""

    choose: Random
    record: Record
    scripted_model: Path | None

    def start(self, model=None) -> None:
        super().start(model)
        sys.excepthook = self._stop_at_a_bug
        self.script = Script(self, self.choose, self.record)

    def _stop_at_a_bug(self, kind, error, trace) -> None:
        traceback.print_exception(kind, error, trace)
        self.record.note("failed", code="internal", detail=repr(error))
        os._exit(1)


def main() -> int:
    seed, descriptor, *model = sys.argv[1:]
    ScriptedApplication.choose = Random(int(seed))
    ScriptedApplication.record = Record(int(descriptor))
    ScriptedApplication.scripted_model = Path(model[0]) if model else None
    application.Application = ScriptedApplication
    found = paths.find()
    if model:
        return application.run(found, Start(model[0]), new_window=True)
    application.engine_client.command_line = lambda **_: (sys.executable, "-c", ECHO)
    found.data.mkdir(parents=True, exist_ok=True)
    nothing = found.data / "plugin.gguf"
    nothing.touch()
    return application.run(found, Start(str(nothing)), new_window=True)


if __name__ == "__main__":
    sys.exit(main())
