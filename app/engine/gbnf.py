r"""Looks at a grammar in llama.cpp's GBNF before llama.cpp does.

Its reader notices what is not GBNF at all. What it does not notice ends the process or
never ends: a repetition whose most is less than its least, repetition without end of
what may be empty, left recursion by way of rules that may be empty, brackets in
brackets without end, a small text that stands for gigabytes. Rules for single tokens
(`<[1234]>`) it misreads where they follow text; grammars here are about text only.

Whether a grammar is sensible is not looked at: one in which a text can be read in very
many ways costs very much time.

Source: `grammars/README.md` and `llama-grammar.cpp` of llama.cpp.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from app.domain.errors import ErrorCode, UserError

ROOT: Final = "root"
_MOST_CHARACTERS: Final = 32_768
_MOST_ELEMENTS: Final = 65_536
_MOST_DEPTH: Final = 32
_WORDS: Final = re.compile(
    r"""(?P<blank>[\s]+|\#[^\r\n]*)
      | (?P<rule>[A-Za-z0-9-]+)[ \t]*::=
      | (?P<name>[A-Za-z0-9-]+)
      | "(?P<text>(?:[^"\\]|\\.)*)"
      | (?P<any>\.|\[(?:[^\]\\]|\\.)*\])
      | (?P<repeat>[*+?])
      | \{\s*(?P<least>[0-9]{1,9})\s*(?P<range>,\s*(?P<most>[0-9]{0,9})\s*)?\}
      | (?P<mark>[|()])""",
    re.VERBOSE | re.DOTALL,
)
_REPEATS: Final[dict[str, tuple[int, int | None]]] = {
    "*": (0, None),
    "+": (1, None),
    "?": (0, 1),
}


def check(text: str) -> None:
    """Lets a grammar pass that llama.cpp reads, or refuses, in good time.

    Raises:
        UserError: `ErrorCode.PROTOCOL`, with what is wrong.
    """
    if len(text) > _MOST_CHARACTERS:
        _refuse(f"more than {_MOST_CHARACTERS} characters")
    rules = _Reader().read(text)
    if ROOT not in rules:
        _refuse(f"no {ROOT}")
    items = [item for rule in rules.values() for items in rule for item in items]
    if sum(item.elements for item in items) > _MOST_ELEMENTS:
        _refuse(f"more than {_MOST_ELEMENTS} elements")
    nullable = _nullable(rules)
    for item in items:
        if item.most is None and item.is_empty(nullable):
            _refuse("endless repetition of what may be empty")
    if recursive := _left_recursive(rules, nullable):
        _refuse(f"left recursion: {min(recursive)}")


@dataclass(slots=True)
class _Item:
    """A part of a sequence: a rule's name, or so many characters; may be repeated."""

    size: int
    rule: str = ""
    least: int = 1
    most: int | None = 1

    @property
    def elements(self) -> int:
        """What llama.cpp makes of it, repetitions written out."""
        return self.size * max(self.least, self.most or 0, 1)

    def is_empty(self, nullable: set[str]) -> bool:
        """Whether one occurrence may be empty."""
        return self.size == 0 or self.rule in nullable

    def may_miss(self, nullable: set[str]) -> bool:
        """Whether the whole item may be empty."""
        return self.least == 0 or self.is_empty(nullable)


_Rules = dict[str, list[list[_Item]]]
"""Each rule's alternatives; a group in brackets is a rule of its own."""


class _Reader:
    """Reads rules, as far as it matters here; llama.cpp looks at the rest."""

    def __init__(self) -> None:
        self._rules: _Rules = {}
        self._open: list[str] = []
        self._rule = ""

    def read(self, text: str) -> _Rules:
        """All rules of a grammar."""
        for word in _words(text):
            if word["rule"]:
                self._begin(word["rule"])
            elif not self._rule:
                _refuse("no rule at the beginning")
            elif word["mark"]:
                self._mark(word)
            elif word["repeat"] or word["least"]:
                self._repeat(word)
            else:
                self._sequence.append(_item(word))
        return self._rules

    @property
    def _sequence(self) -> list[_Item]:
        """What is being read."""
        return self._rules[self._rule][-1]

    def _begin(self, rule: str) -> None:
        if self._open:
            _refuse(f"a bracket is open before {rule}")
        self._rule = rule
        self._rules[rule] = [[]]

    def _mark(self, word: re.Match[str]) -> None:
        if word["mark"] == "|":
            self._rules[self._rule].append([])
        elif word["mark"] == "(":
            group = f"the group at {word.start()}"
            self._sequence.append(_Item(1, group))
            self._open.append(self._rule)
            self._rule = group
            self._rules[group] = [[]]
            if len(self._open) > _MOST_DEPTH:
                _refuse(f"more than {_MOST_DEPTH} brackets in each other")
        elif self._open:
            self._rule = self._open.pop()
        else:
            _refuse(f"no bracket is open at {word.start()}")

    def _repeat(self, word: re.Match[str]) -> None:
        """Repeats the last item."""
        least, most = _bounds(word)
        if most is not None and most < least:
            _refuse(f"at least {least}, at most {most}")
        if not self._sequence:
            _refuse(f"nothing to repeat at {word.start()}")
        item = self._sequence[-1]
        if (item.least, item.most) != (1, 1):
            _refuse(f"repeated twice at {word.start()}")
        item.least, item.most = least, most


def _words(text: str) -> Iterator[re.Match[str]]:
    """The words of a grammar, without what is between them."""
    position = 0
    while position < len(text):
        match = _WORDS.match(text, position)
        if match is None or "\0" in match[0]:
            _refuse(f"not understood: {text[position : position + 20]!r}")
        position = match.end()
        if match["blank"] is None:
            yield match


def _item(word: re.Match[str]) -> _Item:
    if word["name"]:
        return _Item(1, word["name"])
    empty = word["text"] == "" or word["any"] in {"[]", "[^]"}
    return _Item(0 if empty else len(word[0]))


def _bounds(word: re.Match[str]) -> tuple[int, int | None]:
    """How often something is repeated; None is without end."""
    if word["repeat"]:
        return _REPEATS[word["repeat"]]
    least = int(word["least"])
    if not word["range"]:
        return least, least
    return least, int(word["most"]) if word["most"] else None


def _nullable(rules: _Rules) -> set[str]:
    """The rules that may be empty."""
    found: set[str] = set()
    while True:
        more = {
            name
            for name, rule in rules.items()
            if any(all(item.may_miss(found) for item in items) for items in rule)
        }
        if more == found:
            return found
        found = more


def _left_recursive(rules: _Rules, nullable: set[str]) -> set[str]:
    """The rules that begin with themselves, or with such rules."""
    begins = {
        name: {item.rule for items in rule for item in _first(items, nullable)}
        & rules.keys()
        for name, rule in rules.items()
    }
    while done := {name for name, first in begins.items() if not first}:
        begins = {name: first - done for name, first in begins.items() if first}
    return set(begins)


def _first(items: list[_Item], nullable: set[str]) -> Iterator[_Item]:
    """The items that a sequence may begin with."""
    for item in items:
        yield item
        if not item.may_miss(nullable):
            return


def _refuse(problem: str) -> NoReturn:
    raise UserError(ErrorCode.PROTOCOL, f"grammar: {problem}")
