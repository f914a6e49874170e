"""Text on its way into a message."""

from dataclasses import replace

from app.domain.conversation import Message
from app.domain.moss import Field


def absorbed(message: Message, parts: dict[Field, list[str]]) -> Message:
    """The message with what has streamed in at the ends of its parts.

    Args:
        message: The message.
        parts: What has streamed in; empty afterwards.
    """
    added = {part: "".join(pieces) for part, pieces in parts.items()}
    parts.clear()
    return replace(
        message,
        text=message.text + added.get(Field.ANSWER, ""),
        thoughts=message.thoughts + added.get(Field.THOUGHTS, ""),
        commands=message.commands + added.get(Field.COMMANDS, ""),
    )
