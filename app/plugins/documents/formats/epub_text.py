"""The text of e-books (EPUB 2 and 3): the chapters of the spine, in their order."""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from app.plugins.documents.formats import xml_events
from app.plugins.documents.formats.archive import Archive
from app.plugins.documents.formats.html_text import html_blocks
from app.plugins.documents.formats.plain_text import decoded
from app.plugins.documents.values import Block, Problem, UnreadableError

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"


def read_epub(path: Path) -> Iterator[Block]:
    """The blocks of all chapters."""
    with Archive(path) as archive:
        for name in _chapters(archive):
            yield from html_blocks(decoded(archive.read(name)))


def _chapters(archive: Archive) -> list[str]:
    """The names of the chapters' parts.

    Raises:
        UnreadableError: `ENCRYPTED` where a chapter is (fonts often are), `DAMAGED`.
    """
    found = _Found()
    xml_events.parse(archive.read(_CONTAINER), found)
    if not found.package:
        raise UnreadableError(Problem.DAMAGED, "no package")
    xml_events.parse(archive.read(found.package), found)
    folder = posixpath.dirname(found.package)
    names = [
        posixpath.normpath(posixpath.join(folder, unquote(found.items[item])))
        for item in found.spine
        if item in found.items
    ]
    if not names:
        raise UnreadableError(Problem.DAMAGED, "no chapters")
    if archive.has(_ENCRYPTION):
        xml_events.parse(archive.read(_ENCRYPTION), found)
        if found.encrypted.intersection(names):
            raise UnreadableError(Problem.ENCRYPTED)
    return names


class _Found:
    """What the container, the package and the list of what is encrypted say."""

    def __init__(self) -> None:
        self.package = ""
        self.items: dict[str, str] = {}
        self.spine: list[str] = []
        self.encrypted: set[str] = set()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "rootfile":
                self.package = self.package or attributes.get("full-path", "")
            case "item" if "html" in attributes.get("media-type", ""):
                self.items[attributes.get("id", "")] = attributes.get("href", "")
            case "itemref":
                self.spine.append(attributes.get("idref", ""))
            case "CipherReference":
                self.encrypted.add(unquote(attributes.get("URI", "")))
            case _:
                pass

    def end(self, name: str) -> None:
        """Nothing."""

    def text(self, text: str) -> None:
        """Nothing."""
