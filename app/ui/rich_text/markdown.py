"""Markdown as units: pieces from the top that no later text can change.

CommonMark's blocks are closed by what follows them, so of all top-level blocks only the
last one can still become something else. Items of a list are units of their own, so
that a long list is not written again with each word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from app.ui.rich_text import inline_rules


@dataclass(frozen=True, slots=True)
class Unit:
    """A top-level block, or one item of a top-level list.

    Attributes:
        tokens: markdown-it's tokens, in pairs of opening and closing ones; those of a
            list around an item are left out.
        start: Where it begins in the text, in characters.
        number: Its number in an ordered list; None elsewhere.
        bullet: Whether it is an item of a list without numbers.
    """

    tokens: tuple[Token, ...]
    start: int
    number: int | None = None
    bullet: bool = False

    @property
    def is_fence(self) -> bool:
        """Whether it is a block of code between fences, which grows at its end."""
        return self.tokens[0].type == "fence"


Environment = dict[str, object]
"""What a parser remembers from one part of a text to the next: link definitions."""


def units(text: str, environment: Environment) -> list[Unit]:
    """Takes a text apart.

    Args:
        text: Markdown, from the beginning of a unit; lines end with a line feed.
        environment: Empty at first, then the same for each later part of the text.
    """
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    found: list[Unit] = []
    for block in _blocks(_parser().parse(text, environment)):
        if _is_list(block[0]):
            found.extend(_items(block, starts))
        else:
            found.append(Unit(tuple(block), _start(block[0], starts)))
    return found


def first_number(opening: Token) -> int | None:
    """The number of a list's first item; None for a list without numbers."""
    if opening.type == "bullet_list_open":
        return None
    return int(opening.attrs.get("start", 1))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    parser.enable(["table", "strikethrough"])
    # `$5 and $6` are prices, and `$ 5` is no formula.
    dollarmath_plugin(parser, allow_labels=False, allow_space=False, allow_digits=False)
    inline_rules.install(parser)
    return parser


def _blocks(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Cuts tokens where the nesting returns to the top."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def _items(tokens: Sequence[Token], starts: Sequence[int]) -> Iterator[Unit]:
    number = first_number(tokens[0])
    for item in _blocks(tokens[1:-1]):
        start = _start(item[0], starts)
        yield Unit(tuple(item), start, number, bullet=number is None)
        number = None if number is None else number + 1


def _start(opening: Token, starts: Sequence[int]) -> int:
    return starts[opening.map[0]] if opening.map else 0


def _is_list(token: Token) -> bool:
    return token.type in ("ordered_list_open", "bullet_list_open")
