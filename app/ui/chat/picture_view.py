"""A picture in the transcript, with what can be done with it."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.ui.pictures import Pictures
from app.ui.widgets.flow_row import FlowRow

_LARGEST: Final = 512
"""Pixels of its longer side in the transcript."""


class PictureView(QFrame):
    """Shows one picture; hidden while there is none.

    Args:
        pictures: Where it comes from.
        parent: Qt's parent.

    Signals:
        save_requested: The name of the picture that is to be saved elsewhere.
    """

    save_requested = Signal(str)

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._name = ""
        self._pixmap = QPixmap()
        self._image = QLabel()
        self._save = QToolButton()
        self._save.clicked.connect(lambda: self.save_requested.emit(self._name))
        self._copy = QToolButton()
        self._copy.clicked.connect(self._copy_picture)
        row = FlowRow()
        row.add(self._save)
        row.add(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.addWidget(self._image)
        layout.addWidget(row)
        self.hide()

    def show_picture(self, name: str, description: str) -> None:
        """Shows a picture by its name, which may be empty for none."""
        if name != self._name:
            self._name = name
            self._pixmap = self._pictures.get(name) if name else QPixmap()
            self._scale()
        self._image.setAccessibleName(description)
        self._image.setToolTip(description)
        self.setVisible(bool(name))
        self.retranslate()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        missing = bool(self._name) and self._pixmap.isNull()
        if missing:
            self._image.setText(self.tr("The file of this picture is not there."))
        self._save.setText(self.tr("Save picture…"))
        self._copy.setText(self.tr("Copy picture"))
        for button in (self._save, self._copy):
            button.setAccessibleName(button.text())
            button.setEnabled(not missing)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._scale()

    def _scale(self) -> None:
        if self._pixmap.isNull():
            return
        side = max(1, min(_LARGEST, self.width()))
        ratio = self.devicePixelRatioF()
        scaled = self._pixmap.scaled(
            round(side * ratio),
            round(_LARGEST * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scaled.setDevicePixelRatio(ratio)
        self._image.setPixmap(scaled)

    def _copy_picture(self) -> None:
        QGuiApplication.clipboard().setPixmap(self._pixmap)
