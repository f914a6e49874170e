"""The few questions that need a dialog of their own."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget


class Dialogs(QObject):
    """Asks the user; each method returns None when the user changed their mind.

    Args:
        window: What the dialogs belong to.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def model_file(self, folder: Path) -> Path | None:
        """Which GGUF file to open."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Open a model"),
            str(folder),
            self.tr("GGUF models (*.gguf)"),
        )
        return Path(name) if name else None

    def title(self, present: str) -> str | None:
        """What a chat is to be called."""
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(self.tr("Rename chat"))
        dialog.setLabelText(self.tr("Title:"))
        dialog.setTextValue(present)
        dialog.resize(420, dialog.sizeHint().height())
        accepted = dialog.exec() == QInputDialog.DialogCode.Accepted
        title = dialog.textValue().strip()
        return title if accepted and title else None

    def about(self, version: str) -> None:
        """Says what this is."""
        QMessageBox.about(
            self._window,
            self.tr("About MOSS Desktop"),
            self.tr(
                "<h3>MOSS Desktop {0}</h3>"
                "<p>MOSS, Fudan University's open chat model, on your own computer.</p>"
                "<p>This program: Apache-2.0. Weights of MOSS: AGPL-3.0. Qt: LGPL-3. "
                "llama.cpp: MIT.</p>"
            ).format(version),
        )


def picture_file(window: QWidget | None, proposed: str) -> Path | None:
    """Where to save a picture; None when the user changed their mind."""
    title = QCoreApplication.translate("Dialogs", "Save the picture")
    kinds = QCoreApplication.translate("Dialogs", "Pictures (*{0})")
    name, _ = QFileDialog.getSaveFileName(
        window,
        title,
        str(Path.home() / proposed),
        kinds.format(Path(proposed).suffix),
    )
    return Path(name) if name else None


def fatal(title: str, text: str) -> None:
    """Says why the program cannot start, before there is a window."""
    QMessageBox.critical(None, title, text)
