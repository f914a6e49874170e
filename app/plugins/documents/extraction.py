"""Which files are read, by which format, and what becomes of their text."""

import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.plugins.documents.formats.damage import DAMAGE
from app.plugins.documents.formats.epub_text import read_epub
from app.plugins.documents.formats.html_text import read_html
from app.plugins.documents.formats.limits import (
    DOCUMENT_BYTES,
    TEXT_CHARACTERS,
    TEXT_FILE_BYTES,
)
from app.plugins.documents.formats.pdf_text import read_pdf
from app.plugins.documents.formats.plain_text import read_markdown, read_text
from app.plugins.documents.formats.word_text import read_word
from app.plugins.documents.passages import passages
from app.plugins.documents.suffixes import Kind, kind_of
from app.plugins.documents.values import Block, Passage, Problem, UnreadableError

_HASH_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class _Format:
    read: Callable[[Path], Iterable[Block]]
    most_bytes: int


_FORMATS: Final = {
    Kind.TEXT: _Format(read_text, TEXT_FILE_BYTES),
    Kind.MARKDOWN: _Format(read_markdown, TEXT_FILE_BYTES),
    Kind.HTML: _Format(read_html, TEXT_FILE_BYTES),
    Kind.PDF: _Format(read_pdf, DOCUMENT_BYTES),
    Kind.WORD: _Format(read_word, DOCUMENT_BYTES),
    Kind.EPUB: _Format(read_epub, DOCUMENT_BYTES),
}


def fingerprint(path: Path) -> bytes:
    """A hash of what stands in a file.

    Raises:
        UnreadableError: `TOO_LARGE`, or `NOT_ALLOWED`: there is no such file to read.
    """
    with _access():
        _check_size(path, _format(path))
        with path.open("rb") as file:
            return hashlib.file_digest(
                file, lambda: hashlib.blake2b(digest_size=_HASH_BYTES)
            ).digest()


def blocks(path: Path) -> Iterator[Block]:
    """A file's blocks, up to as much text as is read.

    Raises:
        UnreadableError: As `extract`; an empty file has no blocks, and is no problem.
    """
    left = TEXT_CHARACTERS
    with _access():
        reading = _format(path)
        _check_size(path, reading)
        for block in reading.read(path):
            left -= len(block.text)
            if left < 0:
                raise UnreadableError(Problem.TOO_LARGE)
            yield block


def content(path: Path) -> bytes:
    """What stands in a file of text.

    Raises:
        UnreadableError: `TOO_LARGE` or `NOT_ALLOWED`.
    """
    with _access():
        _check_size(path, _FORMATS[Kind.TEXT])
        return path.read_bytes()


def extract(path: Path) -> Iterator[Passage]:
    """The passages of a file, in their order.

    Raises:
        UnreadableError: There are none. `PARTLY_DAMAGED` comes behind the last of
            those that could be read.
    """
    found = False
    for passage in passages(blocks(path)):
        found = True
        yield passage
    if not found:
        raise UnreadableError(Problem.NO_TEXT)


def _format(path: Path) -> _Format:
    kind = kind_of(path)
    if kind is None:
        raise UnreadableError(Problem.NOT_TEXT)
    return _FORMATS[kind]


def _check_size(path: Path, reading: _Format) -> None:
    """Only ordinary files are opened: a pipe would be waited for."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError(Problem.NOT_ALLOWED)
    if status.st_size > reading.most_bytes:
        raise UnreadableError(Problem.TOO_LARGE)


@contextmanager
def _access() -> Iterator[None]:
    """Turns what the system and the parsers raise into `UnreadableError`."""
    try:
        yield
    except OSError as error:
        raise UnreadableError(Problem.NOT_ALLOWED, error.strerror or "") from error
    except DAMAGE as error:
        raise UnreadableError(Problem.DAMAGED, str(error)) from error
