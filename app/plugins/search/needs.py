"""The names of the sources, their settings, and what they are short of."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, TypeVar

import msgspec

from app.domain.errors import UserError
from app.domain.remote import RemoteModel

DOCUMENTS: Final = "documents"
WIKIPEDIA: Final = "wikipedia"
WEB: Final = "web"
SEARXNG: Final = "searxng"
INDEX: Final = "index.sqlite3"
"""The documents' index, in the tool's own folder."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class DocumentSettings:
    """Which folders are indexed: absolute paths."""

    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WikipediaSettings:
    """Which ZIM files are searched: absolute paths."""

    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearxngSettings:
    """Which server is asked: `https://…`, or `http://` on this computer."""

    address: str = ""


def read(kind: type[_T], values: Mapping[str, Any]) -> _T:
    """Settings as they are kept; the defaults where they do not fit."""
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError:
        return kind()


def has_folders(values: Mapping[str, Any]) -> bool:
    """Whether there are documents to search."""
    return bool(read(DocumentSettings, values).folders)


def has_zim_files(values: Mapping[str, Any]) -> bool:
    """Whether there is an encyclopedia to search."""
    return bool(read(WikipediaSettings, values).files)


def has_server(values: Mapping[str, Any]) -> bool:
    """Whether there is a server to ask."""
    return searxng_server(read(SearxngSettings, values)) is not None


def searxng_server(settings: SearxngSettings) -> RemoteModel | None:
    """The server; None where none is named that may be connected to."""
    try:
        return RemoteModel.parse(settings.address)
    except UserError:
        return None


def can_read_zim() -> bool:
    """Whether the library for ZIM files is installed."""
    return find_spec("libzim") is not None


def can_search_web() -> bool:
    """Whether the library for search engines is installed."""
    return find_spec("ddgs") is not None
