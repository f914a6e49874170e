"""Where a generation ends, when a server may not say which control token it wrote."""

from collections.abc import Sequence
from typing import Final

from app.domain.generation import StopRule
from app.engine.text import StopMatcher

_UNNAMED: Final = ""
_MOST_UNNAMED: Final = 2


class Stops:
    """The rules of a generation, matched by the names of control tokens.

    A token without a name may be any of them. It ends the generation where any control
    token would: once a rule's `after` has been written, or at once where no rule waits
    for anything. Before that the first one is taken for the end of a field and the
    second for the end of all.

    Args:
        rules: The rules.
        names_controls: True where a token without a name is none that a rule names.
    """

    def __init__(self, rules: Sequence[StopRule], *, names_controls: bool) -> None:
        self._numbers: dict[str, int] = {}
        self._unnamed = 0
        self._guesses = bool(rules) and not names_controls
        if self._guesses:
            waits = {rule.after for rule in rules if rule.after} or {""}
            rules = [*rules, *(StopRule((_UNNAMED,), after) for after in waits)]
        self._matcher = StopMatcher(rules, self._number)

    def wrote(self, text: str) -> None:
        """Takes generated text."""
        self._matcher.wrote(text)

    def ends_at(self, name: str) -> bool:
        """Whether this control token ends the generation; "" is one without a name."""
        self._unnamed += name == _UNNAMED
        if self._guesses and self._unnamed >= _MOST_UNNAMED:
            return True
        return self._matcher.ends_at(self._number(name))

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))
