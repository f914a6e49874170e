"""Parts of a message, each in its place whenever it is made."""

from bisect import bisect_right
from enum import IntEnum, auto

from PySide6.QtWidgets import QBoxLayout, QWidget


class Place(IntEnum):
    """The parts of a message from the top to the bottom."""

    FILES = auto()
    CHIPS = auto()
    PERMISSION = auto()
    PICTURE = auto()
    TEXT = auto()
    EDITOR = auto()
    CLIPPED = auto()
    REFERENCES = auto()
    FOOT = auto()
    REMARK = auto()


class PartStack:
    """Few messages need all parts, and a long chat has many messages.

    Args:
        layout: Gets the parts, all children of its widget, behind what it has already.
    """

    def __init__(self, layout: QBoxLayout) -> None:
        self._layout = layout
        self._before = layout.count()
        self._places: list[int] = []
        self._parts: list[QWidget] = []

    @property
    def widget(self) -> QWidget | None:
        """The parent of all parts."""
        return self._layout.parentWidget()

    def put(self, place: int, part: QWidget) -> None:
        """Puts a part behind those of lower places, also where it is read aloud."""
        index = bisect_right(self._places, place)
        if index < len(self._parts):
            part.stackUnder(self._parts[index])
        self._places.insert(index, place)
        self._parts.insert(index, part)
        self._layout.insertWidget(self._before + index, part)
