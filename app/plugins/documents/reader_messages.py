"""What the reader and whoever needs a file's text say to each other: JSON lines.

indexer                          reader
  ── Read(path, hash) ──────────────▶
  ◀──────────────────── Part(…) ──   (none, or several)
  ◀───────────── Done(hash, problem) ──

window                           reader
  ── Read(path, whole) ─────────────▶
  ◀──────────────────── Text(…) ──   (none, or several)
  ◀─────────────────── Done(problem) ──
"""

import msgspec

from app.plugins.documents.values import Passage, Problem


class Read(msgspec.Struct, frozen=True):
    """Read a file.

    Attributes:
        path: Absolute.
        hash: Of its content when it was read last; if it still is, only `Done` comes.
        whole: Whether its text is wanted as it stands, and not passages. A name says
            nothing then: whatever holds text is read.
    """

    path: str
    hash: bytes = b""
    whole: bool = False


class Part(msgspec.Struct, frozen=True, tag="part", tag_field="type"):
    """Some of its passages, in their order."""

    passages: list[Passage]


class Text(msgspec.Struct, frozen=True, tag="text", tag_field="type"):
    """Some of its text, in its order."""

    text: str


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


Answer = Part | Text | Done

encode = msgspec.json.Encoder().encode
decode_read = msgspec.json.Decoder(Read).decode
_ANSWERS: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)
decode_answer = _ANSWERS.decode
