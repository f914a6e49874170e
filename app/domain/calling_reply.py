"""A reply of a model that calls functions: thoughts, answer and calls, told apart."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from app.domain.function_calls import MARKS, CallParser
from app.domain.moss import Field
from app.domain.thoughts import ThoughtParser
from app.domain.tools import Command, Tool


class CallingParser:
    """Takes what a model writes and says which field each part is; keeps the calls.

    Attributes:
        commands: The calls that were found, in the order written.
    """

    def __init__(
        self,
        opened: str = "",
        tools: Collection[Tool] = (),
        *,
        before: Mapping[Field, str] | None = None,
        answering: bool = False,
    ) -> None:
        """Begins in front of a reply, or of what it goes on with behind results.

        Args:
            opened: The mark that the prompt ends with, if it opens thoughts.
            tools: Those that may be called.
            before: What is put in front of a field's first part.
            answering: Whether thoughts and some of the answer were written before.
        """
        self._thoughts = ThoughtParser(opened, answering=answering)
        self._calls = CallParser(tools)
        self.commands: Final[list[Command]] = self._calls.commands
        self._before = dict(before or {})

    def text(self, text: str) -> Iterator[tuple[Field, str]]:
        """Takes text and yields what is known to belong to a field."""
        return self._parts(self._thoughts.text(text))

    def control(self, token: str) -> Iterator[tuple[Field, str]]:
        """Takes a control token: in some models it is a mark, in others no text."""
        if token in MARKS:
            return self.text(token)
        return self._parts(self._thoughts.control(token))

    def finish(self) -> Iterator[tuple[Field, str]]:
        """Takes the end: what was held back is no mark and no call."""
        yield from self._parts(self._thoughts.finish())
        yield from self._part(Field.ANSWER, self._calls.finish())

    def _parts(self, parts: Iterable[tuple[Field, str]]) -> Iterator[tuple[Field, str]]:
        for field, text in parts:
            is_answer = field is Field.ANSWER
            yield from self._part(field, self._calls.text(text) if is_answer else text)

    def _part(self, field: Field, text: str) -> Iterator[tuple[Field, str]]:
        if text:
            yield field, self._before.pop(field, "") + text
