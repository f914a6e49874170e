"""Brings what was committed to the disk, so that nobody's thread waits for it.

In WAL mode SQLite's `synchronous = FULL` is `NORMAL` and one fsync of the write-ahead
log behind every commit (https://sqlite.org/pragma.html#pragma_synchronous). Commits
here are `NORMAL`: they survive the death of the program at once. The fsync that makes
them survive a power cut is made in a thread of this module's. So are checkpoints, which
wait for the disk twice, and the first commit behind one, which begins the log anew and
waits once more (https://sqlite.org/wal.html#performance_considerations). The log is
never made shorter, for the blocks that it gave back would have to be found again.

A file system may have a commit wait while it syncs another one (ext4 does where both
change a file's length). So the thread lets those that belong together come first.

SQLite takes its locks on the archive and its `-shm` file. So the log may be opened and
closed here; with the archive itself that would give up every lock of this process.
"""

import contextlib
import os
import sqlite3
import threading
from pathlib import Path
from typing import Final

MOST_COMMITS: Final = 200
"""Then the log is written into the archive."""
MOST_GROWTH: Final = 4 << 20
"""Or before, when it has grown by so many bytes: about SQLite's own 1,000 pages."""
_TOGETHER_SECONDS: Final = 0.05
"""A message that is sent or finished makes several commits, all within this time."""


class DiskSync:
    """Syncs one archive's write-ahead log in the background.

    Its thread begins with the first commit.

    Args:
        archive: The archive's file; whoever commits to it has `wal_autocheckpoint` off.
    """

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._log = archive.with_name(f"{archive.name}-wal")
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._commits = 0  # that the thread has not seen yet
        self._durable = self._closing = False
        self._failure: OSError | None = None

    def committed(self, *, durable: bool) -> None:
        """Something was committed; if it is to be durable, it is synced now."""
        with self._changed:
            self._commits += 1
            self._durable |= durable
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="disk-sync", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def take_failure(self) -> OSError | None:
        """Why something could not be synced; said once."""
        with self._changed:
            failure, self._failure = self._failure, None
            return failure

    def close(self) -> None:
        """Waits until all that was to be durable is; it may go on afterwards."""
        thread = self._thread
        if thread is None:
            return
        with self._changed:
            self._closing = True
            self._changed.notify()
        thread.join()
        self._thread, self._closing = None, False

    def _run(self) -> None:
        commits = size = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._commits or self._closing)
                if not self._commits:
                    return
                self._changed.wait_for(lambda: self._closing, _TOGETHER_SECONDS)
                durable, self._durable = self._durable, False
                commits, self._commits = commits + self._commits, 0
            try:
                if durable:
                    self._flush()
                grown = self._log.stat().st_size
                if commits > MOST_COMMITS or grown > size + MOST_GROWTH:
                    self._checkpoint()
                    commits, size = 0, grown
            except FileNotFoundError:
                pass  # whoever closed the archive last has written the log into it
            except OSError as error:
                with self._changed:
                    self._failure = error

    def _flush(self) -> None:
        # Windows syncs only what may be written.
        log = os.open(self._log, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            os.fsync(log)
        finally:
            os.close(log)

    def _checkpoint(self) -> None:
        """Writes the log into the archive and begins it anew.

        Where that fails the log has it all, and grows.
        """
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(
                sqlite3.connect(self._archive, timeout=0, isolation_level=None)
            ) as connection,
        ):
            run = connection.execute
            run("PRAGMA wal_checkpoint(PASSIVE)")
            # A commit that changes nothing is the one that waits.
            run("BEGIN IMMEDIATE")
            (version,) = run("PRAGMA user_version").fetchone()
            run(f"PRAGMA user_version = {version}")
            run("COMMIT")
