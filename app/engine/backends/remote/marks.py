"""The control tokens of a server's model, found where a chat template names them.

A server does not list its vocabulary. But what a template writes by itself can be asked
about: whatever there has the look of a mark, and is one token to the server.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from app.domain.generation import Segment
from app.engine.templates.marked_text import MarkedText
from app.engine.templates.segments import Markers

MARK: Final = re.compile(r"<[^<>\s]*\w[^<>\s]*>|\[[^\[\]\s]*\w[^\[\]\s]*\]")
"""What a mark looks like. An ordinary token hardly does: pre-tokenizers part letters
from punctuation."""


class Marks:
    """Reads what a template wrote for control tokens.

    Args:
        is_token: Whether the server has one token for a text.
        known: Texts that it surely has one for.
    """

    def __init__(
        self, is_token: Callable[[str], bool], known: Iterable[str] = ()
    ) -> None:
        self._is_token = is_token
        self._known = dict.fromkeys(filter(None, known), True)

    def segments(self, text: MarkedText) -> tuple[Segment, ...]:
        """The prompt: marks of the template's own as control tokens, all else as text.

        Raises:
            UserError: The server cannot be asked.
        """
        for run, is_own in text.runs():
            for name in MARK.findall(run) if is_own else ():
                if name not in self._known:
                    self._known[name] = self._is_token(name)
        names = [name for name, is_token in self._known.items() if is_token]
        return Markers(names).segments(text)
