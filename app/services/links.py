"""What the services need from the process they run in: the seams of this package.

The window fulfils them with `QProcess`, the terminal with `subprocess`, tests with
fakes. Answers do not come back as return values but as calls on the service.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from app.domain.activity import CallRecord, RequestRecord
from app.domain.conversation import Conversation, Message
from app.domain.presets import Preset
from app.domain.tools import Command
from app.engine import protocol
from app.store.conversations import Loaded


class EngineLink(Protocol):
    """The engine process."""

    def send(self, command: protocol.Command) -> None:
        """Sends a command, starting the engine if it is not running."""


class ToolLink(Protocol):
    """Where tools run; answers come as `ChatService.tool_finished`."""

    def start(self, name: str, command: Command) -> None:
        """Runs a command with the tool of this name; at most one runs at a time."""

    def cancel(self) -> None:
        """Gives the running command up; no answer follows."""


class ToolJournal(Protocol):
    """Keeps what tools did; every method may raise `UserError`."""

    def add_call(self, record: CallRecord) -> None:
        """Keeps what became of a command."""

    def add_request(self, record: RequestRecord) -> int:
        """Keeps a request; returns a key with which `end_request` completes it."""

    def end_request(self, key: int, *, size: int, outcome: str, seconds: float) -> None:
        """Completes a request."""


class ConverterLink(Protocol):
    """The converter; it reports to `ModelService`."""

    def start(self, source: Path, target: Path, quantization: str) -> None:
        """Converts a checkpoint; replaces nothing that exists."""


class Archive(Protocol):
    """The part of the store that a chat needs."""

    def load(self, conversation_id: str) -> Loaded | None:
        """Reads a conversation; None when there is none of that id."""

    def together(self) -> AbstractContextManager[None]:
        """What is changed within is kept together, or not at all."""

    def set_preset(self, conversation_id: str, preset: Preset | None) -> None:
        """Keeps how a conversation's replies are to be written."""

    def save_message(self, conversation_id: str, message: Message) -> None:
        """Adds a message, which becomes the leaf, or replaces it."""

    def note(self, message: Message) -> None:
        """Keeps what is said about a message."""

    def add(self, conversation: Conversation, created: datetime) -> None:
        """Adds a whole conversation."""

    def set_leaf(self, conversation_id: str, leaf: str | None) -> None:
        """Shows another path of a conversation."""

    def trash_messages(self, message_ids: Collection[str], when: datetime) -> None:
        """Puts messages into the trash."""

    def restore_messages(self, message_ids: Collection[str]) -> None:
        """Takes messages out of the trash."""


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime:
        """Now."""
