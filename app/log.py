"""The program's log: one rotating file beside the chats, warnings also on stderr.

Nothing that a user wrote or a model answered is ever logged.
"""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from typing_extensions import override

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_file(folder: Path) -> Path:
    """The log in a folder."""
    return folder / "moss.log"


def set_up(folder: Path) -> None:
    """Starts logging into `folder`; without a writable folder, to stderr alone."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    console = logging.StreamHandler()
    console.setLevel(logging.WARNING)
    console.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    root.addHandler(console)
    try:
        root.addHandler(file_handler(folder))
    except OSError as error:
        logging.getLogger(__name__).warning("no log file: %s", error)


def file_handler(folder: Path) -> logging.Handler:
    """Writes the log into a folder, and does without what cannot be written.

    Raises:
        OSError: There can be no file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = _LogFile(
        log_file(folder), maxBytes=1_000_000, backupCount=2, encoding="utf-8"
    )
    file.setFormatter(logging.Formatter(_FORMAT))
    return file


class _LogFile(RotatingFileHandler):
    """A full disk costs lines of the log, and says nothing at each of them."""

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)
