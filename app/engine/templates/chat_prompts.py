"""Chats written down with the chat template of the model that is in use."""

import faulthandler
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from app.domain.generation import Segment, Speaker
from app.domain.thoughts import opened_by
from app.engine.templates.chat_template import ChatTemplate
from app.engine.templates.marked_text import MarkedText
from app.engine.templates.messages import PLAIN, Shape
from app.engine.templates.tool_calling import shape_of

_MOST_SECONDS: Final = 30.0
_STDERR: Final = 2
_TOOLS: Final = "tools"
_TRIAL: Final = (Segment("Hello", speaker=Speaker.USER),)


class ChatPrompts:
    """Turns messages into a prompt's segments.

    Attributes:
        opened: The mark behind which the model begins with its thoughts, because the
            template has written it already; empty where it writes it by itself.
        calls_tools: Whether functions can be called in a chat.
    """

    def __init__(
        self,
        source: str,
        specials: dict[str, str],
        segments: Callable[[MarkedText], tuple[Segment, ...]],
    ) -> None:
        """Compiles the template and tries it.

        Args:
            source: The template.
            specials: Texts of special tokens by the names that templates have for them.
            segments: Finds the control tokens in what the template wrote.

        Raises:
            UserError: `ErrorCode.TEMPLATE_FAILED`: nothing can be written with it.
        """
        self._segments = segments
        with _bounded():
            self._template = ChatTemplate(source, specials)
            self._shape = PLAIN
            self.opened: Final = opened_by(self._text(_TRIAL))
            shape = shape_of(self._shaped) if _TOOLS in source else None
        self.calls_tools: Final = shape is not None
        self._shape = shape or PLAIN

    def segments(self, messages: Sequence[Segment]) -> tuple[Segment, ...]:
        """The prompt.

        Args:
            messages: A chat, as segments that have a speaker. Those of the assistant at
                its end are what has been written of the answer so far, in order and
                with its control tokens.

        Raises:
            UserError: `ErrorCode.TEMPLATE_FAILED`.
        """
        asked = len(messages)
        while asked and _is_written(messages[asked - 1]):
            asked -= 1
        written = MarkedText().join(
            MarkedText.own(piece.text) if piece.control else piece.text
            for piece in messages[asked:]
        )
        with _bounded():
            text = self._text(messages[:asked]) + written
        return self._segments(text)

    def _text(self, messages: Sequence[Segment]) -> MarkedText:
        return self._shaped(messages, self._shape)

    def _shaped(self, messages: Sequence[Segment], shape: Shape) -> MarkedText:
        now = datetime.now().astimezone()
        return self._template.render(messages, now=now, shape=shape)


def _is_written(message: Segment) -> bool:
    """Whether a message at a chat's end may be the beginning of the answer."""
    return message.speaker is Speaker.ASSISTANT and not message.calls


@contextmanager
def _bounded() -> Iterator[None]:
    """Ends the process when a template hangs where its budget cannot see it.

    The parent then knows what to do: this is what an engine process is for.
    """
    faulthandler.dump_traceback_later(_MOST_SECONDS, exit=True, file=_STDERR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
