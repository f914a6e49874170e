"""The few questions that need a dialog of their own."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QWidget,
)

from app.ui.composition import CompositionGuard


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

    def files(self) -> list[str]:
        """Which files are to go along with a message; none when nothing is to."""
        names, _ = QFileDialog.getOpenFileNames(
            self._window, self.tr("Attach files"), str(Path.home())
        )
        return names

    def model_name(self, present: str) -> str | None:
        """What a model is to be called."""
        return self._line(self.tr("Rename the model"), self.tr("Name:"), present)

    def model_folder(self, present: Path) -> Path | None:
        """Where a model is to be moved."""
        title = self.tr("Where is the model to be moved?")
        name = QFileDialog.getExistingDirectory(self._window, title, str(present))
        return Path(name) if name else None

    def empty_models_trash(self, names: Sequence[str]) -> bool:
        """Whether deleted models are really to go."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Empty the trash"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("Delete these models for good?"))
        box.setInformativeText("\n".join(names))
        delete = box.addButton(
            self.tr("Delete for good"), QMessageBox.ButtonRole.DestructiveRole
        )
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is delete

    def title(self, present: str) -> str | None:
        """What a chat is to be called."""
        return self._line(self.tr("Rename chat"), self.tr("Title:"), present)

    def folder(self, present: str) -> str | None:
        """What a folder is to be called; `present` is empty for a new one."""
        title = self.tr("Rename folder") if present else self.tr("New folder")
        return self._line(title, self.tr("Name:"), present)

    def delete_for_good(self, count: int) -> bool:
        """Whether chats in the trash are really to go."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Delete for good"))
        text = self.tr("Delete this chat for good?")
        if count > 1:
            text = self.tr("Delete {0} chats for good?").format(count)
        box.setText(text)
        box.setInformativeText(
            self.tr("This cannot be undone. Backups of the last days may have them.")
        )
        delete = box.addButton(
            self.tr("Delete for good"), QMessageBox.ButtonRole.DestructiveRole
        )
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is delete

    def quit_unsaved(self) -> bool:
        """Whether to quit although what was written last is not saved."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("MOSS Desktop")
        box.setText(self.tr("The last replies could not be saved."))
        box.setInformativeText(
            self.tr(
                "They are lost if the program ends now. Make room on the disk, or copy "
                "or export them first."
            )
        )
        leave = box.addButton(
            self.tr("Quit and lose them"), QMessageBox.ButtonRole.DestructiveRole
        )
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is leave

    def _line(self, title: str, label: str, present: str) -> str | None:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.setTextValue(present)
        for field in dialog.findChildren(QLineEdit):
            CompositionGuard(field)
        dialog.resize(420, dialog.sizeHint().height())
        accepted = dialog.exec() == QInputDialog.DialogCode.Accepted
        text = dialog.textValue().strip()
        return text if accepted and text else None

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
