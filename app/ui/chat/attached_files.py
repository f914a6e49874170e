"""The files that went along with a message: chips, each open to its text."""

from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.attachments import Attachment
from app.ui.chat.attachment_chip import shortened
from app.ui.chat.message_text import MessageText
from app.ui.icons import Icons
from app.ui.widgets.chip import Chip
from app.ui.widgets.flow_row import FlowRow

_GAP: Final = 6


class AttachedFiles(QWidget):
    """A row of chips and, below it, the text of the one that is open.

    Args:
        icons: Where icons come from.
        parent: Qt's parent.
    """

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._attachments: tuple[Attachment, ...] = ()
        self._chips: list[Chip] = []
        self._row = FlowRow()
        self._text = MessageText()
        self._text.setObjectName("detail")
        self._text.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        layout.addWidget(self._row)
        layout.addWidget(self._text)

    @property
    def chips(self) -> list[Chip]:
        """The chips, in the order of the files."""
        return self._chips

    @property
    def text(self) -> str:
        """What is shown of an open file; empty where none is."""
        return "" if self._text.isHidden() else self._text.toPlainText()

    def show_files(self, attachments: tuple[Attachment, ...]) -> None:
        """Shows the files of a message."""
        if attachments != self._attachments:
            self._attachments = attachments
            while self._chips:
                self._row.remove(self._chips.pop())
            for attachment in attachments:
                self._add(attachment)
            self._text.hide()
        self.retranslate()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        for chip, attachment in zip(self._chips, self._attachments, strict=True):
            name = shortened(attachment.name)
            said = attachment.name
            if attachment.is_part:
                percent = 100 * len(attachment.text) // max(1, attachment.size)
                part = self.tr("first {0} %").format(max(1, percent))
                name, said = f"{name} · {part}", f"{said}, {part}"
            chip.setIcon(self._icons.get("file"))
            chip.setText(name.replace("&", "&&"))
            chip.setAccessibleName(self.tr("File: {0}").format(said))
            chip.setToolTip(self.tr("Show what the model was given of it"))
        self._text.setAccessibleName(self.tr("Text of the file"))

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _add(self, attachment: Attachment) -> None:
        chip = Chip()
        chip.clicked.connect(lambda: self._toggle(chip, attachment.text))
        self._chips.append(chip)
        self._row.add(chip)

    def _toggle(self, chip: Chip, text: str) -> None:
        """Shows the text of a chip that was opened; at most one is open."""
        for other in self._chips:
            if other is not chip:
                other.setChecked(False)
        self._text.setVisible(chip.isChecked())
        if chip.isChecked():
            self._text.set_plain(text)
