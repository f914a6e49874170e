"""A file that goes along with a message, as a chip."""

from typing import Final

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget
from typing_extensions import override

from app.services.attachments import Enclosure
from app.ui.icons import Icons
from app.ui.widgets.chip import Chip

_BESIDE: Final = 40
"""Pixels of a chip beside its words, as `Chip` has them."""
_ROUNDING: Final = 2
"""Pixels by which Qt's widths of texts may differ from what is drawn."""
_MOST_NAME: Final = 28


class AttachmentChip(QFrame):
    """Name and tokens, and a button that takes the file away.

    Args:
        enclosure: The file.
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        opened: Its text is wanted, or no longer.
        removed: It is not to go along.
    """

    opened = Signal()
    removed = Signal()

    def __init__(
        self, enclosure: Enclosure, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("attachment")
        self._icons = icons
        self._words = ""
        self._tokens = 0
        self._exact = False
        self.enclosure = enclosure
        self.button = Chip()
        self.button.setObjectName("attachmentName")
        self.button.clicked.connect(self.opened)
        self.remove = QToolButton()
        self.remove.setObjectName("attachmentRemove")
        self.remove.setIconSize(QSize(12, 12))
        self.remove.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.button)
        row.addWidget(self.remove)
        self.retranslate()

    def show_enclosure(self, enclosure: Enclosure) -> None:
        """Takes what the file has become."""
        self.enclosure = enclosure
        self.retranslate()

    def show_tokens(self, tokens: int, *, exact: bool) -> None:
        """Takes what the file costs."""
        self._tokens, self._exact = tokens, exact
        self.retranslate()

    def recolour(self) -> None:
        """Takes a theme's colours."""
        self.button.setIcon(self._icons.get("file"))
        self.remove.setIcon(self._icons.get("cross"))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.recolour()
        name = self.enclosure.name
        attachment = self.enclosure.attachment
        words = self.tr("reading…")
        if attachment is not None:
            number = QLocale().toString(self._tokens)
            number = number if self._exact else f"≈ {number}"
            words = self.tr("{0} tokens").format(number)
            if attachment.is_part:
                percent = 100 * len(attachment.text) // max(1, attachment.size)
                words = self.tr("first {0} %, {1}").format(max(1, percent), words)
        self._words = f" · {words}"
        self._label()
        self.button.setAccessibleName(f"{name}, {words}")
        hint = self.tr("Show what the model is given of it")
        self.button.setToolTip(f"{name}\n{hint}")
        self.button.setEnabled(attachment is not None)
        self.remove.setToolTip(self.tr("Remove “{0}”").format(name))
        self.remove.setAccessibleName(self.remove.toolTip())
        self.updateGeometry()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.FontChange):
            self.retranslate()
        super().changeEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._label()

    @override
    def sizeHint(self) -> QSize:
        chip, button = self.button.sizeHint(), self.remove.sizeHint()
        height = max(chip.height(), button.height())
        metrics = self.button.fontMetrics()
        # Each by itself, as they are measured when the chip is labelled.
        name = metrics.horizontalAdvance(shortened(self.enclosure.name))
        width = name + metrics.horizontalAdvance(self._words) + _BESIDE
        return QSize(width + _ROUNDING + button.width(), height)

    def _label(self) -> None:
        """Shows as much of the name as there is room for beside what it costs."""
        metrics = self.button.fontMetrics()
        taken = metrics.horizontalAdvance(self._words) + _BESIDE
        room = self.width() - self.remove.sizeHint().width() - taken
        middle = Qt.TextElideMode.ElideMiddle
        name = metrics.elidedText(shortened(self.enclosure.name), middle, room)
        self.button.setText((name + self._words).replace("&", "&&"))


def shortened(name: str) -> str:
    """A file's name, its middle left out where it is long: its end says what it is."""
    if len(name) <= _MOST_NAME:
        return name
    half = _MOST_NAME // 2
    return f"{name[: half - 1]}…{name[-half:]}"
