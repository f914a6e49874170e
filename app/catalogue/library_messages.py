"""What the process says that reads and moves the files of models: JSON lines."""

from typing import Final, TypeAlias

import msgspec

from app.domain.errors import ErrorCode, UserError

MOST_LINE_BYTES: Final = 1 << 16


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """So many bytes of so many are done."""

    done: int
    total: int


class Digests(msgspec.Struct, frozen=True, tag="digests"):
    """The files were read through: the SHA-256 of each."""

    digests: tuple[str, ...]


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """The files are in their new folder."""


class Stopped(msgspec.Struct, frozen=True, tag="stopped"):
    """It was stopped; everything is as it was."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It could not be done; everything is as it was."""

    code: ErrorCode
    detail: str = ""


Event: TypeAlias = Progress | Digests | Moved | Stopped | Failed

_DECODER: Final = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """A line."""
    return msgspec.json.encode(event) + b"\n"


def decode(line: bytes) -> Event:
    """Reads a line.

    Raises:
        UserError: `ErrorCode.PROTOCOL`: it is none of these.
    """
    try:
        event: Event = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error
    return event
