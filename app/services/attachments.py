"""The files of messages that are being written: read in a child, kept with the draft.

A file belongs to the chat that was open when it was attached. It is read even if
another chat is opened meanwhile, and waits there with the draft.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import PurePath
from typing import Protocol

from app.domain.attachments import Attachment, plain_name
from app.domain.errors import UserError
from app.plugins.documents.values import Problem
from app.services.attachment_words import is_picture, picture_phrase, problem_phrase
from app.services.words import Phrase


class FileReaderLink(Protocol):
    """Reads files in a process; answers come as `AttachmentService.file_read`."""

    def read(self, path: str) -> None:
        """Reads a file; one at a time."""

    def cancel(self) -> None:
        """Gives it up; no answer follows."""


class DraftArchive(Protocol):
    """Where the files of drafts are kept; every method may raise `UserError`."""

    def load(self, conversation_id: str = "") -> tuple[Attachment, ...]:
        """Those of a chat."""

    def save(self, conversation_id: str, attachments: Sequence[Attachment]) -> None:
        """Keeps others in their place."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a message that is being written.

    Attributes:
        key: Tells it from the others.
        name: The file's name.
        attachment: Its text; None while it is being read.
    """

    key: int
    name: str
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    chat: str
    key: int
    path: str


class AttachmentService:
    """The files of drafts.

    Args:
        link: Reads files.
        archive: Keeps them with the drafts.
        changed: Is told when there are others in the open chat.
        noted: Is told what became of a file that could not be attached.
        failed: Is told what the archive cannot keep.
    """

    def __init__(
        self,
        link: FileReaderLink,
        archive: DraftArchive,
        *,
        changed: Callable[[], None],
        noted: Callable[[Phrase], None],
        failed: Callable[[UserError], None],
    ) -> None:
        self._link = link
        self._archive = archive
        self._changed = changed
        self._noted = noted
        self._failed = failed
        self._keys = count(1)
        self._chat = ""
        self._drafts: dict[str, list[Enclosure]] = {}
        self._queue: deque[_Waiting] = deque()

    @property
    def enclosures(self) -> tuple[Enclosure, ...]:
        """The files of the open chat's draft."""
        return tuple(self._drafts.get(self._chat, ()))

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Those of them that have been read."""
        return _read(self.enclosures)

    def show(self, conversation_id: str) -> None:
        """Takes another chat as the open one; empty for one that has not begun."""
        before, self._chat = self._chat, conversation_id
        if not any(waiting.chat == before for waiting in self._queue):
            self._drafts.pop(before, None)
        if conversation_id not in self._drafts:
            try:
                kept = self._archive.load(conversation_id)
            except UserError as error:
                self._failed(error)
                kept = ()
            self._drafts[conversation_id] = [
                Enclosure(next(self._keys), each.name, each) for each in kept
            ]
        self._changed()

    def forget(self) -> None:
        """Drops everything: the archive has become another one."""
        self._link.cancel()
        self._queue.clear()
        self._drafts.clear()

    def add_files(self, paths: Iterable[str]) -> None:
        """Attaches files, one after the other."""
        idle = not self._queue
        for path in paths:
            name = plain_name(PurePath(path).name)
            if is_picture(path):
                self._noted(picture_phrase(name))
            elif not _is_unicode(path):
                self._noted(problem_phrase(name, Problem.NAME))
            else:
                enclosure = Enclosure(next(self._keys), name)
                self._open_draft.append(enclosure)
                self._queue.append(_Waiting(self._chat, enclosure.key, path))
        self._changed()
        if idle:
            self._read_next()

    def add_text(self, name: str, text: str) -> None:
        """Attaches a text that is no file."""
        if text.strip():
            attachment = Attachment(plain_name(name), text.strip("\n"))
            key = next(self._keys)
            self._open_draft.append(Enclosure(key, attachment.name, attachment))
            self._keep(self._chat)
            self._changed()

    def remove(self, key: int) -> None:
        """Takes a file of the open chat's draft away."""
        self._drafts[self._chat] = [e for e in self._open_draft if e.key != key]
        first = self._queue[0].key if self._queue else None
        self._queue = deque(each for each in self._queue if each.key != key)
        if first == key:
            self._link.cancel()
            self._read_next()
        self._keep(self._chat)
        self._changed()

    def put(self, key: int, attachment: Attachment) -> None:
        """Sends another text of a file, such as its beginning."""
        self._set(self._chat, key, attachment)

    def sent(self) -> None:
        """The files of the open chat's draft have gone; what is not read yet stays."""
        left = [each for each in self._open_draft if each.attachment is None]
        self._drafts[self._chat] = left
        self._keep(self._chat)
        self._changed()

    def file_read(self, text: str, problem: Problem | None) -> None:
        """Takes the answer of `FileReaderLink.read`."""
        if not self._queue:
            return
        waiting = self._queue.popleft()
        draft = self._drafts.get(waiting.chat, [])
        found = next((each for each in draft if each.key == waiting.key), None)
        if found is not None:
            self._take(waiting, Attachment(found.name, text))
            if problem is not None:
                self._noted(problem_phrase(found.name, problem))
        self._read_next()

    def _take(self, waiting: _Waiting, attachment: Attachment) -> None:
        """Attaches what was read; nothing, and what is there already, is left out."""
        draft = self._drafts[waiting.chat]
        if attachment.text and attachment not in _read(draft):
            self._set(waiting.chat, waiting.key, attachment)
        else:
            draft[:] = [each for each in draft if each.key != waiting.key]
            self._changed()

    @property
    def _open_draft(self) -> list[Enclosure]:
        return self._drafts.setdefault(self._chat, [])

    def _read_next(self) -> None:
        if self._queue:
            self._link.read(self._queue[0].path)

    def _set(self, chat: str, key: int, attachment: Attachment) -> None:
        self._drafts[chat] = [
            replace(each, attachment=attachment) if each.key == key else each
            for each in self._drafts.get(chat, ())
        ]
        self._keep(chat)
        self._changed()

    def _keep(self, chat: str) -> None:
        try:
            self._archive.save(chat, _read(self._drafts.get(chat, ())))
        except UserError as error:
            self._failed(error)


def _read(enclosures: Iterable[Enclosure]) -> tuple[Attachment, ...]:
    return tuple(e.attachment for e in enclosures if e.attachment is not None)


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
