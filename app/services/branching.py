"""What the user does with messages that are there: edit, again, on, fork, delete.

Nothing is ever overwritten: an edited question and another answer are branches beside
the old ones, and what is deleted lies in the trash with all that follows it.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.domain import branches
from app.domain.attachments import Attachment
from app.domain.conversation import Conversation, Message
from app.domain.errors import ErrorCode, UserError
from app.domain.feedback import Feedback
from app.domain.generation import Segment
from app.services.asking import Asking
from app.services.chat import ChatService
from app.services.exact_prompt import exact_prompt
from app.services.links import Archive, Clock
from app.services.reply import ReplyOptions


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion took away.

    Attributes:
        conversation: The chat's id.
        messages: Ids of the messages that are in the trash now.
        leaf: The end of the path that was shown before.
    """

    conversation: str
    messages: tuple[str, ...]
    leaf: str | None


class Branching:
    """The branches of chats.

    Every method raises `UserError`: CHAT_NOT_FOUND when chat or message is not there
    any more, BUSY when a reply is just being written where it would get in the way,
    or what the archive raises.

    Args:
        chat: Writes replies.
        asking: Has questions answered.
        archive: Where messages are kept.
        clock: Tells the time, in UTC.
    """

    def __init__(
        self, *, chat: ChatService, asking: Asking, archive: Archive, clock: Clock
    ) -> None:
        self._chat = chat
        self._asking = asking
        self._archive = archive
        self._clock = clock

    def edit(
        self,
        conversation_id: str,
        message_id: str,
        *,
        text: str,
        options: ReplyOptions,
        attachments: Sequence[Attachment] = (),
    ) -> None:
        """Asks something else in a message's place; the old branch stays."""
        conversation, message = self._found(conversation_id, message_id)
        above = replace(conversation, leaf=message.parent)
        self._asking.ask(
            above,
            text,
            options,
            before=conversation.leaf,
            attachments=attachments,
        )

    def regenerate(
        self, conversation_id: str, message_id: str, options: ReplyOptions
    ) -> None:
        """Has another version of a reply written; the old one stays.

        A seed that was chosen would only give the same one again.
        """
        conversation, message = self._found(conversation_id, message_id)
        asked = self._with_leaf(conversation, message.parent)
        sampling = replace(options.sampling, seed=None)
        self._chat.answer(asked, replace(options, sampling=sampling))

    def resume(
        self, conversation_id: str, message_id: str, options: ReplyOptions
    ) -> None:
        """Has a reply written on in its place."""
        conversation, message = self._found(conversation_id, message_id)
        self._with_leaf(conversation, message.parent)
        self._chat.resume(replace(conversation, leaf=message_id), options)
        if conversation.leaf != message_id:
            self._archive.set_leaf(conversation_id, message_id)

    def turn(self, conversation_id: str, message_id: str, step: int) -> None:
        """Shows another version of a message, with the newest of what follows it.

        Args:
            conversation_id: The chat.
            message_id: The version that is shown.
            step: How many versions further on; less than 0 goes back.
        """
        conversation, message = self._found(conversation_id, message_id)
        self._require_rest(conversation_id)
        versions = branches.versions(conversation, message_id)
        place = versions.index(message) + step
        if not 0 <= place < len(versions):
            return
        leaf = branches.newest_leaf(conversation, versions[place].id)
        self._archive.set_leaf(conversation_id, leaf)

    def versions(self, conversation_id: str, message_id: str) -> tuple[Message, ...]:
        """A message and those in its place in other branches, oldest first."""
        conversation, _ = self._found(conversation_id, message_id)
        return branches.versions(conversation, message_id)

    def prefer(self, conversation_id: str, message_id: str, over: str) -> None:
        """Keeps that a version of a reply is better than another, and shows it."""
        conversation, better = self._found(conversation_id, message_id)
        self._require_rest(conversation_id)
        worse = conversation.messages.get(over)
        if worse is None:
            raise UserError(ErrorCode.CHAT_NOT_FOUND)
        chosen = better.feedback.preferred_over
        leaf = conversation.leaf
        if better not in conversation.path():
            leaf = branches.newest_leaf(conversation, message_id)
        with self._archive.together():
            if over not in chosen:
                self._prefer(better, (*chosen, over))
            if message_id in worse.feedback.preferred_over:
                left = [m for m in worse.feedback.preferred_over if m != message_id]
                self._prefer(worse, tuple(left))
            self._archive.set_leaf(conversation_id, leaf)

    def fork(self, conversation_id: str, message_id: str) -> str:
        """Copies what is shown up to a message into a chat of its own; its id."""
        conversation, _ = self._found(conversation_id, message_id)
        ids = {known: uuid.uuid4().hex for known in conversation.messages}
        forked = branches.fork(
            conversation, message_id, chat_id=uuid.uuid4().hex, ids=ids
        )
        self._archive.add(forked, self._clock())
        return forked.id

    def delete(self, conversation_id: str, message_id: str) -> Deleted:
        """Puts a message and everything that follows it into the trash."""
        conversation, _ = self._found(conversation_id, message_id)
        self._require_rest(conversation_id)
        gone = branches.below(conversation, message_id)
        left = branches.without(conversation, message_id)
        with self._archive.together():
            self._archive.trash_messages(gone, self._clock())
            self._archive.set_leaf(conversation_id, left.leaf)
        return Deleted(conversation_id, gone, conversation.leaf)

    def restore(self, deleted: Deleted) -> None:
        """Takes a deletion back and shows what was shown before it."""
        self._require_rest(deleted.conversation)
        with self._archive.together():
            self._archive.restore_messages(deleted.messages)
            self._archive.set_leaf(deleted.conversation, deleted.leaf)

    def pin(self, conversation_id: str, message_id: str, *, pinned: bool) -> None:
        """Has the model see a message however long the chat becomes, or not."""
        self._note(conversation_id, message_id, lambda m: replace(m, pinned=pinned))

    def judge(self, conversation_id: str, message_id: str, feedback: Feedback) -> None:
        """Keeps what the user thinks of a reply."""
        self._note(conversation_id, message_id, lambda m: replace(m, feedback=feedback))

    def _prefer(self, message: Message, preferred_over: tuple[str, ...]) -> None:
        feedback = replace(message.feedback, preferred_over=preferred_over)
        self._archive.note(replace(message, feedback=feedback))

    def _note(
        self,
        conversation_id: str,
        message_id: str,
        change: Callable[[Message], Message],
    ) -> None:
        _, message = self._found(conversation_id, message_id)
        self._chat.note(conversation_id, change(message))

    def prompt(self, conversation_id: str, message_id: str) -> tuple[Segment, ...]:
        """All that the model was given for a reply, and the reply."""
        conversation, _ = self._found(conversation_id, message_id)
        return exact_prompt(conversation, message_id, self._chat.form)

    def _found(
        self, conversation_id: str, message_id: str
    ) -> tuple[Conversation, Message]:
        conversation = self._chat.open(conversation_id).conversation
        message = conversation.messages.get(message_id)
        if message is None:
            raise UserError(ErrorCode.CHAT_NOT_FOUND)
        return conversation, message

    def _with_leaf(self, conversation: Conversation, leaf: str | None) -> Conversation:
        """The conversation up to a message, which must be there."""
        if leaf not in conversation.messages:
            raise UserError(ErrorCode.CHAT_NOT_FOUND)
        return replace(conversation, leaf=leaf)

    def _require_rest(self, conversation_id: str) -> None:
        if self._chat.active_conversation == conversation_id:
            raise UserError(ErrorCode.BUSY)
