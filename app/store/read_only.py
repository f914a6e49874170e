"""Reading an archive where nothing can be written.

SQLite reads a file in WAL mode only where two files beside it are, or can be made.
Where they cannot, an archive that was closed is one file and can be read as such; of
one that was not closed, or is of an older version, a copy is read.
"""

import contextlib
import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

_BESIDE = "-wal"
"""What holds the last changes of an archive that was not closed."""


def connect(path: Path) -> sqlite3.Connection | None:
    """A connection that only reads; None where a copy has to be read instead.

    Raises:
        sqlite3.Error: The file is damaged.
    """
    place = path.absolute().as_uri()
    ways = ["?mode=ro"] if _is_open(path) else ["?mode=ro", "?mode=ro&immutable=1"]
    for way in ways:
        connection = sqlite3.connect(place + way, uri=True, isolation_level=None)
        try:
            connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError:
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    return None


Copy = TemporaryDirectory[str]
"""A folder that goes when it is cleaned up."""


def copy(path: Path) -> Copy:
    """A folder with a copy of an archive, under its name.

    Raises:
        OSError: There is no room for it.
    """
    folder = Copy(prefix="moss-desktop-")
    try:
        for name in (path.name, path.name + _BESIDE):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(path.with_name(name), Path(folder.name) / name)
    except BaseException:
        folder.cleanup()
        raise
    return folder


def _is_open(path: Path) -> bool:
    """Whether there are changes that are not in the file itself yet."""
    try:
        return path.with_name(path.name + _BESIDE).stat().st_size > 0
    except OSError:
        return False
