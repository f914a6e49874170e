"""Opening an archive that the window can be made of."""

from pathlib import Path

from app.store.conversations import ConversationStore
from app.store.database import Database


def open_archive(path: Path) -> Database:
    """An open archive whose list of chats can be read, if only read.

    Raises:
        UserError: See `Database`; also when the list is on a damaged page.
    """
    database = Database(path, or_read=True)
    try:
        store = ConversationStore(database)
        store.summaries()
        store.draft()
    except BaseException:
        database.close()
        raise
    return database
