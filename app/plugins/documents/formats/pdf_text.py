"""The text of PDF files, page by page, through pypdf."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.plugins.documents.formats.damage import DAMAGE
from app.plugins.documents.formats.limits import PAGES
from app.plugins.documents.values import Block, Problem, UnreadableError

_LOG: Final = logging.getLogger(__name__)
_END: Final = b"%%EOF"
_END_BYTES: Final = 65536
"""Where the end mark must be. Readers look at the last 1024 bytes; some programs
append more than that behind it."""


def read_pdf(path: Path) -> Iterator[Block]:
    """One block a page.

    Raises:
        UnreadableError: `DAMAGED`, `ENCRYPTED`, `TOO_LARGE`, or, behind the last page,
            `PARTLY_DAMAGED` where pages were left out.
    """
    import pypdf  # noqa: PLC0415 -- 0.1 s that other formats do without
    from pypdf.errors import DependencyError, PyPdfError  # noqa: PLC0415

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    _check_end(path)
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError(Problem.ENCRYPTED)
        count = len(reader.pages)
    except DependencyError as error:
        # AES, for which pypdf wants another library.
        raise UnreadableError(Problem.ENCRYPTED, str(error)) from error
    except (PyPdfError, *DAMAGE) as error:
        raise UnreadableError(Problem.DAMAGED, str(error)) from error
    if count > PAGES:
        raise UnreadableError(Problem.TOO_LARGE, f"{count} pages")
    left_out = 0
    for number in range(1, count + 1):
        try:
            text = reader.pages[number - 1].extract_text()
        except (PyPdfError, *DAMAGE):
            _LOG.debug("page %d is left out", number, exc_info=True)
            left_out += 1
        else:
            yield Block(text, page=number)
    if left_out:
        all_of_them = left_out == count
        raise UnreadableError(
            Problem.DAMAGED if all_of_them else Problem.PARTLY_DAMAGED,
            f"{left_out} / {count}",
        )


def _check_end(path: Path) -> None:
    """A file that was cut off is damaged, however much of it can still be found."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_BYTES))
        if _END not in file.read():
            raise UnreadableError(Problem.DAMAGED, "no end")
