"""Entry of the downloader process: `python -m app.catalogue.downloads`.

Its first line of stdin is the job; further ones change how it is done.
"""

import contextlib
import signal
import sys
from typing import assert_never

from app.catalogue.downloads.downloading import Downloading
from app.catalogue.downloads.halt import Halt
from app.catalogue.downloads.messages import (
    MOST_LINE_BYTES,
    Event,
    Failed,
    Job,
    Pace,
    Used,
    decode_command,
    encode,
)
from app.catalogue.downloads.pipes import Outgoing, read_in_thread
from app.domain.errors import ErrorCode, UserError
from app.pipes import open_stdin, take_stdout


def main() -> int:
    """Does the job that the first line names.

    Returns:
        The exit code; what became of the job is in the events.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outgoing = Outgoing(take_stdout())
    halt = Halt()
    # A window that closes asks this way too: what has arrived is kept before the end.
    signal.signal(signal.SIGTERM, lambda _number, _frame: halt.set())
    commands = open_stdin()
    line = commands.readline(MOST_LINE_BYTES)

    def send(event: Event) -> None:
        outgoing.send(encode(event))

    if not line:
        return 0
    try:
        downloading = Downloading(_job(line), send, halt)
    except UserError as error:
        send(Failed(error.code, error.detail))
        return 0

    def take(line: bytes) -> None:
        with contextlib.suppress(UserError):
            command = decode_command(line)
            match command:
                case Pace(bytes_per_second):
                    downloading.pace.set(bytes_per_second)
                case Used():
                    downloading.used(command)
                case Job():
                    """One job for each process."""
                case _:
                    assert_never(command)

    read_in_thread(commands, take, at_end=halt.set)
    downloading.run()
    return 0


def _job(line: bytes) -> Job:
    command = decode_command(line)
    if not isinstance(command, Job):
        raise UserError(ErrorCode.PROTOCOL, "no job")
    return command


if __name__ == "__main__":
    sys.exit(main())
