"""What a download consists of: files of a repository, at one commit."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

_RESERVED: Final = re.compile(
    r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE
)
_FORBIDDEN: Final = frozenset('\\:*?"<>|')
_WEIGHTS: Final = frozenset({".bin", ".safetensors"})
_LONGEST_NAME: Final = 200
_LONGEST_PATH: Final = 400
_FIRST_PRINTABLE: Final = " "
OWN_ENDINGS: Final = (".part", ".part.json", ".part.json.new")
"""What a downloaded file may not end with: these names are ours."""


class Digest(StrEnum):
    """How a file's contents are known beforehand."""

    SHA256 = "sha256"
    """Of the file, as Git LFS and ModelScope say it."""
    GIT = "git"
    """Git's object id: SHA-1 of `blob SIZE`, a zero byte, and the file."""
    NONE = "none"
    """Not at all: only the size is."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the server's list has it.

    Attributes:
        path: Its name within the repository, with `/` between folders.
        size: Bytes.
        digest: Which kind of hash is known.
        hash: In lower-case hexadecimal digits; empty where none is known.
        revision: The commit to ask for.
    """

    path: str
    size: int
    digest: Digest = Digest.NONE
    hash: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository has.

    Attributes:
        repository: `OWNER/NAME`.
        revision: The commit, where the server tells it.
        files: All its files whose names can be used here.
        gated: Whether its owner lets only those in who agreed to something.
        licence: As its owner says; empty where nothing is said.
    """

    repository: str
    revision: str
    files: tuple[RemoteFile, ...] = field(default_factory=tuple)
    gated: bool = False
    licence: str = ""


def is_weights(path: str) -> bool:
    """Whether a checkpoint's file holds weights; the others are small."""
    return PurePosixPath(path).suffix in _WEIGHTS


def is_safe(path: str) -> bool:
    """Whether a name from a server may become a file below the download's folder.

    It has to be one on every system: nothing leads out of the folder, names a device
    or a stream of Windows, or would be taken for one of our own files.
    """
    parts = path.split("/")
    if not path or len(path) > _LONGEST_PATH or PurePosixPath(path).is_absolute():
        return False
    return all(_is_safe_part(part) for part in parts) and not path.endswith(OWN_ENDINGS)


def _is_safe_part(part: str) -> bool:
    return (
        0 < len(part.encode("utf-8", "replace")) <= _LONGEST_NAME
        and not part.startswith((".", " "))
        and not part.endswith((".", " "))
        and _RESERVED.fullmatch(part) is None
        and not any(c in _FORBIDDEN or c < _FIRST_PRINTABLE for c in part)
        and part.isprintable()
    )
