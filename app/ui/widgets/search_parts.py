"""The icon and the button inside a field that something is looked for in."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QLineEdit, QToolButton


def add(field: QLineEdit, icon: QIcon) -> QAction:
    """Puts an icon before what is written, and a button for ending behind it."""
    mark = field.addAction(icon, QLineEdit.ActionPosition.LeadingPosition)
    field.setClearButtonEnabled(True)
    return mark


def name(field: QLineEdit) -> None:
    """Says what both are, in the language of the moment; Qt gives them no names."""
    end = QCoreApplication.translate("SearchField", "End the search")
    names = (field.accessibleName(), end)
    for button, text in zip(field.findChildren(QToolButton), names, strict=True):
        button.setAccessibleName(text)
