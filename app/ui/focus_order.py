"""Where Tab goes: on in reading order, whenever the parts of the window were made.

Qt goes by the order in which widgets were made. In a chat that is the order of
scrolling and streaming: chips come after the buttons of the message above them.
"""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QScrollArea, QWidget


def move(window: QWidget, *, forward: bool) -> bool:
    """Moves the keyboard on from where it is.

    Args:
        window: What it must not leave; behind the last comes the first.
        forward: Whether to the next one, or else back.

    Returns:
        False where there is nowhere to go.
    """
    present: QWidget | None = window.focusWidget()
    if present is None or not present.isVisibleTo(window):
        present = window
    places = _after(present, window) if forward else _before(present, window)
    target = next(filter(_takes_focus, places), None)
    if target is None:
        return False
    reason = Qt.FocusReason
    target.setFocus(reason.TabFocusReason if forward else reason.BacktabFocusReason)
    _show(target)
    return True


def ordered(widgets: Sequence[QWidget]) -> list[QWidget]:
    """Widgets of one parent line by line, and from left to right in each."""
    lines: list[list[QWidget]] = []
    for widget in sorted(widgets, key=lambda each: each.y()):
        if lines and _on_one_line(lines[-1][0].geometry(), widget.geometry()):
            lines[-1].append(widget)
        else:
            lines.append([widget])
    return [each for line in lines for each in sorted(line, key=lambda w: w.x())]


def _after(widget: QWidget, window: QWidget) -> Iterator[QWidget]:
    """What is read after a widget, from the beginning again at the end."""
    for child in _children(widget):
        yield from _whole(child)
    while widget is not window and (parent := widget.parentWidget()):
        siblings = _children(parent)
        for sibling in siblings[siblings.index(widget) + 1 :]:
            yield from _whole(sibling)
        widget = parent
    yield from _whole(window)


def _before(widget: QWidget, window: QWidget) -> Iterator[QWidget]:
    """What is read before a widget, from the end again at the beginning."""
    while widget is not window and (parent := widget.parentWidget()):
        siblings = _children(parent)
        for sibling in reversed(siblings[: siblings.index(widget)]):
            yield from _whole_backwards(sibling)
        yield parent
        widget = parent
    yield from _whole_backwards(window)


def _whole(widget: QWidget) -> Iterator[QWidget]:
    yield widget
    for child in _children(widget):
        yield from _whole(child)


def _whole_backwards(widget: QWidget) -> Iterator[QWidget]:
    for child in reversed(_children(widget)):
        yield from _whole_backwards(child)
    yield widget


def _children(widget: QWidget) -> list[QWidget]:
    """What is to be seen in a widget."""
    found = [each for each in widget.children() if isinstance(each, QWidget)]
    return ordered([w for w in found if not w.isHidden() and not w.isWindow()])


def _takes_focus(widget: QWidget) -> bool:
    policy = Qt.FocusPolicy
    by_tab = (widget.focusPolicy() & policy.TabFocus) == policy.TabFocus
    return by_tab and widget.isEnabled() and widget.focusProxy() is None


def _on_one_line(one: QRect, other: QRect) -> bool:
    """Whether two places overlap by more than half of the lower one's height."""
    overlap = min(one.bottom(), other.bottom()) - max(one.top(), other.top()) + 1
    return overlap * 2 > min(one.height(), other.height())


def _show(widget: QWidget) -> None:
    """Scrolls to a widget where it is in something that scrolls."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
