"""What the converter says while it works; docs/converter.md has its lines."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A file of weights is not needed any more, even after a power cut."""

    file: str


@dataclass(frozen=True, slots=True)
class Converted:
    """So many bytes of the output are written."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ConversionDone:
    """The file has its name."""


@dataclass(frozen=True, slots=True)
class ConversionFailed:
    """There is no file; why, in the converter's words."""

    message: str


ConverterEvent = UsedUp | Converted | ConversionDone | ConversionFailed


def read_line(line: bytes) -> ConverterEvent | None:
    """Reads a line; None for what nobody here needs to know."""
    try:
        report = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match report:
        case {"stage": "used", "file": str(file)}:
            return UsedUp(file)
        case {"stage": "start" | "convert", "done": int(done), "total": int(total)}:
            return Converted(done, total)
        case {"stage": "done"}:
            return ConversionDone()
        case {"stage": "failed", "message": str(message)}:
            return ConversionFailed(message)
        case _:
            return None
