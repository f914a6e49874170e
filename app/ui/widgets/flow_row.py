"""Widgets side by side that begin a new line when one is full."""

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

_GAP: Final = 6
_NARROWEST: Final = 40
"""Pixels that a widget has at least, before the row has its own width too."""


class FlowRow(QWidget):
    """Arranges its widgets by itself and is exactly as high as their lines.

    A `QLayout` whose height depends on its width makes every layout around it depend
    on that too, and Qt's scroll area then settles on heights that are out of date.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widgets: list[QWidget] = []

    def add(self, widget: QWidget) -> None:
        """Puts a widget at the end and shows it."""
        widget.setParent(self)
        widget.show()
        self._widgets.append(widget)

    def remove(self, widget: QWidget) -> None:
        """Takes a widget out and deletes it."""
        self._widgets.remove(widget)
        widget.hide()
        widget.deleteLater()

    @override
    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._arrange()
        return handled

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        x = y = line = 0
        for widget in self._widgets:
            if widget.isHidden():
                continue
            size = widget.sizeHint()
            # What is wider than a line leaves out what it can.
            size.setWidth(min(size.width(), max(self.width(), _NARROWEST)))
            if x > 0 and x + size.width() > self.width():
                x, y, line = 0, y + line + _GAP, 0
            widget.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + _GAP
            line = max(line, size.height())
        if y + line != self.height():
            self.setFixedHeight(y + line)
