"""From marked text to a prompt: which stretches are read for control tokens."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from app.domain.generation import Segment
from app.engine.templates.marked_text import MarkedText

_SPACE: Final = " \t\n\v\f\r"
"""What C's `isspace` knows, which llama.cpp uses."""


class Markers:
    """The texts that a vocabulary has one special token for.

    Attributes:
        texts: All of them.

    Args:
        texts: All of them.
        strip_before: Those that swallow white space in front of them.
        strip_after: Those that swallow it behind them.
    """

    def __init__(
        self,
        texts: Iterable[str],
        *,
        strip_before: Collection[str] = (),
        strip_after: Collection[str] = (),
    ) -> None:
        self.texts: Final = tuple(filter(None, texts))
        longest_first = sorted(self.texts, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._strip_before = frozenset(strip_before)
        self._strip_after = frozenset(strip_after)

    def segments(self, text: MarkedText) -> tuple[Segment, ...]:
        """The prompt.

        The template's own markers become control segments. All else is plain text,
        joined over the borders between own and foreign, as the tokenizer must see it.
        """
        segments: list[Segment] = []
        for part, is_marker in self._parts(text):
            if is_marker:
                segments.append(Segment(part, control=True))
            elif segments and not segments[-1].control:
                segments[-1] = Segment(segments[-1].text + part)
            else:
                segments.append(Segment(part))
        return tuple(self._stripped(segments))

    def cut(self, text: str) -> list[str]:
        """The text in pieces of which none holds a marker: each is cut in two."""
        places = [match.start() + 1 for match in self._pattern.finditer(text)]
        borders = [0, *places, len(text)]
        pieces = map(slice, borders, borders[1:])
        return [text[piece] for piece in pieces if piece.start < piece.stop]

    def _parts(self, text: MarkedText) -> Iterator[tuple[str, bool]]:
        for run, is_own in text.runs():
            if not is_own:
                yield run, False
                continue
            place = 0
            for match in self._pattern.finditer(run):
                if match.start() > place:
                    yield run[place : match.start()], False
                yield match[0], True
                place = match.end()
            if place < len(run):
                yield run[place:], False

    def _stripped(self, segments: list[Segment]) -> Iterator[Segment]:
        for place, segment in enumerate(segments):
            text = segment.text
            if segment.control:
                yield segment
                continue
            if place and segments[place - 1].text in self._strip_after:
                text = text.lstrip(_SPACE)
            if place + 1 < len(segments) and (
                segments[place + 1].text in self._strip_before
            ):
                text = text.rstrip(_SPACE)
            if text:
                yield Segment(text)
