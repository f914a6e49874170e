"""Chats of any length, and archives of many."""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from app.domain.archived import ArchivedChat
from app.domain.conversation import Conversation, Message, Role
from app.store.conversations import ConversationStore
from app.store.database import Database

_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ENGLISH: Final = """
the model answers a question about weights and layers in a table of numbers while
another process reads what was written before and finds every word of it again
"""
_CHINESE: Final = (
    "模型回答问题时会先思考再使用工具然后写出结果用户可以继续提问并查看来源"
)


def chat(messages: int, *, seed: int = 1) -> Conversation:
    """A chat of questions and answers, half of them in Chinese."""
    rng = random.Random(seed)  # noqa: S311 -- the same texts each time
    found: dict[str, Message] = {}
    parent = None
    for number in range(messages):
        role = Role.ASSISTANT if number % 2 else Role.USER
        when = _BEGAN + timedelta(seconds=number)
        text = _text(rng, 40 if number % 2 else 8)
        message = Message(_identity(rng), parent, role, text, when)
        found[message.id] = message
        parent = message.id
    return Conversation(_identity(rng), f"chat of {messages}", found, parent)


def answer(characters: int, *, seed: int = 2) -> str:
    """Markdown with everything that answers have."""
    rng = random.Random(seed)  # noqa: S311 -- the same texts each time
    text = ""
    while len(text) < characters:
        text += next(_parts(rng))
    return text[:characters]


def fill(archive: Path, chats: Iterator[Conversation]) -> None:
    """Adds chats to an archive."""
    with Database(archive) as database:
        store = ConversationStore(database)
        for conversation in chats:
            store.add_archived(ArchivedChat(conversation, _BEGAN, _BEGAN))


def _parts(rng: random.Random) -> Iterator[str]:
    kind = rng.randrange(6)
    if kind == 0:
        rows = "".join(f"| {_text(rng, 2)} | {n} |\n" for n in range(6))
        yield f"| name | value |\n|---|---|\n{rows}\n"
    elif kind == 1:
        lines = "".join(f"    total += {n} * {rng.random()}\n" for n in range(8))
        yield f"```python\ndef add(total):\n{lines}    return total\n```\n\n"
    elif kind == 2:
        yield "".join(f"{n}. **{_text(rng, 6)}**\n" for n in range(1, 5)) + "\n"
    else:
        yield f"{_text(rng, 60)}, `code` and *more* of it.\n\n"


def _text(rng: random.Random, words: int) -> str:
    if rng.random() < 0.5:
        return " ".join(rng.choices(_ENGLISH.split(), k=words))
    return "".join(rng.choices(_CHINESE, k=2 * words))


def _identity(rng: random.Random) -> str:
    return uuid.UUID(int=rng.getrandbits(128)).hex
