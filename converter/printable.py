"""Text out of files as people may see it: one line, and nothing a terminal obeys."""

import unicodedata

# Controls, line breaks, halves of characters, and what turns the direction of writing.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # parts of emoji, and of words in some scripts


def printable(text: str) -> str:
    """Returns a text in which an escape stands for each character with no shape."""
    if text.isprintable():
        return text
    return "".join(
        char
        if char in _JOINERS or unicodedata.category(char) not in _HIDDEN
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
