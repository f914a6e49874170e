"""XML as a stream of events, for files from strangers.

Python's own expat binding and no tree: memory is what the caller keeps, and depth
costs nothing. A document type that declares entities is refused before any of them is
expanded (https://docs.python.org/3/library/xml.html#xml-vulnerabilities); the formats
that are read here have no use for one. Nothing is ever fetched.
"""

from collections.abc import Mapping
from typing import Protocol
from xml.parsers import expat

from app.plugins.documents.values import Problem, UnreadableError


class XmlHandler(Protocol):
    """Who is told what stands in a part; names come without their namespace."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters; one run may come in several pieces."""


def parse(data: bytes, handler: XmlHandler) -> None:
    """Tells `handler` what stands in `data`.

    Raises:
        UnreadableError: `DAMAGED` or `ENTITIES`.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = lambda name, attributes: handler.start(
        _local(name), {_local(key): value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda name: handler.end(_local(name))
    parser.CharacterDataHandler = handler.text
    try:
        parser.Parse(data, True)  # noqa: FBT003 -- expat takes no keywords
    except expat.ExpatError as error:
        raise UnreadableError(Problem.DAMAGED, str(error)) from error


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse(*_declaration: object) -> None:
    raise UnreadableError(Problem.ENTITIES)
