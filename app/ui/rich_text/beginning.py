"""How much of a text is laid out, however much of it there is.

Laying out takes some microseconds a character and 0.1 ms a line, in the window's
thread; in one paragraph the more, the longer it is. Nobody reads more than this in a
chat: a model that never ends, or a question into which a whole file was pasted, must
not keep the window from being drawn.
"""

from dataclasses import dataclass
from typing import Final

MOST_CHARACTERS: Final = 100_000
MOST_LINES: Final = 10_000


@dataclass(slots=True)
class Beginning:
    """What may still be shown of one text.

    Attributes:
        characters: How many.
        lines: How many line feeds.
        clipped: Whether there was more.
    """

    characters: int = MOST_CHARACTERS
    lines: int = MOST_LINES
    clipped: bool = False

    def take(self, text: str) -> str:
        """What of the next piece is shown; its lines end with a line feed."""
        if self.clipped:
            return ""
        shown = text[: self.characters].replace("\r\n", "\n").replace("\r", "\n")
        parts = shown.split("\n", self.lines + 1)
        kept = "\n".join(parts[: self.lines + 1])
        self.clipped = len(text) > self.characters or len(kept) < len(shown)
        self.characters -= len(kept)
        self.lines -= kept.count("\n")
        return kept
