"""What the indexer and the reader say to each other: JSON lines.

indexer                          reader
  ── Read(path, hash) ──────────────▶
  ◀──────────────────── Part(…) ──   (none, or several)
  ◀───────────── Done(hash, problem) ──
"""

import msgspec

from app.plugins.documents.values import Passage, Problem


class Read(msgspec.Struct, frozen=True):
    """Read a file.

    Attributes:
        path: Absolute.
        hash: Of its content when it was read last; if it still is, only `Done` comes.
    """

    path: str
    hash: bytes = b""


class Part(msgspec.Struct, frozen=True, tag="part", tag_field="type"):
    """Some of its passages, in their order."""

    passages: list[Passage]


class Done(msgspec.Struct, frozen=True, tag="done", tag_field="type"):
    """That was all.

    Attributes:
        hash: Of its content; empty where it could not be opened.
        problem: What was wrong with it; None when all of it was read.
        detail: What the library said of that.
    """

    hash: bytes = b""
    problem: Problem | None = None
    detail: str = ""


Answer = Part | Done

encode = msgspec.json.Encoder().encode
decode_read = msgspec.json.Decoder(Read).decode
_ANSWERS: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)
decode_answer = _ANSWERS.decode
