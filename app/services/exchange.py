"""Chats to a file and from one: use cases for window and terminal.

A file gets its name when it is whole: until then it has another one beside it, so that
neither a full disk nor the death of the program leaves half an export. Of an import
each chat is in the archive as a whole or not at all.
"""

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

from app.domain.archived import ArchivedChat
from app.domain.errors import ErrorCode, UserError
from app.interchange import renaming
from app.interchange.findings import Finding, FoundChat, FoundPicture, Program
from app.interchange.labels import Labels
from app.interchange.limits import MOST_PICTURE
from app.store.conversations import ConversationStore
from app.store.pictures import PICTURE_NAMES
from app.store.writing import code_of

MOST_FINDINGS: Final = 100
"""That are kept of one import; the others are counted."""
_EXPORT_CODES: Final = (ErrorCode.EXPORT_DISK_FULL, ErrorCode.EXPORT_FAILED)
_ARCHIVE_CODES: Final = (ErrorCode.DISK_FULL, ErrorCode.ARCHIVE_READ_ONLY)


class Format(StrEnum):
    """What chats are exported as; the value is the name in the terminal."""

    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    TEXT = "text"
    TRAINING = "training"
    PREFERENCES = "preferences"

    @property
    def ending(self) -> str:
        """How the name of such a file ends."""
        return _ENDINGS[self]


_ENDINGS: Final = {
    Format.JSON: ".json",
    Format.MARKDOWN: ".md",
    Format.HTML: ".html",
    Format.TEXT: ".txt",
    Format.TRAINING: ".moss.json",
    Format.PREFERENCES: ".jsonl",
}


def format_of(path: Path) -> Format:
    """The format that a file's name says; JSON, which loses nothing, by default."""
    name = path.name.lower()
    fitting = [kind for kind in Format if name.endswith(kind.ending)]
    return max(fitting, key=lambda kind: len(kind.ending), default=Format.JSON)


@dataclass(slots=True)
class Exported:
    """What became of an export.

    Attributes:
        chats: How many chats were read for the file.
        unreadable: How many records in the archive could not be read.
        missing: How many chats were not there any more.
    """

    chats: int = 0
    unreadable: int = 0
    missing: int = 0


@dataclass(slots=True)
class Imported:
    """What became of an import.

    Attributes:
        chats: Ids of the chats that are new in the archive, in the file's order.
        messages: How many messages they have.
        pictures: How many pictures were taken in.
        programs: Whose files they were.
        findings: What could not be taken in; not more than `MOST_FINDINGS`.
        further: How many findings there are besides.
        stopped: Why it ended before the end of the file, such as a full disk; what is
            counted here was kept.
    """

    chats: list[str] = field(default_factory=list)
    messages: int = 0
    pictures: int = 0
    programs: list[Program] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    further: int = 0
    stopped: UserError | None = None

    def note(self, finding: Finding) -> None:
        """Keeps a finding, or counts it."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.further += 1


def _new_id() -> str:
    return uuid.uuid4().hex


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Exports and imports chats of one archive.

    Attributes:
        archive: The chats.
        pictures: The folder of their pictures; may not be there.
        clock: Now, for what is imported without a time.
        new_id: Makes an id for what is imported under one that is taken.
    """

    archive: ConversationStore
    pictures: Path
    clock: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id

    def export(
        self,
        path: Path,
        kind: Format,
        *,
        ids: Sequence[str] | None = None,
        labels: Labels | None = None,
    ) -> Exported:
        """Writes chats into one file, over one that is there; see `exporting`."""
        *_, done = self.exporting(path, kind, ids=ids, labels=labels)
        return done

    def exporting(
        self,
        path: Path,
        kind: Format,
        *,
        ids: Sequence[str] | None = None,
        labels: Labels | None = None,
    ) -> Iterator[Exported]:
        """Writes chats into one file, over one that is there, in steps.

        Args:
            path: The file.
            kind: What it shall be.
            ids: The chats, in their order; None is all that are not in the trash, the
                oldest first.
            labels: Words and time zone of a file that people read.

        Yields:
            What is done after each chat, always the same object. Whoever stops taking
            steps and closes the iterator leaves no file behind.

        Raises:
            UserError: `EXPORT_FAILED`, `EXPORT_DISK_FULL`, or what the archive says.
                No file was written then, and one that was there is as it was.
        """
        done = Exported()
        chats = self._chats(self.archive.ids() if ids is None else ids, done)
        pieces = self._pieces(chats, kind, labels or Labels(zone=None))
        for _ in _writing(path, pieces, codes=_EXPORT_CODES):
            yield done
        yield done

    def import_(self, path: Path) -> Imported:
        """Takes in the chats of a file, a ZIP archive or a folder; see `importing`."""
        *_, done = self.importing(path)
        return done

    def importing(self, path: Path) -> Iterator[Imported]:
        """Takes in the chats of a file, a ZIP archive or a folder, in steps.

        Yields:
            What is done after each chat, always the same object. What was taken in
            stays when no more steps are taken.

        Raises:
            UserError: `IMPORT_FAILED`, `IMPORT_UNKNOWN`, `IMPORT_NEWER` or
                `IMPORT_TOO_LARGE`, or what the archive says; nothing was taken in.
        """
        # Imported late: few who open the window import chats in it.
        from app.interchange import reading  # noqa: PLC0415
        from app.interchange.bundle import opened  # noqa: PLC0415

        done = Imported()
        try:
            with opened(path) as bundle:
                for found in reading.read(bundle, self.clock()):
                    self._take_in(found, done)
                    yield done
        except UserError as error:
            if not done.chats:
                raise
            done.stopped = error
        yield done

    def _chats(self, ids: Iterable[str], done: Exported) -> Iterator[ArchivedChat]:
        for identity in ids:
            loaded = self.archive.archived(identity)
            if loaded is None:
                done.missing += 1
            else:
                done.chats += 1
                done.unreadable += loaded.unreadable
                yield loaded.chat

    def _pieces(
        self, chats: Iterable[ArchivedChat], kind: Format, labels: Labels
    ) -> Iterator[bytes]:
        # Imported late, for the same reason.
        from app.interchange import (  # noqa: PLC0415
            html,
            markdown,
            moss_json,
            plain_text,
            preferences,
            training,
        )

        match kind:
            case Format.JSON:
                return moss_json.pieces(chats, self._picture)
            case Format.MARKDOWN:
                return markdown.pieces(chats, labels)
            case Format.HTML:
                return html.pieces(chats, labels, self._picture)
            case Format.TEXT:
                return plain_text.pieces(chats, labels)
            case Format.TRAINING:
                return training.pieces(chats)
            case Format.PREFERENCES:
                return preferences.pieces(chats)
            case _:
                assert_never(kind)

    def _picture(self, name: str) -> bytes | None:
        """What the file of a picture holds; None where it cannot be read."""
        if not PICTURE_NAMES.fullmatch(name):
            return None
        try:
            with (self.pictures / name).open("rb") as file:
                data = file.read(MOST_PICTURE + 1)
        except OSError:
            return None
        return data if len(data) <= MOST_PICTURE else None

    def _take_in(
        self, found: FoundChat | FoundPicture | Finding, done: Imported
    ) -> None:
        match found:
            case FoundChat():
                self._add(found, done)
            case FoundPicture():
                file = self.pictures / found.name
                for _ in _writing(file, [found.data], codes=_ARCHIVE_CODES):
                    pass
                done.pictures += 1
            case Finding():
                done.note(found)
            case _:
                assert_never(found)

    def _add(self, found: FoundChat, done: Imported) -> None:
        taken = self.archive.taken(renaming.ids(found.chat))
        chat = renaming.renamed(found.chat, taken, self.new_id)
        self.archive.add_archived(chat)
        done.chats.append(chat.conversation.id)
        done.messages += len(chat.conversation.messages)
        if found.program not in done.programs:
            done.programs.append(found.program)
        for finding in found.findings:
            done.note(finding)


def _writing(
    path: Path, pieces: Iterable[bytes], *, codes: tuple[ErrorCode, ErrorCode]
) -> Iterator[None]:
    """Writes a file under another name, and gives it its own when it is on the disk.

    Args:
        path: The file.
        pieces: What it shall hold; a step for each.
        codes: What a full disk is, and any other failure.

    Raises:
        UserError: With one of the codes.
    """
    unfinished = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                    yield
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
    except OSError as error:
        full = code_of(error) is ErrorCode.DISK_FULL
        code = codes[0] if full else codes[1]
        raise UserError(code, f"{path} ({error.strerror or error})") from error
