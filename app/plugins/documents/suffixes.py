"""Which files are documents: known by their names alone, so that a scan is fast."""

from enum import StrEnum
from pathlib import PurePath
from typing import Final


class Kind(StrEnum):
    """How a file is read."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    PDF = "pdf"
    WORD = "word"
    EPUB = "epub"


_TEXT: Final = (
    "txt text log csv tsv rst org tex adoc srt vtt json jsonl yaml yml toml ini cfg "
    "conf xml "
    # Source code.
    "py pyi pyx ipynb js mjs ts tsx jsx java kt scala go rs c h cc cpp cxx hpp cs "
    "swift rb php pl lua r jl m sh bash zsh ps1 bat sql css scss vue dart ex exs erl "
    "hs ml clj lisp el vim cmake proto asm s f90 v vhd"
)
_KINDS: Final = {
    **{f".{name}": Kind.TEXT for name in _TEXT.split()},
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".pdf": Kind.PDF,
    ".docx": Kind.WORD,
    ".epub": Kind.EPUB,
}
SKIPPED_FOLDERS: Final = frozenset(
    {"node_modules", "__pycache__", "site-packages", "$RECYCLE.BIN"}
)
"""Full of files that nobody wrote here; those that begin with a dot are besides."""


def kind_of(path: PurePath) -> Kind | None:
    """How a file is read; None for one that is no document."""
    return _KINDS.get(path.suffix.lower())
