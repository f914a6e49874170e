"""A message as a file of its own or on paper."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImageWriter

from app.domain.conversation import Message, Role
from app.domain.errors import ErrorCode, UserError
from app.ui import theme
from app.ui.chat.message_text import MessageText
from app.ui.chat.message_widget import MessageWidget
from app.ui.dialogs import picture_file
from app.ui.main_window import MainWindow
from app.ui.pictures import file_name
from app.ui.rich_text.formulas import Formulas

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter


class MessageSharing(QObject):
    """Saves pictures of messages and prints messages.

    Args:
        window: What dialogs belong to.
        formulas: Typesets formulas.
    """

    def __init__(self, window: MainWindow, formulas: Formulas | None) -> None:
        super().__init__(window)
        self._window = window
        self._formulas = formulas

    def save_picture(self, widget: MessageWidget) -> None:
        """Asks where to, and saves a picture of a message there.

        Raises:
            UserError: FILE_NOT_WRITTEN.
        """
        target = picture_file(self._window, file_name(widget.message.text) + ".png")
        if target is not None:
            write_picture(widget, target)

    def print(self, message: Message) -> None:
        """Asks for a printer and prints a message."""
        # The start of the program does not wait for this library.
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # noqa: PLC0415

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(file_name(message.text))
        dialog = QPrintDialog(printer, self._window)
        dialog.setWindowTitle(self.tr("Print the message"))
        if dialog.exec() == QPrintDialog.DialogCode.Accepted:
            print_message(message, printer, formulas=self._formulas)


def write_picture(widget: MessageWidget, target: Path) -> None:
    """Writes a picture of a message.

    Raises:
        UserError: FILE_NOT_WRITTEN.
    """
    if not QImageWriter(str(target), b"png").write(widget.picture()):
        raise UserError(ErrorCode.FILE_NOT_WRITTEN, str(target))


def print_message(
    message: Message, printer: "QPrinter", *, formulas: Formulas | None
) -> None:
    """Prints a message's text, dark on white whatever the theme is."""
    text = MessageText(formulas)
    text.setPalette(theme.palette_of(theme.LIGHT))
    if message.role is Role.USER:
        text.set_plain(message.text)
    else:
        text.set_markdown(message.text)
    text.document().print_(printer)
    text.deleteLater()
