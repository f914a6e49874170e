"""What a model writes: whole characters, and where the writing ends."""

import codecs
from collections.abc import Callable, Sequence

from app.domain.generation import StopRule


class TextDecoder:
    """Turns tokens' bytes into text, however characters are split over tokens.

    Bytes that are not UTF-8 become U+FFFD.
    """

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, piece: bytes) -> str:
        """The characters that `piece` completes; may be none."""
        data = self._begun + piece if self._begun else piece
        text, used = codecs.utf_8_decode(data, "replace", False)  # noqa: FBT003
        self._begun = data[used:]
        return text

    def finish(self) -> str:
        """What is left: U+FFFD when a character was never completed."""
        rest, self._begun = self._begun, b""
        return rest.decode("utf-8", "replace")


class StopMatcher:
    """Knows which tokens end a generation now, after what has been written so far."""

    def __init__(
        self, rules: Sequence[StopRule], token_id: Callable[[str], int | None]
    ) -> None:
        """Resolves the rules' tokens.

        Args:
            rules: The rules of the generation.
            token_id: The id of a control token's text; None where the vocabulary has
                no such token, which then cannot be generated either.
        """
        self._ids: set[int] = set()
        self._waiting: list[tuple[str, set[int]]] = []
        self._longest = max((len(rule.after) for rule in rules), default=0)
        self._tail = ""
        for rule in rules:
            found = {token_id(text) for text in rule.tokens}
            ids = {token for token in found if token is not None}
            if rule.after:
                self._waiting.append((rule.after, ids))
            else:
                self._ids |= ids

    def wrote(self, text: str) -> None:
        """Takes generated text; a rule begins to hold once its `after` is there."""
        if not self._waiting:
            return
        seen = self._tail + text
        self._tail = seen[-self._longest :]
        waiting = self._waiting
        self._waiting = []
        for after, ids in waiting:
            if after in seen:
                self._ids |= ids
            else:
                self._waiting.append((after, ids))

    def ends_at(self, token: int) -> bool:
        """Whether this token ends the generation."""
        return token in self._ids


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their beginning."""
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))
