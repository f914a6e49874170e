"""Keeps a document equal to a text that grows, at a cost that does not grow with it.

Units that nothing can change any more stay as they are; only the last one is taken out
and written again. A block of code that is still open just grows. So does a paragraph
that is longer than any that people read: its further text is shown as it is.
"""

from typing import Final

from app.ui.rich_text.markdown import Environment, Unit, units
from app.ui.rich_text.writer import DocumentWriter

_RECOLOURED: Final = 4000
"""Characters up to which an open block of code is coloured again with each line."""
_LONG: Final = 8000
"""Characters from which a unit that is no code is written again when it is over."""
_LONG_TABLE: Final = 3000
"""The same for a table: laying out takes 10 microseconds a character, 0.3 ms a row."""
_ENDLESS: Final = 20_000
"""Characters from which a unit of running text is not taken for Markdown any more."""
_PIECE: Final = 8000
"""Characters that are looked at in one go."""
_NO_RUNNING_TEXT: Final = {"fence", "code_block", "table_open"}


class GrowingText:
    """One text and its document.

    Args:
        writer: Writes into the document, which is empty.
    """

    def __init__(self, writer: DocumentWriter) -> None:
        self._writer = writer
        self._environment: Environment = {}
        self._tail = ""
        self._start = writer.mark()
        self._codes = 0
        self._shown = ""
        self._code = ""
        self._endless = False

    def append(self, text: str) -> None:
        """Adds text at the end."""
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            self._append(self._extend(piece) if self._endless else piece)

    def finish(self) -> None:
        """The text is whole: what was only added to is written as it should be."""
        if self._shown == self._tail and not self._code:
            return
        self._writer.cut(self._start, self._codes)
        for unit in units(self._tail, self._environment):
            self._writer.write(unit)
        self._shown = self._tail
        self._code = ""

    def _append(self, text: str) -> None:
        if not text:
            return
        self._tail += text
        found = units(self._tail, self._environment)
        if not found:
            return
        if len(found) == 1 and self._grow(found[0], text):
            return
        self._writer.cut(self._start, self._codes)
        for unit in found[:-1]:
            self._writer.write(unit)
        last = found[-1]
        self._start = self._writer.mark()
        self._codes = len(self._writer.codes)
        self._tail = self._tail[last.start :]
        self._writer.write(last)
        self._shown = self._tail
        self._code = _code(last)

    def _grow(self, unit: Unit, text: str) -> bool:
        """Adds to the last unit what is new, if that is enough."""
        if unit.is_fence and self._code:
            code = _code(unit)
            added = code[len(self._code) :]
            if not code.startswith(self._code):
                return False
            if len(code) <= _RECOLOURED and "\n" in added:
                return False
            self._writer.extend_code(added)
            self._code = code
            return True
        long = _LONG_TABLE if unit.tokens[0].type == "table_open" else _LONG
        if unit.is_fence or len(self._tail) <= long:
            return False
        self._writer.extend(text)
        if len(self._tail) > _ENDLESS and unit.tokens[0].type not in _NO_RUNNING_TEXT:
            self._endless = True
            self._tail = self._shown = ""
        return True

    def _extend(self, text: str) -> str:
        """Adds to a paragraph without an end; returns what comes after its end."""
        more, end, rest = (self._tail + text).partition("\n\n")
        self._endless = not end
        # A line feed waits for what follows it.
        self._tail = self._shown = "\n" if more.endswith("\n") and not end else ""
        self._writer.extend(more.removesuffix(self._tail))
        if end:
            self._start = self._writer.mark()
            self._codes = len(self._writer.codes)
        return rest


def _code(unit: Unit) -> str:
    """What is shown of a block of code."""
    return unit.tokens[0].content.removesuffix("\n") if unit.is_fence else ""
