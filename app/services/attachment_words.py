"""Why a file cannot go along with a message, in plain words."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from app.plugins.documents.values import Problem
from app.services.marking import QT_TRANSLATE_NOOP
from app.services.words import Phrase

_PICTURE_SUFFIXES: Final = "png jpg jpeg gif webp bmp tif tiff heic avif ico psd"
_IS_PICTURE: Final = QT_TRANSLATE_NOOP(
    "Words", "“{0}” is a picture. The model reads only text."
)
_PROBLEMS: Final[Mapping[Problem, str]] = {
    Problem.DAMAGED: QT_TRANSLATE_NOOP(
        "Words", "“{0}” was not attached: the file is damaged."
    ),
    Problem.PARTLY_DAMAGED: QT_TRANSLATE_NOOP(
        "Words", "Some pages of “{0}” are damaged; the others were attached."
    ),
    Problem.ENCRYPTED: QT_TRANSLATE_NOOP(
        "Words", "“{0}” was not attached: the file is encrypted."
    ),
    Problem.NO_TEXT: QT_TRANSLATE_NOOP(
        "Words",
        "“{0}” was not attached: there is no text in it. Scanned pages are pictures.",
    ),
    Problem.NOT_TEXT: QT_TRANSLATE_NOOP(
        "Words",
        "“{0}” was not attached: it is not text. Text, Markdown, HTML, PDF, Word "
        "(docx), EPUB and source code can be.",
    ),
    Problem.TOO_LARGE: QT_TRANSLATE_NOOP(
        "Words", "“{0}” was not attached: it is far larger than a model can read."
    ),
    Problem.EXPANDS: QT_TRANSLATE_NOOP(
        "Words",
        "“{0}” was not attached: it unpacks to far too much and may be a trap.",
    ),
    Problem.ENTITIES: QT_TRANSLATE_NOOP(
        "Words",
        "“{0}” was not attached: it declares entities, as no document needs to.",
    ),
    Problem.TIME_LIMIT: QT_TRANSLATE_NOOP(
        "Words", "“{0}” was not attached: reading it took too long."
    ),
    Problem.MEMORY: QT_TRANSLATE_NOOP(
        "Words", "“{0}” was not attached: reading it took too much memory."
    ),
    Problem.NOT_ALLOWED: QT_TRANSLATE_NOOP(
        "Words",
        "“{0}” was not attached: it is a folder, or a file that may not be read.",
    ),
    Problem.NAME: QT_TRANSLATE_NOOP(
        "Words",
        "“{0}” was not attached: its name holds characters that are not Unicode.",
    ),
    Problem.READER_LOST: QT_TRANSLATE_NOOP(
        "Words",
        "“{0}” was not attached: the program that reads files broke off at it.",
    ),
}


def is_picture(path: str) -> bool:
    """Whether a file's name says that it is a picture."""
    return PurePath(path).suffix.lower().removeprefix(".") in _PICTURE_SUFFIXES.split()


def picture_phrase(name: str) -> Phrase:
    """What to say of a picture."""
    return Phrase(_IS_PICTURE, (name,))


def problem_phrase(name: str, problem: Problem) -> Phrase:
    """What became of a file that could not be read, or only in part."""
    return Phrase(_PROBLEMS[problem], (name,))
