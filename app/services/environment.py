"""What of the program lies on this computer, and what went wrong in it lately.

What is found may be shown to others: folders are named by what is in them, and lines of
the log are `scrubbed` first.
"""

import os
import platform
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from app import __version__
from app.log import log_file
from app.paths import Paths

_TAIL_BYTES: Final = 256 << 10
_MOST_PROBLEMS: Final = 20
_RECORD: Final = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d{3} (WARNING|ERROR|CRITICAL) (.*)"
)
"""As `app.log` writes it."""
_TIME: Final = "%Y-%m-%d %H:%M:%S"
_QUOTED: Final = re.compile(r"'[^'\n]*[/\\][^'\n]*'|\"[^\"\n]*[/\\][^\"\n]*\"")
"""Paths as Python's errors name them, spaces and all."""
_PATH: Final = re.compile(r"[^\s'\"]*[/\\][^'\":<>]*")
"""Any other: where one ends nobody knows, so all that follows it goes."""
_HOST: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
_HIDDEN: Final = "…"


class Kind(StrEnum):
    """What lies in a folder."""

    CHATS = "chats"
    BACKUPS = "backups"
    PICTURES = "pictures"
    MODELS = "models"
    STATES = "states"
    TOOLS = "tools"


@dataclass(frozen=True, slots=True)
class Storage:
    """What a kind of data takes.

    Attributes:
        kind: What it is.
        files: How many files.
        size: Bytes of all of them.
        free: Bytes that are free on its disk; None where there is none yet.
    """

    kind: Kind
    files: int
    size: int
    free: int | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A warning or an error of the log.

    Attributes:
        moment: When, in local time.
        level: "WARNING", "ERROR" or "CRITICAL".
        text: What, without paths and addresses.
    """

    moment: datetime
    level: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """All findings.

    Attributes:
        version: The program's.
        python: Python's.
        system: The operating system, its version and kind of processor.
        frozen: Whether it runs out of an installer's build.
        storage: What lies where.
        problems: What went wrong lately, the newest last.
    """

    version: str
    python: str
    system: str
    frozen: bool
    storage: tuple[Storage, ...]
    problems: tuple[Problem, ...]


def look_around(paths: Paths, *, frozen: bool) -> Environment:
    """Looks through the user's folders and the log; reads no chat."""
    return Environment(
        version=__version__,
        python=platform.python_version(),
        system=f"{platform.platform(terse=True)} {platform.machine()}",
        frozen=frozen,
        storage=tuple(_storage(kind, path) for kind, path in places(paths).items()),
        problems=tuple(recent_problems(log_file(paths.data))),
    )


def places(paths: Paths) -> dict[Kind, Path]:
    """Where each kind of data lies: a folder, or a file and those beside it."""
    return {
        Kind.CHATS: paths.archive,
        Kind.BACKUPS: paths.backups,
        Kind.PICTURES: paths.pictures,
        Kind.MODELS: paths.models,
        Kind.STATES: paths.states,
        Kind.TOOLS: paths.tools,
    }


def recent_problems(log: Path) -> list[Problem]:
    """What a log's end says of warnings and errors; nothing where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            text = file.read(_TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        if record := _RECORD.fullmatch(line):
            moment, level, message = record.groups()
            with suppress(ValueError):  # a date that there is not
                when = datetime.strptime(moment, _TIME)  # noqa: DTZ007 -- local time
                found.append(Problem(when, level, scrubbed(message)))
    return found[-_MOST_PROBLEMS:]


def scrubbed(text: str) -> str:
    """A line of the log without addresses, paths, and names of files in paths."""
    for pattern in (_HOST, _QUOTED, _PATH):
        text = pattern.sub(_HIDDEN, text)
    return text


def _storage(kind: Kind, path: Path) -> Storage:
    count = size = 0
    for file in _files(path):
        with suppress(OSError):
            size += file.stat(follow_symlinks=False).st_size
            count += 1
    free = None
    with suppress(OSError):
        free = shutil.disk_usage(path if path.is_dir() else path.parent).free
    return Storage(kind, count, size, free)


def _files(path: Path) -> Iterator[Path]:
    """The files in a folder and below it, or a database with its companions."""
    if path.is_dir():
        for folder, _folders, names in os.walk(path):
            yield from (Path(folder, name) for name in names)
    elif path.is_file():
        yield path
        yield from path.parent.glob(f"{path.name}-*")
