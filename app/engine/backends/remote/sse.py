"""Server-Sent Events: a stream of lines as the data of its events.

Of the format (WHATWG HTML, 9.2) only `data` matters here; comments, which servers send
to keep a connection open, and the other fields are passed over.
"""

from collections.abc import Callable, Iterator
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.engine.lines import LineReader

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a line and of an event: llama-server's last event repeats the whole prompt."""


def event_data(read: Callable[[int], bytes], name: str) -> Iterator[bytes]:
    """The data of each event.

    An event that the end of the stream cuts off is left out, as the format asks.

    Args:
        read: Answers some bytes, or none at the end.
        name: The server, for the error's detail.

    Raises:
        UserError: `ErrorCode.SERVER_FAILED`: a line or an event is too long.
    """
    lines = LineReader(_without_endless_lines(read, name), MOST_BYTES)
    data: list[bytes] = []
    size = 0
    while (line := _next(lines, name)) is not None:
        text = line.removesuffix(b"\r")
        if text.startswith(b"data:"):
            data.append(text[len(b"data:") :].removeprefix(b" "))
            size += len(text)
            if size > MOST_BYTES:
                raise _too_long(name)
        elif not text and data:
            yield b"\n".join(data)
            data, size = [], 0


def _without_endless_lines(
    read: Callable[[int], bytes], name: str
) -> Callable[[int], bytes]:
    """Gives a line up before it ends, if it ever does."""
    length = 0

    def limited(most: int) -> bytes:
        nonlocal length
        chunk = read(most)
        *ended, rest = chunk.split(b"\n")
        length = len(rest) if ended else length + len(rest)
        if length > MOST_BYTES:
            raise _too_long(name)
        return chunk

    return limited


def _next(lines: LineReader, name: str) -> bytes | None:
    try:
        return lines.read_line()
    except UserError as error:
        raise _too_long(name) from error


def _too_long(name: str) -> UserError:
    detail = f"{name}: an event of more than {MOST_BYTES} bytes"
    return UserError(ErrorCode.SERVER_FAILED, detail)
