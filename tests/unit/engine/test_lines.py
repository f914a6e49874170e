"""Lines from a pipe, however the bytes arrive."""

import pytest
from hypothesis import given, strategies as st

from app.domain.errors import ErrorCode, UserError
from app.engine.lines import LineReader

LIMIT = 8


def reader_of(data: bytes, cuts: list[int], limit: int = LIMIT) -> LineReader:
    """Delivers `data` in pieces of the given sizes, then the rest, then nothing."""
    pieces = []
    for size in cuts:
        pieces.append(data[:size])
        data = data[size:]
    pieces = [piece for piece in (*pieces, data) if piece]
    return LineReader(lambda _most: pieces.pop(0) if pieces else b"", limit)


def drain(reader: LineReader) -> list[bytes | None]:
    """All lines; None for one that was too long."""
    lines: list[bytes | None] = []
    while True:
        try:
            line = reader.read_line()
        except UserError:
            lines.append(None)
            continue
        if line is None:
            return lines
        lines.append(line)


@given(
    st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"?"))),
    st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"?")),
    st.lists(st.integers(1, 5)),
)
def test_lines_do_not_depend_on_how_bytes_arrive(lines, rest, cuts):
    data = b"".join(line + b"\n" for line in lines) + rest
    expected = [line if len(line) <= LIMIT else None for line in lines]
    assert drain(reader_of(data, cuts)) == expected


def test_a_line_too_long_is_not_kept_in_memory():
    pieces = [b"x" * 65536] * 100 + [b"\nnext\n"]
    reader = LineReader(lambda _most: pieces.pop(0), LIMIT)
    with pytest.raises(UserError) as caught:
        reader.read_line()
    assert caught.value.code is ErrorCode.PROTOCOL
    assert reader.read_line() == b"next"


def test_an_interrupted_read_loses_nothing():
    def read(_most: int) -> bytes:
        piece = pieces.pop(0)
        if piece is None:
            raise KeyboardInterrupt
        return piece

    pieces = [b"fir", None, b"st\n"]
    reader = LineReader(read, LIMIT)
    with pytest.raises(KeyboardInterrupt):
        reader.read_line()
    assert reader.read_line() == b"first"
