"""What an export or an import came to, in plain words; see `app.services.words`."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.interchange.findings import Finding, Flaw
from app.services.exchange import Exported, Imported
from app.services.marking import QT_TRANSLATE_NOOP
from app.services.words import Phrase

FLAWS: Final[Mapping[Flaw, str]] = {
    Flaw.CHAT: QT_TRANSLATE_NOOP(
        "Words", "This chat could not be read and was left out: {0}"
    ),
    Flaw.EMPTY: QT_TRANSLATE_NOOP(
        "Words", "This chat has no messages and was left out: {0}"
    ),
    Flaw.MESSAGES: QT_TRANSLATE_NOOP(
        "Words", "Messages that could not be read and were left out: {1} in “{0}”"
    ),
    Flaw.SHORTENED: QT_TRANSLATE_NOOP(
        "Words", "Texts that were too long were cut by {1} characters in “{0}”"
    ),
    Flaw.PICTURE: QT_TRANSLATE_NOOP(
        "Words", "This picture is damaged and was left out: {0}"
    ),
    Flaw.ENDS_EARLY: QT_TRANSLATE_NOOP(
        "Words",
        "The file is damaged or ends too early; what is before that was read. {0}",
    ),
    Flaw.TOO_LARGE: QT_TRANSLATE_NOOP(
        "Words", "This file is too large and was left out: {0}"
    ),
    Flaw.TOO_MANY: QT_TRANSLATE_NOOP(
        "Words",
        "There are more chats than can be imported at once; the rest, from "
        "{0} on, was left out.",
    ),
    Flaw.NEWER: QT_TRANSLATE_NOOP(
        "Words", "This file is of a newer version of its program and was left out: {0}"
    ),
    Flaw.UNKNOWN: QT_TRANSLATE_NOOP("Words", "This is no chat and was left out: {0}"),
}
"""Why something was left out: `{0}` says where, `{1}` how much."""

_EXPORTED: Final = QT_TRANSLATE_NOOP("Words", "Exported chats: {0}")
_UNREADABLE: Final = QT_TRANSLATE_NOOP(
    "Words", "Messages that could not be read in the archive and are missing: {0}"
)
_MISSING: Final = QT_TRANSLATE_NOOP("Words", "Chats that are not there any more: {0}")
_IMPORTED: Final = QT_TRANSLATE_NOOP(
    "Words", "Imported chats: {0}, with {1} messages. They come from: {2}"
)
_NOTHING: Final = QT_TRANSLATE_NOOP("Words", "No chat was imported.")
_PICTURES: Final = QT_TRANSLATE_NOOP("Words", "Imported pictures: {0}")
_FURTHER: Final = QT_TRANSLATE_NOOP("Words", "Further remarks: {0}")


def finding_phrase(finding: Finding) -> Phrase:
    """Why something was left out."""
    return Phrase(FLAWS[finding.flaw], (finding.place, finding.count))


def exported_phrases(done: Exported) -> Iterator[Phrase]:
    """What an export came to."""
    yield Phrase(_EXPORTED, (done.chats,))
    if done.unreadable:
        yield Phrase(_UNREADABLE, (done.unreadable,))
    if done.missing:
        yield Phrase(_MISSING, (done.missing,))


def imported_phrases(done: Imported) -> Iterator[Phrase]:
    """What an import came to; why it stopped early is not among it."""
    if done.chats:
        names = ", ".join(program.value for program in done.programs)
        yield Phrase(_IMPORTED, (len(done.chats), done.messages, names))
    else:
        yield Phrase(_NOTHING)
    if done.pictures:
        yield Phrase(_PICTURES, (done.pictures,))
    yield from map(finding_phrase, done.findings)
    if done.further:
        yield Phrase(_FURTHER, (done.further,))
