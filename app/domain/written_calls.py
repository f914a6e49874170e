r"""Finds calls with a quoted argument in what a model wrote.

The form it was taught is `Name("argument")`, several joined by a comma and a space.
What it writes instead now and then is read too: comments, numbered lists, prose, a
trailing comma, Python's `"a" + "b"` and `"…{}".format("a")`, a named argument, quotes
and brackets of Chinese, and quotes and brackets within the argument. Nothing raises,
and every character is looked at a bounded number of times.

Quotes within the argument make its end a matter of judgement. A quote and a closing
bracket end it when what follows looks like the end of a call (a separator and the next
call, a comment, the end of the line) and no bracket within the argument is still open.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_NOTHING: Final = re.compile(r"\s*+(?i:none?)(?![A-Za-z0-9_])(?!\s*[,;\n])")
_OPENING: Final = re.compile(
    r"""(?<![A-Za-z0-9_]) (?P<name>[A-Za-z][A-Za-z0-9_]*+) \s*+ [(（] \s*+
        (?:[a-z]{1,20}+\s?=\s?)?
        (?:[fr](?=["']))? (?P<quote>["'“])""",
    re.VERBOSE,
)
_QUOTES: Final = {'"': '"', "'": "'", "“": "”"}
_FAR: Final = 300
"""Characters after which a tail or the values of a `.format` need not be looked at."""
_BEFORE: Final = {
    opening: re.compile(f"[^{opening}\n]{{0,{_FAR}}}+") for opening in _QUOTES
}
_CLOSING: Final = re.compile(r"\s*+[)）]")
_PLUS: Final = re.compile(r"""\s*+\+\s*+(?=["'“A-Za-z0-9_])""")
_FORMAT: Final = re.compile(
    rf"\s*+\.format\s*+\((?P<values>(?:[^()\n]|\([^()\n]{{0,{_FAR}}}+\)){{0,{_FAR}}}+)\)"
)
_OPERAND: Final = re.compile(r"""[^"'“+()\n]*+(?:\([^"'“()\n]*+\))?""")
_COMMENT: Final = re.compile(r"[ \t]*+[,;]?[ \t]*+#[^\n]*+")
_VALUE: Final = re.compile(
    r"""\s*+(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*+)\s*+=\s*+)?
        (?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^,]*+))[^,]*+(?:,|$)""",
    re.VERBOSE,
)
_FIELD: Final = re.compile(r"\{([A-Za-z0-9_]*+)[^{}]*+\}")
_SEPARATORS: Final = ",;.#，；。、"


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call as it was written; its name may be nobody's."""

    name: str
    argument: str


def written_calls(text: str) -> Iterator[WrittenCall]:
    """Yields the calls of a text in the order written.

    A text that begins with `None` and does not go on to another call has none, whatever
    follows in prose or in brackets.
    """
    if _NOTHING.match(text):
        return
    position = 0
    while (opening := _OPENING.search(text, position)) is not None:
        reader = _ArgumentReader(text, opening.end())
        argument = reader.read(opening["quote"])
        if argument is not None:
            yield WrittenCall(opening["name"], argument)
        if reader.lost:
            return
        position = reader.position
        if (comment := _COMMENT.match(text, position)) is not None:
            position = comment.end()


class _ArgumentReader:
    """Reads one call's argument.

    Attributes:
        position: Where reading goes on after it.
        lost: Nothing more can be read, since no end was found.
    """

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self.position = position
        self.lost = False

    def read(self, quote: str) -> str | None:
        """The argument after its opening quote; None where it has no end."""
        parts: list[str] = []
        while True:
            literal = self._literal(_QUOTES[quote])
            if literal is None:
                return None
            parts.append(self._formatted(literal))
            while (plus := _PLUS.match(self._text, self.position)) is not None:
                self.position = plus.end()
                if self._text[self.position] in _QUOTES:
                    break
                parts.append(self._operand())
            else:
                closing = _CLOSING.match(self._text, self.position)
                if closing is not None:
                    self.position = closing.end()
                return "".join(parts)
            quote = self._text[self.position]
            self.position += 1

    def _literal(self, quote: str) -> str | None:
        """The text to the quote that ends it; stands behind the quote afterwards."""
        begin = self.position
        first: int | None = None
        depth, counted = 0, begin
        while (end := self._text.find(quote, counted)) >= 0:
            depth += self._text.count("(", counted, end)
            depth -= self._text.count(")", counted, end)
            counted = end + 1
            if self._goes_on(end + 1) or self._ends(end + 1, quote, depth=depth):
                self.position = end + 1
                return self._text[begin:end]
            if first is None and _CLOSING.match(self._text, end + 1):
                first = end
        self.lost = True
        if first is None:
            return None
        self.position = first + 1
        return self._text[begin:first]

    def _goes_on(self, position: int) -> bool:
        """Whether the quote before `position` is followed by `+` or `.format(`."""
        return bool(
            _PLUS.match(self._text, position) or _FORMAT.match(self._text, position)
        )

    def _ends(self, position: int, quote: str, *, depth: int) -> bool:
        """Whether a call's end follows the quote before `position`.

        Args:
            position: Where to look.
            quote: What ends the argument.
            depth: Brackets that are open within the argument.
        """
        closing = _CLOSING.match(self._text, position)
        if closing is None:
            return False
        tail, quoted = self._tail(closing.end(), quote)
        separated = tail[:1] in _SEPARATORS
        if quoted:
            next_call = tail.endswith("(") and tail[:-1].rstrip()[-1:].isalnum()
            return (separated and (next_call or depth <= 0)) or (
                next_call and depth <= 0
            )
        return depth <= 0 or tail.startswith("#") or not tail.strip(" \t),;.，；。、")

    def _tail(self, position: int, quote: str) -> tuple[str, bool]:
        """What follows to the next quote or the line's end, and whether it is a quote.

        Blanks at both ends are left out, and so is what is far away.
        """
        opening = "“" if quote == "”" else quote
        match = _BEFORE[opening].match(self._text, position)
        end = position if match is None else match.end()
        return self._text[position:end].strip(), self._text[end : end + 1] == opening

    def _formatted(self, literal: str) -> str:
        """The literal with the values of a `.format(…)` that follows put in."""
        call = _FORMAT.match(self._text, self.position)
        if call is None:
            return literal
        self.position = call.end()
        return _filled(literal, call["values"])

    def _operand(self) -> str:
        """A part of a sum that is no text: a number's digits, nothing for the rest."""
        match = _OPERAND.match(self._text, self.position)
        if match is None:
            return ""
        self.position = match.end()
        operand = match[0].strip()
        return operand if operand.isdecimal() else ""


def _filled(template: str, values: str) -> str:
    """Puts values into `{}`, `{0}` and `{name}`; those not written out become empty."""
    by_name: dict[str, str] = {}
    for index, match in enumerate(_VALUE.finditer(values)):
        bare = (match["bare"] or "").strip()
        number = bare if re.fullmatch(r"-?[0-9.]++", bare) else ""
        value = match["double"] or match["single"] or number
        by_name[match["name"] or str(index)] = value
    automatic = iter(range(len(by_name)))

    def filled(field: "re.Match[str]") -> str:
        return by_name.get(field[1] or str(next(automatic, "")), "")

    return _FIELD.sub(filled, template)
