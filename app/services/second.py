"""The second of two continuations of one prompt: another version of the same reply.

The engine writes both at the same time, and both begin with the same thoughts and what
the tools returned. The first is the reply that is shown; the second becomes a version
beside it. Nobody sees it before it is whole, so it is no leaf meanwhile.
"""

import uuid
from dataclasses import dataclass, field, replace
from typing import Final, Self, assert_never

from app.domain import moss
from app.domain.calling_reply import CallingParser
from app.domain.conversation import Message, MessageState
from app.domain.generation import FinishReason, Usage
from app.engine import protocol
from app.services.links import Archive
from app.services.streamed import absorbed

CANDIDATE: Final = 1
"""Its number in the engine's events."""


@dataclass(slots=True)
class Second:
    """What there is of it.

    Attributes:
        message: The message as far as it has been saved.
        parser: Sorts what the model writes into fields.
        parts: Streamed text that `message` does not hold yet.
        saved: Whether the archive has it.
    """

    message: Message
    parser: moss.ReplyParser | CallingParser
    parts: dict[moss.Field, list[str]] = field(default_factory=dict)
    saved: bool = False

    @classmethod
    def beside(cls, message: Message, parser: moss.ReplyParser | CallingParser) -> Self:
        """Begins where the first one is now."""
        return cls(replace(message, id=uuid.uuid4().hex), parser)

    def take(self, event: protocol.TextDelta | protocol.ControlToken) -> None:
        """Takes what the engine writes of it."""
        if isinstance(event, protocol.TextDelta):
            pieces = self.parser.text(event.text)
        else:
            pieces = self.parser.control(event.token)
        for part, text in pieces:
            self.parts.setdefault(part, []).append(text)

    def end(self, state: MessageState, usage: Usage | None) -> None:
        """Is over; what the engine says that both have cost is each one's cost."""
        for part, text in self.parser.finish():
            self.parts.setdefault(part, []).append(text)
        self._absorb()
        if self.message.state is MessageState.STREAMING:
            self.message = replace(self.message, state=state, usage=usage)

    def save(self, archive: Archive, conversation_id: str, *, leaf: str) -> None:
        """Saves what there is of it, and leaves the chat's leaf where it is.

        Args:
            archive: Where messages are kept.
            conversation_id: The chat's id.
            leaf: The id of the first version.

        Raises:
            UserError: What the archive raises.
        """
        self._absorb()
        if not self.message.text:
            return
        archive.save_message(conversation_id, self.message)
        if not self.saved:
            archive.set_leaf(conversation_id, leaf)
            self.saved = True

    def _absorb(self) -> None:
        self.message = absorbed(self.message, self.parts)


def state_after(reason: FinishReason) -> MessageState:
    """What has become of a version that ended for a reason."""
    match reason:
        case FinishReason.STOP:
            return MessageState.COMPLETE
        case FinishReason.CANCELLED:
            return MessageState.STOPPED
        case FinishReason.LENGTH | FinishReason.CONTEXT_FULL:
            return MessageState.CUT
        case _:
            assert_never(reason)
