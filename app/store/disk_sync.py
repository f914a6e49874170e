"""Brings what was committed to the disk, so that nobody's thread waits for it.

In WAL mode SQLite's `synchronous = FULL` is `NORMAL` and one fsync of the write-ahead
log behind every commit (https://sqlite.org/pragma.html#pragma_synchronous). Commits
here are `NORMAL`: they survive the death of the program at once. The fsync that makes
them survive a power cut is made in a thread of this module's, and so are checkpoints,
which wait for the disk twice more (https://sqlite.org/wal.html#performance_considerations).

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

LOG_BYTES: Final = 4 << 20
"""A log of this size is written into the archive: about SQLite's own 1,000 pages."""
_TOGETHER_SECONDS: Final = 0.05
"""A message that is sent or finished makes several commits, all within this time."""


class DiskSync:
    """Syncs one archive's write-ahead log in the background.

    Its thread begins with the first commit.

    Args:
        archive: The archive's file; whoever commits to it has `wal_autocheckpoint` off
            and `journal_size_limit` 0, by which the log's size is what is in it.
    """

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._log = archive.with_name(f"{archive.name}-wal")
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._committed = self._durable = self._closing = False
        self._failure: OSError | None = None

    def committed(self, *, durable: bool) -> None:
        """Something was committed; if it is to be durable, it is synced now."""
        with self._changed:
            self._committed = True
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
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._committed or self._closing)
                if not self._committed:
                    return
                self._changed.wait_for(lambda: self._closing, _TOGETHER_SECONDS)
                durable = self._durable
                self._committed = self._durable = False
            try:
                self._bring(durable=durable)
            except FileNotFoundError:
                pass  # whoever closed the archive last has written the log into it
            except OSError as error:
                with self._changed:
                    self._failure = error

    def _bring(self, *, durable: bool) -> None:
        if durable:
            # Windows syncs only what may be written.
            log = os.open(self._log, os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                os.fsync(log)
            finally:
                os.close(log)
        if self._log.stat().st_size > LOG_BYTES:
            self._checkpoint()

    def _checkpoint(self) -> None:
        """Writes the log into the archive; where that fails the log has it all."""
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(self._archive)) as connection,
        ):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
