"""The palette itself: a line to type into, and what fits below it."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.ui.palette.delegate import FOUND_ROLE, PaletteDelegate
from app.ui.palette.items import Finder, Found, Item

_Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()
_MOST: Final = 100
"""Items that are shown; whoever wants another one types more."""
_WIDTH: Final = 40
_HEIGHT: Final = 26
"""Lines of text that the palette is wide and high, where there is room."""
_AWAY: Final = 12
"""Pixels from the window's edges."""
_TOP: Final = 56
_STEPS: Final = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 8,
    Qt.Key.Key_PageUp: -8,
}


class Palette(QDialog):
    """Offers items and does the one that is chosen; the keyboard suffices.

    Attributes:
        field: Where one types.
        view: What fits.

    Args:
        items: What there is.
        parent: The window.

    Signals:
        chosen: The `Item` that is to be done; the palette is closed by then.
    """

    chosen = Signal(object)

    def __init__(self, items: Iterable[Item], parent: QWidget) -> None:
        super().__init__(
            parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint
        )
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("palette")
        self.setWindowTitle(self.tr("Commands"))
        self._finder = Finder(items)
        self._model = _FoundModel(self)
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Commands, chats, models and settings"))
        self.field.setAccessibleName(self.field.placeholderText())
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.view = QListView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(PaletteDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName(self.windowTitle())
        self.view.clicked.connect(self._run)
        self.view.selectionModel().currentChanged.connect(self._announce)
        self._nothing = QLabel(self.tr("Nothing is called so."))
        self._nothing.setObjectName("muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.field)
        layout.addWidget(self._nothing)
        layout.addWidget(self.view, 1)
        self._place(parent)
        self._find("")

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in _STEPS:
                self._go(_STEPS[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.view.currentIndex())
                return True
        return super().eventFilter(watched, event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        gone = event.type() is QEvent.Type.ActivationChange
        if gone and self.isVisible() and not self.isActiveWindow():
            self.close()

    def _place(self, window: QWidget) -> None:
        line = self.fontMetrics().height()
        width = min(_WIDTH * line, window.width() - 2 * _AWAY)
        height = min(_HEIGHT * line, window.height() - 2 * _TOP)
        self.resize(width, height)
        left = (window.width() - width) // 2
        self.move(window.mapToGlobal(QPoint(left, _TOP)))

    def _find(self, query: str) -> None:
        self._model.show(self._finder.find(query, _MOST))
        self._nothing.setVisible(not self._model.rowCount())
        self.view.setCurrentIndex(self._model.index(0, 0))

    def _go(self, steps: int) -> None:
        """Moves what is marked; from the last to the first with a single step."""
        rows = self._model.rowCount()
        if not rows:
            return
        row = self.view.currentIndex().row() + steps
        row = row % rows if abs(steps) == 1 else max(0, min(rows - 1, row))
        self.view.setCurrentIndex(self._model.index(row, 0))

    def _run(self, index: QModelIndex) -> None:
        found = self._model.found(index)
        if found is not None:
            self.close()
            self.chosen.emit(found.item)

    def _announce(self, index: QModelIndex) -> None:
        """The keyboard stays in the field, so a screen reader has to be told."""
        if QAccessible.isActive() and index.isValid():
            text = index.data(Qt.ItemDataRole.AccessibleTextRole)
            QAccessible.updateAccessibility(
                QAccessibleAnnouncementEvent(self.field, text)
            )


class _FoundModel(QAbstractListModel):
    """What was found, for the list."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._found: tuple[Found, ...] = ()

    def show(self, found: tuple[Found, ...]) -> None:
        """Shows other items."""
        self.beginResetModel()
        self._found = found
        self.endResetModel()

    def found(self, index: QModelIndex) -> Found | None:
        """What is at an index; None where nothing is."""
        return self._found[index.row()] if index.isValid() else None

    @override
    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._found)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found = self._found[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return found.item.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{found.item.title}, {found.item.hint}".strip(", ")
            case _ if role == FOUND_ROLE:
                return found
            case _:
                return None
