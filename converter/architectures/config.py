"""Numbers out of a `config.json`, checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from converter.errors import CheckpointError

MAX_LAYERS = 512
"""llama.cpp's `LLAMA_MAX_LAYERS`."""
MAX_CONTEXT = 1 << 31
MAX_COUNT = 1 << 20
"""Rows or columns; tables of that many numbers are made of them."""


def count(
    config: Mapping[str, Any],
    file: Path,
    *names: str,
    default: int | None = None,
    most: int = MAX_COUNT,
) -> int:
    """Returns a positive whole number.

    Args:
        config: Contents of the file.
        file: Where it is, for messages.
        names: Keys to look under, in order.
        default: What it is where none of them is there; None if one has to be.
        most: What it may be at most.

    Raises:
        CheckpointError: It is missing or no such number.
    """
    for name in names:
        value = config.get(name)
        if value is None:
            continue
        if type(value) is int and 0 < value <= most:
            return value
        raise CheckpointError(
            problem=f"{name} is {value!r:.40}, no count up to {most}", file=file
        )
    if default is None:
        raise CheckpointError(
            problem=f"{names[0]} is missing",
            file=file,
            remedy="download the file again",
        )
    return default


def number(
    config: Mapping[str, Any],
    file: Path,
    name: str,
    *,
    default: float = 1e-5,
    most: float = 1.0,
) -> float:
    """Returns a positive number, such as the epsilon of a norm.

    Args:
        config: Contents of the file.
        file: Where it is, for messages.
        name: Key to look under.
        default: What it is where it is not there; that of most norms.
        most: What it has to be smaller than.

    Raises:
        CheckpointError: It is no such number.
    """
    value = config.get(name)
    if value is None:
        return default
    if type(value) in {int, float} and 0 < value < most:
        return float(value)
    raise CheckpointError(
        problem=f"{name} is {value!r:.40}, no number between 0 and {most:g}", file=file
    )


def table(config: Mapping[str, Any], file: Path, name: str) -> Mapping[str, Any]:
    """Returns an object within the file, an empty one where it is not there.

    Raises:
        CheckpointError: It is no object.
    """
    value = config.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise CheckpointError(problem=f"{name} is {value!r:.40}, no object", file=file)


def flag(config: Mapping[str, Any], file: Path, name: str) -> bool:
    """Returns a truth value, false where it is not there.

    Raises:
        CheckpointError: It is no truth value.
    """
    value = config.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise CheckpointError(
        problem=f"{name} is {value!r:.40}, neither true nor false", file=file
    )
