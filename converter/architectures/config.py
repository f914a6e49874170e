"""Numbers out of a `config.json`, checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from converter.errors import CheckpointError

_MOST = 1 << 31


def count(
    config: Mapping[str, Any], file: Path, *names: str, default: int | None = None
) -> int:
    """Returns a positive whole number.

    Args:
        config: Contents of the file.
        file: Where it is, for messages.
        names: Keys to look under, in order.
        default: What it is where none of them is there; None if one has to be.

    Raises:
        CheckpointError: It is missing or no such number.
    """
    for name in names:
        value = config.get(name)
        if value is None:
            continue
        if type(value) is int and 0 < value < _MOST:
            return value
        raise CheckpointError(problem=f"{name} is {value!r:.40}, no count", file=file)
    if default is None:
        raise CheckpointError(
            problem=f"{names[0]} is missing",
            file=file,
            remedy="download the file again",
        )
    return default


def number(config: Mapping[str, Any], file: Path, name: str) -> float:
    """Returns the epsilon of a norm, between 0 and 1; 1e-5 where it is missing.

    Raises:
        CheckpointError: It is no such number.
    """
    value = config.get(name, 1e-5)
    if type(value) in {int, float} and 0 < value < 1:
        return float(value)
    raise CheckpointError(
        problem=f"{name} is {value!r:.40}, no small number", file=file
    )
