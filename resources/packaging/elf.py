"""What a Linux library asks of others, as binutils' `objdump` reads it."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LIBRARY: Final = re.compile(r"^\s+NEEDED\s+(\S+)$", re.MULTILINE)
_GLIBC: Final = re.compile(r"\bGLIBC_(\d+)\.(\d+)")
_MAGIC: Final = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be there for a file to be loaded.

    Attributes:
        libraries: Names, without folders; those that it asks for itself.
        glibc: The newest interface of the C library that it uses; (0, 0) for none.
    """

    libraries: tuple[str, ...] = ()
    glibc: tuple[int, int] = (0, 0)


def needs(file: Path) -> Needs:
    """What a file asks for; nothing if it is no library or program.

    Raises:
        OSError: It cannot be read, or there is no objdump.
    """
    with file.open("rb") as opened:
        if opened.read(len(_MAGIC)) != _MAGIC:
            return Needs()
    command = ("objdump", "-p", file)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    versions = [(int(a), int(b)) for a, b in _GLIBC.findall(said)]
    return Needs(tuple(_LIBRARY.findall(said)), max(versions, default=(0, 0)))


def together(files: Iterable[Path]) -> Needs:
    """What all files of a folder ask of the system, and not of each other."""
    there = list(files)
    names = {path.name for path in there}
    asked = [needs(path) for path in there if path.is_file() and not path.is_symlink()]
    libraries = {name for one in asked for name in one.libraries}
    floor = max((one.glibc for one in asked), default=(0, 0))
    return Needs(tuple(sorted(libraries - names)), floor)
