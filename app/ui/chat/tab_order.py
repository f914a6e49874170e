"""The order in which Tab goes through widgets that were made in another order."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def put_in_order(container: QWidget, after: QWidget) -> None:
    """Has Tab go through a container in the order in which it is read aloud.

    Args:
        container: Its children, and theirs, are in the order of reading.
        after: What Tab comes from; in the same window.
    """
    for stop in _stops(container):
        QWidget.setTabOrder(after, stop)
        after = stop


def last_stop(container: QWidget) -> QWidget | None:
    """The last widget of a container that Tab stops at."""
    return next(reversed(_stops(container)), None)


def _stops(container: QWidget) -> list[QWidget]:
    found = container.findChildren(QWidget)
    return [w for w in found if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
