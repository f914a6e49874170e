"""The program's log: one rotating file beside the chats, warnings also on stderr.

Nothing that a user wrote or a model answered is ever logged.
"""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

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
        folder.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(
            log_file(folder), maxBytes=1_000_000, backupCount=2, encoding="utf-8"
        )
    except OSError as error:
        logging.getLogger(__name__).warning("no log file: %s", error)
        return
    file.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(file)
