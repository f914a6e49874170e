"""How the indexer is started; whoever starts it needs none of what it imports."""

import sys
from pathlib import Path


def command_line(index: Path) -> list[str]:
    """What starts the indexer, here and in a frozen build.

    Args:
        index: The index's file.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, "--documents", "index", str(index)]
    return [sys.executable, "-m", "app.plugins.documents", "index", str(index)]
