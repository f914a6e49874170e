"""Why a document cannot be found, in plain words."""

from collections.abc import Mapping
from typing import Final

from app.plugins.documents.values import Problem
from app.services.marking import QT_TRANSLATE_NOOP

PROBLEMS: Final[Mapping[Problem, str]] = {
    Problem.DAMAGED: QT_TRANSLATE_NOOP("Words", "The file is damaged."),
    Problem.PARTLY_DAMAGED: QT_TRANSLATE_NOOP(
        "Words", "Some pages are damaged; the others can be found."
    ),
    Problem.ENCRYPTED: QT_TRANSLATE_NOOP("Words", "The file is encrypted."),
    Problem.NO_TEXT: QT_TRANSLATE_NOOP(
        "Words", "There is no text in it; scanned pages are pictures."
    ),
    Problem.NOT_TEXT: QT_TRANSLATE_NOOP("Words", "This is no text."),
    Problem.TOO_LARGE: QT_TRANSLATE_NOOP("Words", "The file is too large."),
    Problem.EXPANDS: QT_TRANSLATE_NOOP(
        "Words", "The file unpacks to far too much; it may be a trap."
    ),
    Problem.ENTITIES: QT_TRANSLATE_NOOP(
        "Words", "The file declares entities, as no document needs to."
    ),
    Problem.TIME_LIMIT: QT_TRANSLATE_NOOP("Words", "Reading it took too long."),
    Problem.MEMORY: QT_TRANSLATE_NOOP("Words", "Reading it took too much memory."),
    Problem.NOT_ALLOWED: QT_TRANSLATE_NOOP("Words", "The file may not be read."),
    Problem.NAME: QT_TRANSLATE_NOOP(
        "Words", "Its name holds characters that are not Unicode; rename it."
    ),
    Problem.READER_LOST: QT_TRANSLATE_NOOP(
        "Words", "The program that reads files broke off at it."
    ),
}
"""A sentence for each reason why a file was skipped."""
