"""Files that go along with a message, and how they stand in a prompt: pure.

A file is plain text of the user's turn, in front of what the user wrote, so that the
question stands next to its answer. Nothing in it can become a control token. First
comes its name, then its text as a fenced code block (CommonMark 0.31, 4.5) whose fence
is longer than any run of backticks in the text, so that it ends where the text ends::

    notes.txt:
    ```
    Milk, bread.
    ```

    What do I have to buy?

Of a file that is only sent in part the first line says so, and how much there is:
``notes.txt (the first 1200 of 8000 characters):``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

_TICKS: Final = re.compile("`+")
_SHORTEST_FENCE: Final = 3
_MOST_NAME: Final = 200
_ENDS: Final = ("\n\n", "\n", "。", ". ", " ")
"""Where a text is best cut, the best first."""
_MOST_LOST: Final = 5
"""What is lost to a better cut is at most the fifth part."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along with a message, as text.

    Attributes:
        name: The file's name, without its folder.
        text: The text that is sent.
        size: Characters of the whole file's text; 0 where `text` is all of it.
    """

    name: str
    text: str
    size: int = 0

    @property
    def is_part(self) -> bool:
        """Whether only the beginning is sent."""
        return self.size > len(self.text)


def written(question: str, attachments: Sequence[Attachment]) -> str:
    """What the user's turn says: the files, and what was written below them."""
    blocks = [_block(attachment) for attachment in attachments]
    return "\n\n".join([*blocks, question] if question else blocks)


def beginning(attachment: Attachment, characters: int) -> Attachment:
    """An attachment of which at most so many characters are sent.

    It ends where a paragraph, a line, a sentence or a word does, if one ends near by.
    """
    text = attachment.text
    if len(text) <= characters:
        return attachment
    cut = text[: max(0, characters)]
    least = len(cut) - len(cut) // _MOST_LOST
    for end in _ENDS:
        at = cut.rfind(end, least)
        if at >= 0:
            cut = cut[: at + len(end)]
            break
    return replace(attachment, text=cut.rstrip(), size=attachment.size or len(text))


def plain_name(name: str) -> str:
    """A name on one line, without characters that cannot be seen."""
    seen = "".join(c if c.isprintable() else " " for c in name)
    return " ".join(seen.split())[:_MOST_NAME]


def _block(attachment: Attachment) -> str:
    text = attachment.text.strip("\n")
    longest = max(map(len, _TICKS.findall(text)), default=0)
    fence = "`" * max(_SHORTEST_FENCE, longest + 1)
    head = plain_name(attachment.name)
    if attachment.is_part:
        head += f" (the first {len(attachment.text)} of {attachment.size} characters)"
    return f"{head}:\n{fence}\n{text}\n{fence}"
