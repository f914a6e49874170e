r"""Finds calls of functions in what a model writes, piece by piece: pure.

Read is what published chat templates teach:

    <tool_call>\n{"name": "calculate", "arguments": {"expression": "1+1"}}\n</tool_call>
    {"name": "calculate", "parameters": {"expression": "1+1"}}
    <|python_tag|>{"name": …}
    [TOOL_CALLS][{"name": …, "arguments": {…}, "id": "…"}, …]
    [TOOL_CALLS]calculate[ARGS]{"expression": "1+1"}

The form without a mark counts at the very beginning only. Marks may be control tokens
or text. A call ends where its JSON does, so no mark in an argument ends it, and the
mark that closes it may be missing. What is no call of a known function is text.

Behind its calls a model sometimes goes on as if it had their results: that is left out.
Nothing raises, every character is looked at a bounded number of times, and what comes
of a text does not depend on how it was cut.
"""

import json
import re
from collections.abc import Collection, Iterator
from enum import Enum, auto
from typing import Final

from app.domain.functions import command_of
from app.domain.tools import Command, Tool

_OPENINGS: Final = ("<tool_call>", "<|tool_call|>", "<|python_tag|>", "[TOOL_CALLS]")
MARKS: Final = (*_OPENINGS, "</tool_call>", "[CALL_ID]", "[ARGS]")
"""What a call is written with and may be a control token."""
_OPENING: Final = re.compile("|".join(map(re.escape, _OPENINGS)))
_HEAD: Final = re.compile(
    r"""\s*+(?:(?=[{\[])
        |(?P<name>\w[\w.-]*+)(?:\[CALL_ID\]\w*+)?(?:\[ARGS\])?\s*+(?=\{))""",
    re.VERBOSE,
)
"""What stands between a mark and the JSON: nothing, or in one form the name."""
_BEGUN_HEAD: Final = re.compile(r"\s*+[\w.\-\[\]]*+\s*+")
_MOST_HEAD: Final = 128
_BARE: Final = re.compile(
    r'\[?\s*+\{\s*+"(?:name|type|function|id|arguments|parameters)"'
)
"""How a call without a mark begins."""
_BEGUN_BARE: Final = re.compile(r'\[?\s*+(?:\{\s*+(?:"[a-z]*+)?)?')
_MOST_BARE: Final = 64
_STRUCTURE: Final = re.compile(r'[\[\]{}"]')
_IN_STRING: Final = re.compile(r'[\\"]')
_MOST_JSON: Final = 16_384
"""Characters of one call, or of a list of them."""
_DEEPEST: Final = 16
"""Brackets that are open at once."""
_BETWEEN: Final = re.compile(r"[\s,;]*+")


class _State(Enum):
    """Where the parser stands."""

    BEGINNING = auto()
    BARE = auto()
    TEXT = auto()
    HEAD = auto()
    JSON = auto()
    BEHIND = auto()


class CallParser:
    """Takes a reply without its thoughts; passes text on and keeps the calls.

    Attributes:
        commands: The calls that were found, in the order written.
    """

    def __init__(self, tools: Collection[Tool]) -> None:
        """Begins in front of a reply.

        Args:
            tools: Those that may be called; without any everything is text.
        """
        self.commands: Final[list[Command]] = []
        self._tools = frozenset(tools)
        self._state = _State.BEGINNING
        self._held, self._at = "", 0
        self._name = ""
        self._json = _Json(0)
        self._steps = {
            _State.BEGINNING: self._read_beginning,
            _State.BARE: self._read_bare,
            _State.TEXT: self._read_text,
            _State.HEAD: self._read_head,
            _State.JSON: self._read_json,
            _State.BEHIND: self._read_behind,
        }

    def text(self, text: str) -> str:
        """Takes text; returns what is known to be none of a call's."""
        if not self._tools:
            return text
        self._held += text
        said = "".join(self._known())
        self._held = self._held[self._at :]
        self._json.moved(self._at)
        self._at = 0
        return said

    def finish(self) -> str:
        """Takes the end: what was held back is no call any more."""
        rest, self._held = self._held, ""
        self._state = _State.TEXT
        return "" if self.commands else rest

    def _known(self) -> Iterator[str]:
        while self._at < len(self._held):
            stop = self._steps[self._state]()
            if stop is None:
                return
            if not self.commands:
                yield self._held[self._at : stop]
            self._at = stop

    # Each step says up to where all is known to be text, once it has left a call out;
    # None where more must come first.

    def _read_beginning(self) -> int | None:
        """White space, and whether the first letter may be that of a call."""
        first = self._held[self._at]
        if first.isspace():
            return self._at + 1
        self._state = _State.BARE if first in "{[" else _State.TEXT
        return self._at

    def _read_bare(self) -> int | None:
        """The beginning of a call without a mark."""
        window = self._held[self._at : self._at + _MOST_BARE]
        if _BARE.match(window):
            self._begin_json(self._at)
        elif len(window) < _MOST_BARE and _BEGUN_BARE.fullmatch(window):
            return None
        else:
            self._state = _State.TEXT
        return self._at

    def _read_text(self) -> int | None:
        """Text up to a mark, or to what may be the beginning of one."""
        mark = _OPENING.search(self._held, self._at)
        if mark is None:
            stop = len(self._held) - _held_back(self._held)
            return stop if stop > self._at else None
        self._state = _State.HEAD
        return mark.start()

    def _read_head(self) -> int | None:
        """A mark and what is between it and the JSON."""
        mark = _OPENING.match(self._held, self._at)
        begin = mark.end() if mark else self._at
        end = min(begin + _MOST_HEAD, len(self._held))
        head = _HEAD.match(self._held, begin, end)
        if head is not None:
            self._begin_json(head.end(), head["name"] or "")
            return self._at
        begun = _BEGUN_HEAD.fullmatch(self._held, begin, end)
        if begun and end < begin + _MOST_HEAD:
            return None
        self._state = _State.TEXT
        return begin

    def _begin_json(self, begin: int, name: str = "") -> None:
        self._state, self._name, self._json = _State.JSON, name, _Json(begin)

    def _read_json(self) -> int | None:
        """The JSON, and the mark before it: a call, or text after all."""
        end = self._json.end(self._held)
        if end is None:
            return None
        self._state = _State.TEXT
        text = self._held[self._json.begin : end]
        found = list(self._calls(text)) if self._json.is_whole else []
        if found:
            self.commands.extend(found)
            self._state = _State.BEHIND
        return end

    def _read_behind(self) -> int | None:
        """What directly follows a call: another one without a mark of its own."""
        between = _BETWEEN.match(self._held, self._at)
        end = between.end() if between else self._at
        if end < len(self._held):
            self._state = _State.TEXT
            if self._held[end] == "{":
                self._begin_json(end)
        return end

    def _calls(self, text: str) -> Iterator[Command]:
        """The known ones among the calls in a JSON value."""
        try:
            value = json.loads(text)
        except ValueError:
            return
        for item in value if isinstance(value, list) else [value]:
            name, arguments = _named(item) if not self._name else (self._name, item)
            command = command_of(name, arguments, self._tools)
            if command is not None:
                yield command


class _Json:
    """One JSON value's way to its end.

    Attributes:
        begin: Where it begins.
        is_whole: Whether its last bracket is closed.
    """

    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.is_whole = False
        self._place, self._depth, self._in_string = begin, 0, False

    def moved(self, characters: int) -> None:
        """Takes that the text has lost so many characters in front."""
        self.begin -= characters
        self._place -= characters

    def end(self, text: str) -> int | None:
        """Where it ends, or cannot be a call any more; None while neither is known."""
        limit = self.begin + _MOST_JSON
        while self._place < min(limit, len(text)):
            pattern = _IN_STRING if self._in_string else _STRUCTURE
            found = pattern.search(text, self._place, limit)
            if found is None:
                self._place = min(limit, len(text))
                break
            self._place = found.end()
            self._pass(found[0])
            self.is_whole = not self._depth and not self._in_string
            if self.is_whole or self._depth > _DEEPEST:
                return self._place
        return limit if len(text) >= limit else None

    def _pass(self, letter: str) -> None:
        if letter == '"':
            self._in_string = not self._in_string
        elif letter == "\\":
            self._place += 1
        else:
            self._depth += 1 if letter in "{[" else -1


def _named(item: object) -> tuple[object, object]:
    """A call's name and arguments."""
    if not isinstance(item, dict):
        return None, None
    inner = item.get("function")
    call = inner if isinstance(inner, dict) else item
    arguments = call.get("arguments", call.get("parameters"))
    name = call.get("name", inner)
    if isinstance(arguments, str) and arguments.startswith("{"):
        try:
            return name, json.loads(arguments)
        except (ValueError, RecursionError):
            return name, arguments
    return name, arguments


def _held_back(text: str) -> int:
    """How many characters at the end may be the beginning of a mark."""
    longest = max(map(len, _OPENINGS)) - 1
    return next(
        (
            size
            for size in range(min(longest, len(text)), 0, -1)
            if any(mark.startswith(text[-size:]) for mark in _OPENINGS)
        ),
        0,
    )
