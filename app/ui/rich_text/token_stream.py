"""markdown-it's tokens, taken one after the other by whoever understands the next."""

from collections.abc import Iterator, Sequence

from markdown_it.token import Token


class TokenStream:
    """Tokens that are taken from the front.

    Args:
        tokens: All of them.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def __iter__(self) -> Iterator[Token]:
        while self._at < len(self._tokens):
            self._at += 1
            yield self._tokens[self._at - 1]

    def next_is(self, kind: str) -> bool:
        """Whether the next token is of a kind."""
        return self._at < len(self._tokens) and self._tokens[self._at].type == kind

    def skip(self, kind: str) -> None:
        """Goes past the next token if it is of a kind."""
        self._at += self.next_is(kind)

    def inline(self) -> Token:
        """Takes the next token, which has what stands within a line."""
        self._at += 1
        return self._tokens[self._at - 1]
