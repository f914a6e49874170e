"""The echo engine, which misbehaves when a question holds one of `MISDEEDS`.

`python -m tests.fakes.bad_engine`. Bytes go into the protocol's pipe in the midst of an
answer, behind the back of everything that would keep them out.
"""

import os
import threading
from collections.abc import Callable

from app.domain.errors import ErrorCode
from app.domain.generation import FinishReason, Usage
from app.engine import __main__ as engine
from app.engine.backends import echo
from app.engine.protocol import (
    MAX_LINE_BYTES,
    Alive,
    ControlToken,
    Failed,
    Finished,
    Loaded,
    LoadProgress,
    ModelsListed,
    Prepared,
    PromptProgress,
    TextDelta,
    Tokenized,
    Unloaded,
    encode,
)
from tests.fakes.scripted_backend import MODEL

_MIB = 2**20
_DONE = Finished("nobody", FinishReason.STOP, Usage())


def _forever() -> bytes:
    """Works and works, and nothing comes of it."""
    threading.Event().wait()
    return b""


def _end() -> bytes:
    os._exit(3)


def _half_a_line() -> bytes:
    _write(encode(TextDelta("x", "half of it"))[:20])
    return _end()


def _stale() -> bytes:
    """What belongs to nothing that anybody asked for."""
    events = (
        Failed(ErrorCode.OUT_OF_MEMORY, "of another time", "nobody"),
        Failed(ErrorCode.PROTOCOL, "nobody knows why"),
        TextDelta("nobody", "not yours"),
        ControlToken("nobody", "<eom>"),
        Tokenized("nobody", (1, 2, 3)),
        Prepared("nobody", Usage()),
        ModelsListed("nobody", ("m",)),
        Loaded(MODEL, 0.1, "nobody"),
        LoadProgress(0.5),
        Unloaded(),
        Alive(),
        _DONE,
    )
    return b"".join(map(encode, events))


MISDEEDS: dict[str, Callable[[], bytes]] = {
    "/garbage": lambda: b"garbage\n",
    "/empty": lambda: b"\n",
    "/binary": lambda: bytes(range(256)) * 64 + b"\n",
    "/utf16": lambda: encode(TextDelta("x", "a")).decode().encode("utf-16"),
    "/deep": lambda: b"[" * 5 * _MIB + b"\n",
    "/wide": lambda: b'{"type":"text","id":"x","text":["' + b"a" * _MIB + b'"]}\n',
    "/number": lambda: b'{"type":"load_progress","fraction":1e999999}\n',
    "/unknown": lambda: b'{"type":"' + b"a" * 10 * _MIB + b'"}\n',
    "/long": lambda: encode(TextDelta("x", "a" * MAX_LINE_BYTES)),
    "/endless": lambda: b"a" * (MAX_LINE_BYTES + 4 * _MIB),
    "/half": _half_a_line,
    "/end": _end,
    "/hang": _forever,
}
"""What costs the engine; `/hang` does so once somebody loses patience."""

ODDITIES: dict[str, Callable[[], bytes]] = {
    "/stale": _stale,
    "/flood": lambda: encode(PromptProgress("nobody", 1, 2)) * 20_000,
    "/large": lambda: encode(TextDelta("nobody", "a" * 10 * _MIB)),
    "/null": lambda: encode(TextDelta("nobody", "\0\u202e\ud7ff")),
}
"""What is strange and allowed."""

ENORMOUS = "/enormous"
"""What makes it write a piece of text as long as a line may be."""

_outboxes: list[engine.Outbox] = []
_write_piece = echo._Writer._write_piece


class _Outbox(engine.Outbox):
    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        _outboxes.append(self)


def _write(data: bytes) -> None:
    """Writes into the pipe, between two events."""
    line = memoryview(data)
    with _outboxes[0]._lock:
        while line:
            line = line[os.write(_outboxes[0]._descriptor, line) :]


def _misbehave(self, piece):
    if piece.text.strip() == ENORMOUS:
        yield TextDelta(self._id, "a" * (MAX_LINE_BYTES - 1000))
    deed = (MISDEEDS | ODDITIES).get(piece.text.strip())
    if deed is not None:
        # It takes along what was kept back for a moment.
        _outboxes[0].put(Alive())
        _write(deed())
    yield from _write_piece(self, piece)


if __name__ == "__main__":
    engine.Outbox = _Outbox
    echo._Writer._write_piece = _misbehave
    engine.main(("--backend", "echo"))
