"""Imports what rich text needs before the first answer does, and not before the window.

Together the libraries take a quarter of a second: too long for the start, and for the
moment in which the first word is to appear.
"""

import importlib
import threading
from typing import Final

_LIBRARIES: Final = (
    "markdown_it",
    "mdit_py_plugins.dollarmath",
    "pygments.lexers",
)


def import_in_background() -> None:
    """Begins; Python lets the window's thread run in between."""
    threading.Thread(target=_import, daemon=True).start()


def _import() -> None:
    for library in _LIBRARIES:
        importlib.import_module(library)
