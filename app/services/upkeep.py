"""What the archive needs every day: a copy, an index, an emptier trash, no orphans."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from app.store.backups import KEPT, Backups
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.pictures import PictureFolder

TRASH_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long something is kept.

    Attributes:
        trash_days: Days that deleted chats lie in the trash.
        backups: Daily copies.
    """

    trash_days: int = TRASH_DAYS
    backups: int = KEPT


def keep_up(
    archive: Path,
    backups: Backups,
    pictures: PictureFolder,
    *,
    now: datetime,
    keeping: Keeping = Keeping(),
) -> None:
    """Makes today's copy where there is none, then deletes what has lain long enough.

    It has a connection of its own, so it may run beside the window's.

    Args:
        archive: The archive.
        backups: Its copies.
        pictures: The pictures of its messages.
        now: With its time zone.
        keeping: How long something is kept.

    Raises:
        UserError: The disk or the archive does not allow it; what was not done is
            done another time.
    """
    today = now.astimezone().date()
    if backups.is_due(today):
        backups.make(today, keeping.backups)
    with Database(archive) as database:
        store = ConversationStore(database)
        store.index_interrupted()
        store.purge_trash(now - timedelta(days=keeping.trash_days))
        # What was put aside may be needed again, and its pictures with it.
        if not backups.put_aside():
            pictures.sweep(store.pictures())
