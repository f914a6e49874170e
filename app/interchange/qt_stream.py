"""Reads what Qt's `QDataStream` wrote, version 6.2: big-endian, lengths first.

Source: Qt's documentation, "Serializing Qt Data Types".
"""

import struct
from collections.abc import Callable
from typing import Final, TypeVar

_NULL: Final = 0xFFFFFFFF
"""The length of a text or of bytes that are null, which is not empty."""
_BOOL, _INT, _UINT, _LONG, _ULONG, _DOUBLE, _STRING = 1, 2, 3, 4, 5, 6, 10
"""Numbers of types in a `QVariant`."""
_T = TypeVar("_T")


class StreamError(Exception):
    """The stream ends too early, or holds what is not read here."""


class QtStream:
    """Values one after another.

    Every method raises `StreamError` where there is not what it reads.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def skip(self, size: int) -> None:
        """Passes over bytes."""
        self._take(size)

    def flag(self) -> bool:
        """A `bool`."""
        return self._take(1) != b"\0"

    def int32(self) -> int:
        """A `qint32`, which a C++ `int` or an `enum` is too."""
        return self._number(">i")

    def uint32(self) -> int:
        """A `quint32`."""
        return self._number(">I")

    def int64(self) -> int:
        """A `qint64`, which `qsizetype` is too."""
        return self._number(">q")

    def blob(self) -> bytes:
        """A `QByteArray` or a `QUrl`; empty for null."""
        size = self.uint32()
        return b"" if size == _NULL else self._take(size)

    def text(self) -> str:
        """A `QString`, which is UTF-16; empty for null."""
        # Half of a surrogate pair is replaced, as in a damaged text.
        return self.blob().decode("utf-16-be", "replace")

    def texts(self) -> list[str]:
        """A `QStringList`."""
        return self.repeated(self.uint32(), self.text)

    def variant(self) -> None:
        """Passes over a `QVariant` of a simple type."""
        kind = self.uint32()
        self.flag()
        sizes = {_BOOL: 1, _INT: 4, _UINT: 4, _LONG: 8, _ULONG: 8, _DOUBLE: 8}
        if kind == _STRING:
            self.text()
        elif kind in sizes:
            self.skip(sizes[kind])
        else:
            message = f"a QVariant of type {kind}"
            raise StreamError(message)

    def repeated(self, count: int, read: Callable[[], _T]) -> list[_T]:
        """So many values; each has a byte at least."""
        if not 0 <= count <= len(self._data) - self._at:
            message = f"{count} values in {len(self._data) - self._at} bytes"
            raise StreamError(message)
        return [read() for _ in range(count)]

    def _number(self, form: str) -> int:
        value: int = struct.unpack(form, self._take(struct.calcsize(form)))[0]
        return value

    def _take(self, size: int) -> bytes:
        if not 0 <= size <= len(self._data) - self._at:
            message = f"{size} bytes at {self._at} of {len(self._data)}"
            raise StreamError(message)
        self._at += size
        return self._data[self._at - size : self._at]
