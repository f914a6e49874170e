"""What the services report, written to the terminal."""

import sys

from app.cli.output import say
from app.domain import tools
from app.domain.conversation import Message, MessageState, Role
from app.domain.errors import UserError
from app.domain.generation import ModelInfo
from app.domain.moss import Field
from app.domain.tools import ToolState
from app.services.observers import ChatState, ModelState, StreamedText
from app.services.words import Phrase, explain, remark

_REMARKS = {
    MessageState.STOPPED: "stopped; what was written is kept",
    MessageState.INTERRUPTED: "interrupted; what was written is kept",
    MessageState.CUT: "cut off: the answer reached its longest length",
}


class Screen:
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
        remark = _REMARKS.get(message.state)
        if remark:
            self._print_quietly(f"\n[{remark}]")

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
        say(explain(error))

    def model_state_changed(self, state: ModelState, fraction: float) -> None:
        """See `ModelObserver`."""
        self.model_state = state

    def model_ready(self, model: ModelInfo) -> None:
        """See `ModelObserver`."""
        self.model = model
        if note := remark(model):
            say(note)

    def model_noted(self, phrases: tuple[Phrase, ...]) -> None:
        """See `ModelObserver`."""
        say(" ".join(phrase.english for phrase in phrases))

    def model_lost(self) -> None:
        """See `ModelObserver`."""
        self.model = None

    def model_failed(self, error: UserError) -> None:
        """See `ModelObserver`."""
        self.error = error
        say(explain(error))

    def _print_quietly(self, text: str) -> None:
        if not self._quiet:
            print(f"\033[2m{text}\033[0m" if self._styled else text, flush=True)
