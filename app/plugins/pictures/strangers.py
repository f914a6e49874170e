"""What a stranger said, as text that can be shown."""

from typing import Final

_MOST_CHARACTERS: Final = 200


def one_line(text: str) -> str:
    """One short line without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > _MOST_CHARACTERS:
        return f"{line[:_MOST_CHARACTERS]}…"
    return line
