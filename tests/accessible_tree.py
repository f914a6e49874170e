"""What a screen reader is told of a window, as a tree, and what is wrong with it."""

import re
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialogButtonBox, QLineEdit, QWidget

CELLS = {QAccessible.Role.Cell, QAccessible.Role.TreeItem}
"""A table may have nothing to say in one of its columns."""
NAMED = {
    QAccessible.Role.Button,
    QAccessible.Role.ButtonMenu,
    QAccessible.Role.CheckBox,
    QAccessible.Role.RadioButton,
    QAccessible.Role.ComboBox,
    QAccessible.Role.EditableText,
    QAccessible.Role.SpinBox,
    QAccessible.Role.Slider,
    QAccessible.Role.ProgressBar,
    QAccessible.Role.List,
    QAccessible.Role.ListItem,
    QAccessible.Role.Table,
    QAccessible.Role.Graphic,
    QAccessible.Role.MenuItem,
    QAccessible.Role.Dialog,
}
"""Whatever of these is shown has a name, whether the keyboard reaches it or not."""
_MOST_LINKS = 20
"""In one text; Tab goes from one to the next."""
_FILE = re.compile(r"\.(svg|png|ico|jpe?g)$|^[a-z]+(-[a-z]+)+$")


@dataclass(frozen=True)
class Element:
    """An element that is shown.

    Attributes:
        role: What it is.
        name: What it is called.
        rect: Where it is on the screen.
        focusable: Whether the keyboard can reach it.
        children: What is in it, in reading order.
        described: How to find it in the code.
    """

    role: QAccessible.Role
    name: str
    rect: QRect
    focusable: bool
    children: tuple
    described: str

    def walk(self):
        """This element and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


def tree(widget: QWidget) -> Element:
    """What a screen reader is told of a widget that is shown."""
    return _element(QAccessible.queryAccessibleInterface(widget))


def nameless(root: Element) -> list[str]:
    """Elements that a screen reader could say nothing of but their role."""
    return [
        f"{element.role.name} {element.described}"
        for element in root.walk()
        if not element.name.strip()
        and (element.role in NAMED or element.focusable)
        and element.role not in CELLS
    ]


def named_after_files(root: Element) -> list[str]:
    """Names that are those of icons or files of them."""
    return [e.name for e in root.walk() if _FILE.search(e.name)]


def out_of_order(root: Element) -> list[str]:
    """Neighbours of which the second is to be seen before the first.

    The buttons of a dialog stand in the order of the system's own dialogs.
    """
    found = []
    for element in root.walk():
        if element.described.startswith("QDialogButtonBox"):
            continue
        shown = [child for child in element.children if not child.rect.isEmpty()]
        for first, second in pairwise(shown):
            if before(second.rect, first.rect):
                found.append(
                    f"in {element.described}: {first.name or first.described} "
                    f"is read before {second.name or second.described}"
                )
    return found


def focus_order(window: QWidget, *, back: bool = False) -> list[QWidget]:
    """What Tab reaches, one after the other, until it comes round again."""
    key = Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab
    QTest.keyClick(window.focusWidget() or window, key)
    found: list[QWidget] = []
    stays = 0
    while (present := window.focusWidget()) is not None and present not in found[:-1]:
        stays = stays + 1 if present in found else 0
        if stays > _MOST_LINKS:
            assert len(found) == 1, f"the keyboard is caught in {_name(present)}"
            break
        if not stays:
            found.append(present)
        QTest.keyClick(present, key)
    return found[found.index(present) :] if found else []


def focusable(window: QWidget) -> list[QWidget]:
    """What has a reason to be reached by Tab."""
    policy = Qt.FocusPolicy
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisibleTo(window)
        and widget.isEnabled()
        and (widget.focusPolicy() & policy.TabFocus) == policy.TabFocus
        and widget.focusProxy() is None
    ]


def unreachable(window: QWidget) -> list[str]:
    """Buttons that only a mouse can press."""
    return [
        f"{button.accessibleName() or button.text()} ({button.objectName()})"
        for button in window.findChildren(QAbstractButton)
        if button.isVisibleTo(window)
        and button.isEnabled()
        and not button.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
        and not button.objectName().startswith("qt_")
        and not isinstance(button.parent(), QLineEdit)  # Escape empties those
        and not button.autoExclusive()  # the arrow keys go from one to the other
    ]


def tab_jumps(window: QWidget) -> list[str]:
    """Neighbours in the focus order of which the second is to be seen first.

    One of them is the end and the beginning, unless that is all there is.
    """
    order = focus_order(window)
    found = []
    for first, second in pairwise([*order, *order[:1]]):
        common = _common(first, second)
        if isinstance(common, QDialogButtonBox):
            continue  # in the order of the system's own dialogs
        one, other = (_part(widget, common) for widget in (first, second))
        if before(_place(other), _place(one)):
            found.append(f"{_name(first)} comes before {_name(second)}")
    return found if len(found) > 1 else []


def before(one: QRect, other: QRect) -> bool:
    """Whether somebody who reads comes to one place before the other."""
    if one.bottom() < other.top():
        return True
    overlap = min(one.bottom(), other.bottom()) - max(one.top(), other.top())
    same_line = overlap * 2 > min(one.height(), other.height())
    return same_line and one.right() < other.left()


def _element(interface: QAccessibleInterface) -> Element:
    state, thing = interface.state(), interface.object()
    children = (interface.child(n) for n in range(interface.childCount()))
    kind, name = type(thing).__name__, thing.objectName() if thing else ""
    return Element(
        interface.role(),
        interface.text(QAccessible.Text.Name),
        interface.rect(),
        bool(state.focusable),
        tuple(
            _element(child)
            for child in children
            if child is not None and not child.state().invisible
        ),
        f"{kind}#{name}" if name else kind,
    )


def _common(one: QWidget, other: QWidget) -> QWidget:
    above = []
    cursor: QWidget | None = one
    while cursor is not None:
        above.append(cursor)
        cursor = cursor.parentWidget()
    cursor = other
    while cursor not in above:
        cursor = cursor.parentWidget()
    return cursor


def _part(widget: QWidget, common: QWidget) -> QWidget:
    """The part of a common ancestor that a widget is in."""
    while widget is not common and widget.parentWidget() is not common:
        widget = widget.parentWidget()
    return widget


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(widget.rect().topLeft()), widget.size())


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    kind = f"{type(widget).__name__}#{widget.objectName()}"
    return widget.accessibleName() or text or kind
