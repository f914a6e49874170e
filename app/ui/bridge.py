"""The services' observer as Qt signals."""

from PySide6.QtCore import QObject, Signal

from app.domain.conversation import Message
from app.domain.errors import UserError
from app.domain.generation import ModelInfo
from app.services.observers import ChatState, ModelState, StreamedText
from app.services.words import Phrase


class Bridge(QObject):
    """Fulfils `ChatObserver`, `ModelObserver` and `ServerObserver`.

    Signals:
        chat_state: A `ChatState`.
        message: Conversation id and `Message`.
        text: A `StreamedText`.
        waiting: The line of questions that wait has changed.
        context: Tokens in the window, and its size.
        conversations: The list of chats changed.
        model_state: A `ModelState` and how far it has come.
        model: The `ModelInfo` that is ready, or None.
        noted: A tuple of `Phrase`.
        failed: A `UserError`.
        documents: A `DocumentsState`.
        listed: The names of a server's models.
        unlisted: A `UserError`: a server could not be asked for them.
    """

    chat_state = Signal(object)
    message = Signal(str, object)
    text = Signal(object)
    waiting = Signal()
    context = Signal(int, int)
    conversations = Signal()
    model_state = Signal(object, float)
    model = Signal(object)
    noted = Signal(object)
    failed = Signal(object)
    documents = Signal(object)
    listed = Signal(object)
    unlisted = Signal(object)

    def chat_state_changed(self, state: ChatState) -> None:
        """See `ChatObserver`."""
        self.chat_state.emit(state)

    def message_changed(self, conversation_id: str, message: Message) -> None:
        """See `ChatObserver`."""
        self.message.emit(conversation_id, message)

    def text_streamed(self, piece: StreamedText) -> None:
        """See `ChatObserver`."""
        self.text.emit(piece)

    def context_measured(self, used: int, total: int) -> None:
        """See `ChatObserver`."""
        self.context.emit(used, total)

    def conversations_changed(self) -> None:
        """See `ChatObserver`."""
        self.conversations.emit()

    def chat_failed(self, error: UserError) -> None:
        """See `ChatObserver`."""
        self.failed.emit(error)

    def model_state_changed(self, state: ModelState, fraction: float) -> None:
        """See `ModelObserver`."""
        self.model_state.emit(state, fraction)

    def model_ready(self, model: ModelInfo) -> None:
        """See `ModelObserver`."""
        self.model.emit(model)

    def model_noted(self, phrases: tuple[Phrase, ...]) -> None:
        """See `ModelObserver`."""
        self.noted.emit(phrases)

    def model_lost(self) -> None:
        """See `ModelObserver`."""
        self.model.emit(None)

    def model_failed(self, error: UserError) -> None:
        """See `ModelObserver`."""
        self.failed.emit(error)

    def models_listed(self, names: tuple[str, ...]) -> None:
        """See `ServerObserver`."""
        self.listed.emit(names)

    def listing_failed(self, error: UserError) -> None:
        """See `ServerObserver`."""
        self.unlisted.emit(error)
