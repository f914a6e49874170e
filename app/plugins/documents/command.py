"""How the indexer is started; whoever starts it needs none of what it imports."""

from pathlib import Path

from app import children
from app.children import Child


def command_line(index: Path) -> tuple[str, ...]:
    """What starts the indexer, here and in a frozen build.

    Args:
        index: The index's file.
    """
    return children.command_line(Child.DOCUMENTS, "index", str(index))
