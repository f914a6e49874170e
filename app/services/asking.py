"""Asking: a question is answered at once, or waits in line until the model is free.

A question that waits is a message of its chat already, so that nothing is lost whatever
becomes of the program. One chat has one question in line at most; it can be taken back
until its turn comes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain import branches
from app.domain.attachments import Attachment
from app.domain.conversation import Conversation
from app.domain.errors import ErrorCode, UserError
from app.domain.presets import Preset
from app.services.chat import ChatService
from app.services.links import Archive, Clock
from app.services.observers import ChatObserver
from app.services.questions import Question, Questions
from app.services.reply import ReplyOptions


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question in line.

    Attributes:
        conversation: The chat's id.
        question: The message's id.
        asked: What is asked.
        options: How the reply is to be written.
        before: The leaf that the chat had before the question.
    """

    conversation: str
    question: str
    asked: Question
    options: ReplyOptions
    before: str | None


class Asking:
    """The questions of all chats, one after the other.

    Attributes:
        chat: Writes replies, one at a time.

    Args:
        chat: Writes replies, one at a time.
        archive: Where messages are kept.
        observer: Whoever shows the chat.
        clock: Tells the time, in UTC.
        changed: Called when the line has become another one.
    """

    def __init__(
        self,
        *,
        chat: ChatService,
        archive: Archive,
        observer: ChatObserver,
        clock: Clock,
        changed: Callable[[], object],
    ) -> None:
        self.chat: Final = chat
        self._archive = archive
        self._observer = observer
        self._clock = clock
        self._changed = changed
        self._questions = Questions(archive, observer, clock, chat.unsaved)
        self._line: list[Waiting] = []

    @property
    def line(self) -> tuple[Waiting, ...]:
        """What waits, in the order of its answers."""
        return tuple(self._line)

    def waiting_in(self, conversation_id: str | None) -> Waiting | None:
        """The question of a chat that is in line; None where none is."""
        found = (w for w in self._line if w.conversation == conversation_id)
        return next(found, None)

    def send(
        self,
        conversation_id: str | None,
        text: str,
        options: ReplyOptions,
        *,
        attachments: Sequence[Attachment] = (),
        preset: Preset | None = None,
    ) -> str:
        """Adds a message to a chat and has it answered.

        Args:
            conversation_id: The chat; None begins a new one.
            text: What the user wrote.
            options: How the reply is to be written.
            attachments: Files that go along.
            preset: What a new chat keeps of how its replies are written.

        Returns:
            The id of the conversation.

        Raises:
            UserError: BUSY where this chat has a reply or a question under way
                already, MODEL_NOT_LOADED, MODEL_UNSUPPORTED, CHAT_NOT_FOUND, or what
                the archive raises; the message is not added then.
        """
        self.chat.require_model()
        if conversation_id is None:
            question = Question(text, tuple(attachments))
            begun = self._questions.begin_chat(question, preset)
            self._answer_or_wait(begun, options, before=None)
            return begun.id
        conversation = self.chat.open(conversation_id).conversation
        self.ask(
            conversation,
            text,
            options,
            before=conversation.leaf,
            attachments=attachments,
        )
        return conversation.id

    def ask(
        self,
        conversation: Conversation,
        text: str,
        options: ReplyOptions,
        *,
        before: str | None,
        attachments: Sequence[Attachment] = (),
    ) -> None:
        """Adds a message behind a conversation's leaf and has it answered.

        Args:
            conversation: The chat.
            text: What the user wrote.
            options: How the reply is to be written.
            before: The leaf to return to when the message is taken back.
            attachments: Files that go along.

        Raises:
            UserError: As `send`; the message is not added then.
        """
        self.chat.require_model()
        active = self.chat.active_conversation
        if active == conversation.id or self.waiting_in(conversation.id):
            raise UserError(ErrorCode.BUSY)
        question = Question(text, tuple(attachments))
        asked = self._questions.add(conversation, question)
        self._answer_or_wait(asked, options, before=before)

    def go_on(self) -> None:
        """Has the next question answered if the model is there and free."""
        while self._line and self.chat.is_free:
            first = self._line.pop(0)
            try:
                self._answer(first)
            except UserError as error:
                self._observer.chat_failed(error)
            self._changed()

    def take_back(self, conversation_id: str) -> Question | None:
        """Takes a chat's question out of the line and out of the chat.

        Returns:
            What was asked; None where nothing is in line.

        Raises:
            UserError: What the archive raises; the question is still in line then.
        """
        waiting = self.waiting_in(conversation_id)
        if waiting is None:
            return None
        conversation = self.chat.open(conversation_id).conversation
        if waiting.question in conversation.messages:
            gone = branches.below(conversation, waiting.question)
            self._archive.trash_messages(gone, self._clock())
            self._archive.set_leaf(conversation_id, waiting.before)
        self._line.remove(waiting)
        self._observer.conversations_changed()
        self._changed()
        return waiting.asked

    def forget(self, conversations: Iterable[str]) -> None:
        """Takes chats out of the line that go themselves; their questions stay."""
        gone = frozenset(conversations)
        left = [w for w in self._line if w.conversation not in gone]
        if left != self._line:
            self._line = left
            self._changed()

    def _answer_or_wait(
        self, asked: Conversation, options: ReplyOptions, *, before: str | None
    ) -> None:
        """Has a conversation's leaf answered, now or when it is its turn."""
        if self.chat.active_conversation is None and not self._line:
            self.chat.answer(asked, options)
            return
        question = asked.path()[-1]
        self._line.append(
            Waiting(
                conversation=asked.id,
                question=question.id,
                asked=Question(question.text, question.attachments),
                options=options,
                before=before,
            )
        )
        self._observer.conversations_changed()
        self._changed()

    def _answer(self, waiting: Waiting) -> None:
        conversation = self.chat.open(waiting.conversation).conversation
        # Whoever deleted it wants no answer any more.
        if waiting.question in conversation.messages:
            asked = replace(conversation, leaf=waiting.question)
            self.chat.answer(asked, waiting.options)
