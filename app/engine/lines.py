"""Lines from a pipe: bounded, and nothing is lost when a read is interrupted."""

from collections import deque
from collections.abc import Callable
from typing import Final

from app.domain.errors import ErrorCode, UserError

_READ_BYTES: Final = 65536


class LineReader:
    """Cuts what a read function delivers into lines.

    A line that is longer than the limit is skipped to its end without being kept in
    memory, and reported once.
    """

    def __init__(self, read: Callable[[int], bytes], limit: int) -> None:
        """Reads through `read(most_bytes)`, which answers nothing at the end."""
        self._read = read
        self._limit = limit
        self._lines: deque[bytes] = deque()
        self._parts: list[bytes] = []
        self._length = 0

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
            *ended, rest = chunk.split(b"\n")
            for part in ended:
                self._append(part)
                self._lines.append(b"".join(self._parts))
                if self._length > self._limit:
                    self._lines[-1] = b"\n"
                self._parts, self._length = [], 0
            self._append(rest)
        line = self._lines.popleft()
        if line == b"\n":
            detail = f"a line of more than {self._limit} bytes"
            raise UserError(ErrorCode.PROTOCOL, detail)
        return line

    def _append(self, part: bytes) -> None:
        """Adds to the line that is being read, unless it is too long already."""
        self._length += len(part)
        if self._length > self._limit:
            self._parts = []
        elif part:
            self._parts.append(part)
