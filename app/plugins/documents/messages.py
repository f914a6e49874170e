"""What the window and the indexer say to each other: JSON lines.

    window                           indexer
      ── Job(folders) ─────────────────▶
      ◀────────────── Progress(3, 2000) ──   (several a second)
      ◀───────── Report(…) or Failed(…) ──   (and it exits)

The end of its stdin stops the indexer: what it has read so far is kept, and the next
job goes on from there.
"""

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.plugins.documents.values import Problem


class Job(msgspec.Struct, frozen=True):
    """Make the index match these folders.

    Attributes:
        folders: Absolute. What lies elsewhere is forgotten; with none, the index is
            removed.
        anew: Whether all files are to be read again.
    """

    folders: list[str]
    anew: bool = False


class Progress(msgspec.Struct, frozen=True, tag="progress", tag_field="type"):
    """How far it has come.

    Attributes:
        done: Files that were looked at.
        total: Files in all.
        path: The one that is looked at now.
        seconds_left: By the pace so far; None before there is one.
    """

    done: int
    total: int
    path: str = ""
    seconds_left: float | None = None


class FileProblem(msgspec.Struct, frozen=True):
    """A file that is not in the index, or only in part."""

    path: str
    problem: Problem
    detail: str = ""


class Report(msgspec.Struct, frozen=True, tag="report", tag_field="type"):
    """What there is now.

    Attributes:
        files: Files that can be found.
        passages: Their passages.
        problems: Files that cannot, by path.
        missing: Folders that are not there; what is known of them is kept.
        complete: False when it was stopped.
    """

    files: int = 0
    passages: int = 0
    problems: tuple[FileProblem, ...] = ()
    missing: tuple[str, ...] = ()
    complete: bool = True


class Failed(msgspec.Struct, frozen=True, tag="failed", tag_field="type"):
    """The index cannot be written."""

    code: ErrorCode
    detail: str = ""


Event = Progress | Report | Failed

_ENCODER = msgspec.json.Encoder()
_JOBS = msgspec.json.Decoder(Job)
_EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(message: Job | Event) -> bytes:
    """One line, its newline included."""
    return _ENCODER.encode(message) + b"\n"


def decode_job(line: bytes) -> Job:
    """Reads a line that came from the window.

    Raises:
        UserError: `ErrorCode.PROTOCOL`.
    """
    try:
        return _JOBS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error


def decode_event(line: bytes) -> Event:
    """Reads a line that came from the indexer.

    Raises:
        UserError: `ErrorCode.PROTOCOL`.
    """
    try:
        return _EVENTS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error
