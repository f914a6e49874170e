"""How the processes that belong to this program are started: the one place for it.

From source a child is a package that is run: `python -m app.engine`. A frozen build has
no Python to run packages with: there it is the program itself, and its first argument
says which child it is to be (`moss --engine`). `app.__main__` hands over to `run`, from
source too, so that this way can be tried without a build. Only `converter` starts a
child of its own elsewhere, in `converter.evaluation_process`: it shares no code.
"""

import runpy
import sys
from enum import Enum
from typing import Final

from app.frozen import is_frozen


class Child(Enum):
    """A kind of child process; its value is the package or module that it runs."""

    ENGINE = "app.engine"
    TOOLS = "app.plugins"
    DOCUMENTS = "app.plugins.documents"
    TYPESETTING = "app.typesetting"
    CONVERTER = "converter"
    DOWNLOADS = "app.catalogue.downloads"
    LIBRARY = "app.catalogue.library_worker"
    BANDWIDTH = "app.engine.bandwidth"

    @property
    def option(self) -> str:
        """The first argument that makes the program this child."""
        return _OPTIONS[self]


_OPTIONS: Final = {
    Child.ENGINE: "--engine",
    Child.TOOLS: "--tools",
    Child.DOCUMENTS: "--documents",
    Child.TYPESETTING: "--typesetting",
    Child.CONVERTER: "--convert",
    Child.DOWNLOADS: "--download",
    Child.LIBRARY: "--library",
    Child.BANDWIDTH: "--bandwidth",
}


def command_line(child: Child, *arguments: str) -> tuple[str, ...]:
    """What starts a child, from `app.paths.program_folder`.

    Args:
        child: Its kind.
        arguments: Its own arguments.
    """
    if is_frozen():
        return (sys.executable, child.option, *arguments)
    return (sys.executable, "-m", child.value, *arguments)


def program(*arguments: str) -> tuple[str, ...]:
    """What starts the program itself once more, such as `moss doctor`."""
    start = () if is_frozen() else ("-m", "app")
    return (sys.executable, *start, *arguments)


def named(arguments: list[str]) -> Child | None:
    """The child that these arguments of the program name; None for the program."""
    return next((c for c in Child if arguments[:1] == [c.option]), None)


def run(child: Child, arguments: list[str]) -> None:
    """Is this child from now on, until it is over; exits as it exits.

    Args:
        child: Its kind.
        arguments: Those of the program, of which the first is the child's option.
    """
    sys.argv = [sys.argv[0], *arguments[1:]]
    runpy.run_module(child.value, run_name="__main__")
