"""How full the model's window is, and of what: a small bar that opens to a list."""

from typing import Final

from PySide6.QtCore import QEvent, QLocale, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QLabel,
    QToolButton,
    QWidget,
)
from typing_extensions import override

from app.domain.ledger import Ledger
from app.ui.theme import LIGHT, Colours

_FULL: Final = 100
_BAR: Final = QSize(44, 6)
_PADDING: Final = 6
_GAP: Final = 10
_WIDTH: Final = 280


class ContextMeter(QToolButton):
    """Shows a ledger; a click, Space or Enter opens the list of what takes how much.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("contextMeter")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._ledger = Ledger()
        self._colours = LIGHT
        self._roomy = True
        self._popover = _Popover(self)
        self.clicked.connect(self._open)
        self.retranslate()

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What the list says."""
        return self._popover.rows

    def show_ledger(self, ledger: Ledger) -> None:
        """Takes the ledger of the moment."""
        self._ledger = ledger
        self.retranslate()

    def set_roomy(self, *, roomy: bool) -> None:
        """Whether there is room for a bar beside the number."""
        self._roomy = roomy
        self.updateGeometry()
        self.update()

    def recolour(self, colours: Colours) -> None:
        """Takes a theme's colours."""
        self._colours = colours
        self.update()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        ledger = self._ledger
        self.setVisible(bool(ledger.total))
        self.setText(self._percent())
        self._popover.show_ledger(ledger)
        said = "\n".join(": ".join(row) for row in self._popover.rows)
        self.setAccessibleName(self.tr("Context: {0}").format(self._percent()))
        self.setAccessibleDescription(said)
        self.setToolTip("\n".join(filter(None, (said, self._popover.note))))
        self.updateGeometry()
        self.update()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance(self.text())
        height = metrics.height() + 2 * _PADDING
        return QSize(self._bar_room + words + 2 * _PADDING, height)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.drawRoundedRect(frame, _PADDING, _PADDING)
        if self._roomy:
            self._paint_bar(painter)
        painter.setPen(QColor(colours.muted if self._ledger.fits else colours.danger))
        words = self.rect().adjusted(self._bar_room + _PADDING, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())

    def _paint_bar(self, painter: QPainter) -> None:
        colours, ledger = self._colours, self._ledger
        top = (self.height() - _BAR.height()) / 2
        bar = QRectF(_PADDING, top, _BAR.width(), _BAR.height())
        painter.setPen(Qt.PenStyle.NoPen)
        _fill(painter, bar, colours.border)
        share = min(1.0, ledger.used / max(1, ledger.total))
        bar.setWidth(max(bar.height(), bar.width() * share))
        _fill(painter, bar, colours.accent if ledger.fits else colours.danger)

    @property
    def _bar_room(self) -> int:
        return _BAR.width() + _GAP if self._roomy else 0

    def _percent(self) -> str:
        ledger = self._ledger
        percent = round(_FULL * ledger.used / max(1, ledger.total))
        words = self.tr("{0} %").format(min(_FULL, percent))
        if percent > _FULL:
            return f"> {words}"
        return words if ledger.exact else f"≈ {words}"

    def _open(self) -> None:
        self._popover.open_above(self)


class _Popover(QFrame):
    """The list; Escape or a click elsewhere closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.rows: list[tuple[str, str]] = []
        self.note = ""
        self._labels = [(QLabel(), QLabel()) for _ in range(6)]
        self._note = QLabel()
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setHorizontalSpacing(24)
        for row, (name, value) in enumerate(self._labels):
            grid.addWidget(name, row, 0)
            grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._note, len(self._labels), 0, 1, 2)
        self.setMinimumWidth(_WIDTH)

    def show_ledger(self, ledger: Ledger) -> None:
        self.rows = self._rows_of(ledger)
        for number, (name, value) in enumerate(self._labels):
            shown = number < len(self.rows)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                name.setText(self.rows[number][0])
                value.setText(self.rows[number][1])
        self.note = self._words_on(ledger)
        self._note.setText(self.note)
        self._note.setVisible(bool(self.note))
        self.setAccessibleName(self.tr("What is in the context"))
        self.setAccessibleDescription("\n".join(": ".join(row) for row in self.rows))

    def open_above(self, button: QWidget) -> None:
        """Shows it above what it belongs to, within the screen."""
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width(), 0))
        place = corner - QPoint(self.width(), self.height() + _PADDING)
        screen = QApplication.screenAt(corner) or QApplication.primaryScreen()
        room = screen.availableGeometry()
        left = min(max(place.x(), room.left()), room.right() - self.width())
        self.move(left, max(place.y(), room.top()))
        self.show()
        self.setFocus()

    def _rows_of(self, ledger: Ledger) -> list[tuple[str, str]]:
        locale = QLocale()
        rows = [
            (self.tr("Instructions and tools"), ledger.prefix),
            (self.tr("Earlier messages"), ledger.history),
            (self.tr("What you write"), ledger.draft),
        ]
        if ledger.files:
            rows.append((self.tr("Attached files"), sum(ledger.files)))
        rows.append((self.tr("Free for the answer"), ledger.room))
        named = [(name, locale.toString(tokens)) for name, tokens in rows]
        whole = self.tr("{0} tokens").format(locale.toString(ledger.total))
        return [*named, (self.tr("The model's window"), whole)]

    def _words_on(self, ledger: Ledger) -> str:
        lines = []
        if not ledger.fits:
            lines.append(self.tr("What you write does not fit."))
        elif ledger.forgets:
            lines.append(
                self.tr("The oldest messages will leave the model's view for this one.")
            )
        if not ledger.exact:
            lines.append(self.tr("The numbers are estimates."))
        return "\n".join(lines)


def _fill(painter: QPainter, bar: QRectF, colour: str) -> None:
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
