"""What the palette offers, and what of it fits what was typed; no widgets."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from app.domain import fuzzy

_ALIAS: Final = 5
"""What it costs to be found by another name than the one that is shown."""


class Kind(Enum):
    """What an item is; of equals the first kind comes first."""

    ACTION = auto()
    CHAT = auto()
    MODEL = auto()
    SETTING = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be chosen.

    Attributes:
        kind: What it is.
        title: What it is called.
        run: Does it.
        hint: What is said of it besides: its keys, or where it belongs.
        aliases: Other names, such as the English one in a Chinese window.
    """

    kind: Kind
    title: str
    run: Callable[[], object]
    hint: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """An item that fits.

    Attributes:
        item: The item.
        marks: The stretches of its title that were typed.
    """

    item: Item
    marks: tuple[tuple[int, int], ...] = ()


class Finder:
    """Finds items by what is typed.

    Args:
        items: All of them; of equals the first comes first.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        found = sorted(items, key=lambda item: item.kind.value)
        self._items = [
            (item, fuzzy.folded(item.title), tuple(map(fuzzy.folded, item.aliases)))
            for item in found
        ]

    def find(self, query: str, most: int) -> tuple[Found, ...]:
        """What fits, the best first; without a query the first of all."""
        sought = fuzzy.folded(query).strip()
        if not sought:
            return tuple(Found(item) for item, _, _ in self._items[:most])
        fitting = []
        for place, (item, title, aliases) in enumerate(self._items):
            fit = _best(sought, title, aliases)
            if fit is not None:
                fitting.append((-fit.score, place, Found(item, fit.marks)))
        fitting.sort(key=lambda entry: entry[:2])
        return tuple(found for _, _, found in fitting[:most])


def _best(sought: str, title: str, aliases: tuple[str, ...]) -> fuzzy.Match | None:
    """How the title fits, or else the best of the other names."""
    fit = fuzzy.match(sought, title)
    others = [fuzzy.match(sought, alias) for alias in aliases]
    scores = [other.score - _ALIAS for other in others if other is not None]
    if fit is None and scores:
        return fuzzy.Match(max(scores))
    return fit
