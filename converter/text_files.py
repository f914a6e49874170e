"""Reads the small files of a checkpoint, which are text: JSON and lists of lines.

They come from strangers. So a file is measured before it is read, only a regular file
is read (a pipe has no end, and `/dev/zero` neither), and JSON may be nested only as
deep as everything that walks through it can follow.
"""

import json
from pathlib import Path
from typing import Any

from converter.errors import CheckpointError

_MAX_SIZE = 16 << 20  # the published files have 3 MB at most; as objects about 20 times
_MAX_DEPTH = 100
_AGAIN = "download it again"


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """Returns the contents of a text file.

    Raises:
        CheckpointError: It is missing, too large or no text.
    """
    try:
        if path.exists() and not path.is_file():
            raise CheckpointError(problem="this is no file", file=path, remedy=_AGAIN)
        if path.stat().st_size > _MAX_SIZE:
            raise CheckpointError(
                problem=f"the file is larger than {_MAX_SIZE >> 20} MB",
                file=path,
                remedy=_AGAIN,
            )
        return path.read_text(encoding)
    except FileNotFoundError as error:
        raise CheckpointError(
            problem="the file is missing",
            file=path,
            remedy="download it into the checkpoint's folder",
        ) from error
    except OSError as error:
        raise CheckpointError(
            problem=f"the file cannot be read ({error.strerror})", file=path
        ) from error
    except ValueError as error:
        raise CheckpointError(
            problem="the file is no text in UTF-8", file=path, remedy=_AGAIN
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """Returns the object in a JSON file.

    Raises:
        CheckpointError: It is missing, damaged or no object.
    """
    text = read_text(path, "utf-8-sig")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            problem="the file is no sound JSON", file=path, remedy=_AGAIN
        ) from error
    if not isinstance(value, dict):
        raise CheckpointError(
            problem="the file holds no JSON object", file=path, remedy=_AGAIN
        )
    if _is_deep(value):
        raise CheckpointError(
            problem="the file is nested too deeply", file=path, remedy=_AGAIN
        )
    return value


def _is_deep(value: object) -> bool:
    """Returns whether a value of JSON holds more than `_MAX_DEPTH` levels."""
    level: list[Any] = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
