"""How long a search takes in an archive of many messages."""

import time
from pathlib import Path
from typing import Final

from app.store.conversations import ConversationStore
from app.store.database import Database
from benchmarks.windowing import chats

QUERIES: Final = (
    "型",
    "模",
    "模型",
    "工具然后",
    "answers",
    "the",
    "question weig",
    "table 型",
    "nowhere",
    "无",
)
"""Frequent and rare, of one Chinese character and more, not typed to the end."""
_OF_A_CHAT: Final = 100
_MOST_HITS: Final = 200


def archive(path: Path, messages: int) -> None:
    """Writes an archive of so many messages."""
    count = messages // _OF_A_CHAT
    chats.fill(path, (chats.chat(_OF_A_CHAT, seed=n) for n in range(count)))


def search(path: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds that each query takes, hits and excerpts included."""
    found: dict[str, list[float]] = {query: [] for query in QUERIES}
    with Database(path) as database:
        store = ConversationStore(database)
        for number in range(rounds + 1):
            for query, times in found.items():
                begun = time.perf_counter()
                store.find(query, most=_MOST_HITS)
                if number:  # the first round reads the file
                    times.append(time.perf_counter() - begun)
    return found
