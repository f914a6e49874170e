"""The buttons below something that can be looked at and copied."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox


def copy_buttons(dialog: QDialog, text: Callable[[], str]) -> QDialogButtonBox:
    """Copy, and Close, which Enter and Escape mean too.

    Args:
        dialog: Is closed.
        text: What is copied, asked for when it is.
    """
    translate = QCoreApplication.translate
    role = QDialogButtonBox.ButtonRole
    buttons = QDialogButtonBox()
    copy = buttons.addButton(translate("CopyButtons", "Copy"), role.ActionRole)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text()))
    close = buttons.addButton(translate("CopyButtons", "Close"), role.RejectRole)
    close.setDefault(True)
    buttons.rejected.connect(dialog.reject)
    return buttons
