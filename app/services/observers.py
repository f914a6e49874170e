"""What the services report, and to whom: their states and observers."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from app.domain import moss
from app.domain.conversation import Message
from app.domain.errors import UserError
from app.domain.generation import ModelInfo
from app.services.words import Phrase


class ChatState(Enum):
    """What the chat is doing."""

    IDLE = auto()
    FITTING = auto()
    THINKING = auto()
    WAITING_PERMISSION = auto()
    USING_TOOLS = auto()
    ANSWERING = auto()


@dataclass(frozen=True, slots=True)
class StreamedText:
    """Text that was added at the end of one part of a message."""

    conversation: str
    message: str
    part: moss.Field
    text: str


class ChatObserver(Protocol):
    """Whoever shows the chat."""

    def chat_state_changed(self, state: ChatState) -> None:
        """The chat does something else now."""

    def message_changed(self, conversation_id: str, message: Message) -> None:
        """A message is new, or more than streamed text changed in it."""

    def text_streamed(self, piece: StreamedText) -> None:
        """Text was added at the end of one part of a message."""

    def context_measured(self, used: int, total: int) -> None:
        """A prompt takes `used` of the window's `total` tokens."""

    def conversations_changed(self) -> None:
        """A chat was added or renamed, or its place in the list changed."""

    def chat_failed(self, error: UserError) -> None:
        """A reply could not be written; what there was of it is kept."""


class ModelState(Enum):
    """What the model is doing.

    `STEPPING_DOWN` is loading once more with less, as there was not enough memory.
    """

    NONE = auto()
    CONVERTING = auto()
    LOADING = auto()
    STEPPING_DOWN = auto()
    READY = auto()
    RESTARTING = auto()
    FAILED = auto()

    @property
    def is_loading(self) -> bool:
        """Whether the model is on its way into memory."""
        return self in {
            ModelState.LOADING,
            ModelState.STEPPING_DOWN,
            ModelState.RESTARTING,
        }


class ModelObserver(Protocol):
    """Whoever shows the model's state."""

    def model_state_changed(self, state: ModelState, fraction: float) -> None:
        """The state, and how far it has come: 0 to 1."""

    def model_ready(self, model: ModelInfo) -> None:
        """The model can answer."""

    def model_noted(self, phrases: tuple[Phrase, ...]) -> None:
        """What the user should know of the model or of what it runs on."""

    def model_lost(self) -> None:
        """The model cannot answer any more."""

    def model_failed(self, error: UserError) -> None:
        """The model could not be converted or loaded."""


class ServerObserver(Protocol):
    """Whoever wants to know which models a server has."""

    def models_listed(self, names: tuple[str, ...]) -> None:
        """The server has these."""

    def listing_failed(self, error: UserError) -> None:
        """The server could not be asked."""
