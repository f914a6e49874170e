"""What the window and the downloader say to each other: JSON lines.

    window                           downloader
      ── Job(repository, folder, …) ───▶
      ◀───────────────── Listed(files) ──   (what it is going to be)
      ◀── Progress(done, total, rate …) ──   (several a second)
      ◀───────────────── Arrived(file) ──   (it has its final name)
      ◀── Retrying(code, seconds, …) ────   (something is wrong that may pass)
      ── Pace(bytes a second), Used(file) ▶
      ◀───── Finished() or Failed(code) ──   (and it exits)

The end of its stdin stops the downloader, and so does a kill: the next job for the same
folder goes on from there.
"""

import msgspec
from typing_extensions import override

from app.catalogue.entries import Site
from app.domain.errors import ErrorCode, UserError


class Patience(msgspec.Struct, frozen=True):
    """How long is waited for what. In seconds where nothing else is said.

    Attributes:
        connect: For a connection, TLS included.
        silence: Without a byte.
        slow: A connection that brings less than `slowest` for so long is cut.
        slowest: Bytes a second.
        tries: How often in a row something may fail before it is given up; it counts
            anew when a good piece has arrived.
        first_wait: Before the second try; each further wait is twice as long.
        longest_wait: The longest of them.
        longest_asked: What a server may ask us to wait at most.
    """

    connect: float = 15.0
    silence: float = 30.0
    slow: float = 30.0
    slowest: float = 1024.0
    tries: int = 12
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 600.0


class Job(msgspec.Struct, frozen=True, kw_only=True, tag="job", tag_field="type"):
    """Have these files in this folder.

    Attributes:
        site: What kind of server it is.
        endpoint: Its address, such as https://huggingface.co.
        repository: `OWNER/NAME`.
        folder: Where the files go; absolute.
        revision: Branch, tag or commit; empty is the usual branch.
        file: Of several GGUF files, the one that is meant.
        token: A key for gated repositories; it goes to the endpoint and nowhere else.
        kept_token: Whether to ask the system's keyring for one, where `token` is empty.
        connections: How many files come at once.
        pace: Bytes a second, all together; 0 is no limit.
        reserve: Bytes that have to stay free on the disk.
        room: Bytes beyond them that have to be free in the beginning, because somebody
            else is going to need them.
        most_unused: How many files of weights may lie here unused; 0 is no limit.
            For converting meanwhile, so that the disk does not fill up.
        only_list: Whether to say what it would be and fetch nothing.
        patience: How long is waited for what.
    """

    site: Site
    endpoint: str
    repository: str
    folder: str
    revision: str = ""
    file: str = ""
    token: str = ""
    kept_token: bool = False
    connections: int = 2
    pace: int = 0
    reserve: int = 256 * 1024 * 1024
    room: int = 0
    most_unused: int = 0
    only_list: bool = False
    patience: Patience = Patience()

    @override
    def __repr__(self) -> str:
        return f"Job({self.repository!r}, folder={self.folder!r})"


class Pace(msgspec.Struct, frozen=True, tag="pace", tag_field="type"):
    """From now on, so many bytes a second; 0 is no limit."""

    bytes_per_second: int


class Used(msgspec.Struct, frozen=True, tag="used", tag_field="type"):
    """This file is not needed any more.

    Attributes:
        file: Which one.
        delete: Whether it is to go. That it was used is noted before, so that it does
            not come again after a crash.
    """

    file: str
    delete: bool = False


class ListedFile(msgspec.Struct, frozen=True):
    """A file of the download."""

    path: str
    size: int
    present: int = 0


class Listed(msgspec.Struct, frozen=True, tag="listed", tag_field="type"):
    """What the download consists of.

    Attributes:
        files: In the order in which they come.
        licence: As the repository's owner says; may be empty.
        gated: Whether its owner lets only those in who agreed to something.
    """

    files: tuple[ListedFile, ...]
    licence: str = ""
    gated: bool = False


class Progress(msgspec.Struct, frozen=True, tag="progress", tag_field="type"):
    """How far it has come.

    Attributes:
        done: Bytes that are here.
        total: Bytes in all.
        rate: Bytes a second, of late.
        seconds_left: At that rate; None before there is one.
        files: Those that are coming now.
    """

    done: int
    total: int
    rate: float = 0.0
    seconds_left: float | None = None
    files: tuple[str, ...] = ()


class Arrived(msgspec.Struct, frozen=True, tag="arrived", tag_field="type"):
    """A file is whole, was checked, and has its final name."""

    file: str


class Retrying(msgspec.Struct, frozen=True, tag="retrying", tag_field="type"):
    """Something went wrong, and it is tried again.

    Attributes:
        file: Which file; empty for the list of files.
        code: What went wrong.
        seconds: Until the next try.
        detail: Whom it concerns.
    """

    file: str
    code: ErrorCode
    seconds: float
    detail: str = ""


class Finished(msgspec.Struct, frozen=True, tag="finished", tag_field="type"):
    """Everything is here; of a job that only lists, everything is said."""


class Failed(msgspec.Struct, frozen=True, tag="failed", tag_field="type"):
    """It cannot go on; what is here stays, and the next job goes on from there."""

    code: ErrorCode
    detail: str = ""


Command = Job | Pace | Used
Event = Listed | Progress | Arrived | Retrying | Finished | Failed

MOST_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is none of ours; a list of ten thousand files is one megabyte."""

_ENCODER = msgspec.json.Encoder()
_COMMANDS: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(message: Command | Event) -> bytes:
    """One line, its newline included."""
    return _ENCODER.encode(message) + b"\n"


def decode_command(line: bytes) -> Command:
    """Reads a line that came from the window.

    Raises:
        UserError: `ErrorCode.PROTOCOL`.
    """
    try:
        return _COMMANDS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error


def decode_event(line: bytes) -> Event:
    """Reads a line that came from the downloader.

    Raises:
        UserError: `ErrorCode.PROTOCOL`.
    """
    try:
        return _EVENTS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error
