"""Lines out of a stream of bytes: bounded, and an interrupted read loses nothing."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from app.domain.errors import ErrorCode, UserError

_READ_BYTES: Final = 65536


class LineSplitter:
    """Cuts a stream into lines.

    A line that is longer than the limit is skipped to its end without being kept in
    memory, and reported once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._length = 0

    @property
    def too_long(self) -> bool:
        """Whether the line that is being read is longer than the limit already."""
        return self._length > self._limit

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """The lines that a chunk ends, without newline; None for one too long.

        All of them must be taken before the next chunk is fed.
        """
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            self._append(part)
            line = None if self.too_long else b"".join(self._parts)
            self._parts, self._length = [], 0
            yield line
        self._append(rest)

    def _append(self, part: bytes) -> None:
        self._length += len(part)
        if self.too_long:
            self._parts = []
        elif part:
            self._parts.append(part)


class LineReader:
    """Cuts what a read function delivers into lines."""

    def __init__(self, read: Callable[[int], bytes], limit: int) -> None:
        """Reads through `read(most_bytes)`, which answers nothing at the end."""
        self._read = read
        self._limit = limit
        self._splitter = LineSplitter(limit)
        self._lines: deque[bytes | None] = deque()

    def read_line(self) -> bytes | None:
        """The next line without its newline; None at the end.

        A last line that has no newline was cut off and counts as nothing.

        Raises:
            UserError: `ErrorCode.PROTOCOL` for a line that is too long.
        """
        while not self._lines:
            chunk = self._read(_READ_BYTES)
            if not chunk:
                return None
            self._lines.extend(self._splitter.feed(chunk))
        line = self._lines.popleft()
        if line is None:
            raise UserError(ErrorCode.PROTOCOL, too_long(self._limit))
        return line


def too_long(limit: int) -> str:
    """What is wrong with a line that is too long."""
    return f"a line of more than {limit} bytes"
