"""Which tool processes there are, and what runs in each.

The tools of one kind share a process, its limits and its fate. Each installed tool has
a process of its own: `extension:` and the name of its entry point.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from typing import Final

from app import children
from app.children import Child
from app.plugins.api import Setup, ToolRunner
from app.plugins.search.needs import DOCUMENTS, SEARXNG, WEB, WIKIPEDIA

GROUP: Final = "moss_desktop.tools"
"""The group of entry points by which packages add tools."""
_EXTENSION: Final = "extension:"

Factory = Callable[[Setup], ToolRunner]


class Kind(StrEnum):
    """A process with tools of this program."""

    COMPUTE = "compute"
    SEARCH = "search"
    WEB = "web"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tool process may take, besides the time that its parent gives a command.

    Attributes:
        memory: Bytes of address space; 0 for no limit.
        seconds: Processor time for one command; 0 for no limit.
    """

    memory: int = 0
    seconds: float = 0.0


COMPUTE_LIMITS: Final = Limits(memory=320 * 1024 * 1024, seconds=0.9)
"""With SymPy loaded the process takes 155 MB of address space, of which 55 MB are
memory in use and most of the rest is what the C library sets aside for a thread. SymPy
needs less than 0.7 seconds for what it can do at all, with few exceptions."""


def limits(process: str) -> Limits:
    """What a process may take: what only computes little, what loads models more."""
    return COMPUTE_LIMITS if process == Kind.COMPUTE else Limits()


def extension(name: str) -> str:
    """The process of an installed tool."""
    return _EXTENSION + name


def extension_name(process: str) -> str:
    """The entry point of a process; empty where it has this program's tools."""
    return process.removeprefix(_EXTENSION) if process.startswith(_EXTENSION) else ""


def command_line(process: str = Kind.COMPUTE) -> tuple[str, ...]:
    """What starts a tool process."""
    return children.command_line(Child.TOOLS, "--kind", process)


def factories(process: str) -> Mapping[str, Factory]:
    """What makes the tools of a process, by their names.

    Each process imports its own tools only; an installed one may raise anything.
    """
    name = extension_name(process)
    if name:
        return {name: _installed(name)}
    match Kind(process):
        case Kind.COMPUTE:
            from app.plugins.builtin.calculator import Calculator  # noqa: PLC0415
            from app.plugins.builtin.solver import Solver  # noqa: PLC0415

            return {"calculate": lambda _: Calculator(), "solve": lambda _: Solver()}
        case Kind.SEARCH:
            from app.plugins.search.documents import DocumentSearch  # noqa: PLC0415
            from app.plugins.search.wikipedia import WikipediaSearch  # noqa: PLC0415

            return {DOCUMENTS: DocumentSearch, WIKIPEDIA: WikipediaSearch}
        case Kind.WEB:
            from app.plugins.search.searxng import SearxngSearch  # noqa: PLC0415
            from app.plugins.search.web import WebSearch  # noqa: PLC0415

            return {WEB: WebSearch, SEARXNG: SearxngSearch}
        case Kind.PICTURES:
            from app.plugins.pictures.runner import TextToImage  # noqa: PLC0415

            return {"text_to_image": TextToImage}


def _installed(name: str) -> Factory:
    """Imports what an entry point names.

    Raises:
        LookupError: There is no such entry point any more.
    """
    found = metadata.entry_points(group=GROUP, name=name)
    if not found:
        message = f"no package has the entry point {name}"
        raise LookupError(message)
    factory: Factory = next(iter(found)).load()
    return factory
