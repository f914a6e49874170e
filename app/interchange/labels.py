"""What stands beside the messages in a file that people read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from app.domain.conversation import Message, Role
from app.domain.tools import ToolCall


@dataclass(frozen=True, slots=True)
class Labels:
    """Words and times, in the reader's language and zone.

    Attributes:
        user: Who asks.
        model: Who answers, where the model's name is not known.
        thoughts: Above what the model thought.
        untitled: The title of a chat that has none.
        zone: Of dates and times; None is this computer's.
    """

    user: str = "You"
    model: str = "MOSS"
    thoughts: str = "Inner thoughts"
    untitled: str = "Untitled chat"
    zone: tzinfo | None = UTC

    def name(self, message: Message) -> str:
        """Who wrote a message."""
        return self.user if message.role is Role.USER else message.model or self.model

    def time(self, when: datetime) -> str:
        """A date and a time, such as `2026-05-01 12:00`."""
        try:
            local = when.astimezone(self.zone)
        except OverflowError:  # The last hours of the year 9999.
            local = when
        return local.strftime("%Y-%m-%d %H:%M")

    def title(self, title: str) -> str:
        """A chat's title on one line."""
        return " ".join(title.split()) or self.untitled


def call_line(call: ToolCall) -> str:
    """A tool's call and its result on one line."""
    result = " ".join(call.result.split())
    return f"{call.command.text()} => {result}" if result else call.command.text()


def call_lines(calls: Sequence[ToolCall]) -> tuple[str, ...]:
    """The calls of a message, a line each."""
    return tuple(" ".join(call_line(call).split()) for call in calls)
