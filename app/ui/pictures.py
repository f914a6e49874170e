"""Pictures in chats: opened for a widget to show, and what the user does with them."""

import errno
import shutil
from typing import Final, Protocol

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage, QImageReader
from PySide6.QtWidgets import QWidget

from app.domain.errors import ErrorCode, UserError
from app.store.pictures import PictureFolder
from app.ui.dialogs import picture_file
from app.ui.picture_viewer import PictureViewer

_FORMS: Final = {".png": b"png", ".jpg": b"jpeg"}
_MOST_MEGABYTES: Final = 128
"""Memory that a picture may take: 4096 by 4096 pixels of four bytes are 64."""
_LONGEST_NAME: Final = 40
_NO_NAME: Final = '<>:"/\\|?*'
"""What some system does not take in a file's name."""
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}


class Gallery(Protocol):
    """What a chat's widgets need of pictures."""

    def image(self, name: str) -> QImage:
        """The picture of this name; a null image where it cannot be shown."""

    def enlarge(self, name: str, description: str) -> None:
        """Shows it as large as there is room."""

    def save(self, name: str, description: str) -> None:
        """Asks where to, and saves it there."""

    def copy(self, name: str) -> None:
        """Puts it into the clipboard."""

    def open_folder(self, name: str) -> None:
        """Shows the folder it is in."""


class Pictures(QObject):
    """The pictures of the user's chats; fulfils `Gallery`.

    Args:
        folder: Where they are.
        parent: Qt's parent.

    Signals:
        failed: A `UserError`: one could not be saved.
    """

    failed = Signal(object)

    def __init__(self, folder: PictureFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder

    def image(self, name: str) -> QImage:
        """See `Gallery`."""
        path = self._folder.find(name)
        if path is None:
            return QImage()
        # The form that was checked when it came, whatever the content now says.
        reader = QImageReader(str(path), _FORMS[path.suffix])
        reader.setAutoDetectImageFormat(False)
        QImageReader.setAllocationLimit(_MOST_MEGABYTES)
        return reader.read()

    def enlarge(self, name: str, description: str) -> None:
        """See `Gallery`."""
        image = self.image(name)
        if not image.isNull():
            viewer = PictureViewer(image, description, self._window())
            viewer.open()

    def save(self, name: str, description: str) -> None:
        """See `Gallery`."""
        path = self._folder.find(name)
        if path is None:
            return
        proposed = file_name(description) + path.suffix
        target = picture_file(self._window(), proposed)
        if target is None:
            return
        try:
            shutil.copyfile(path, target)
        except OSError as error:
            full = error.errno in _NO_SPACE
            code = ErrorCode.DISK_FULL if full else ErrorCode.FILE_NOT_WRITTEN
            self.failed.emit(UserError(code, f"{target}: {error.strerror}"))

    def copy(self, name: str) -> None:
        """See `Gallery`."""
        image = self.image(name)
        if not image.isNull():
            QGuiApplication.clipboard().setImage(image)

    def open_folder(self, name: str) -> None:
        """See `Gallery`."""
        path = self._folder.find(name)
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def _window(self) -> QWidget | None:
        """What dialogs belong to."""
        parent = self.parent()
        return parent if isinstance(parent, QWidget) else None


def file_name(description: str) -> str:
    """A name for a file that shows this; without a suffix."""
    kept = "".join(c if _is_fit(c) else " " for c in description)
    return " ".join(kept.split())[:_LONGEST_NAME].strip(" .") or "MOSS"


def _is_fit(character: str) -> bool:
    return character.isprintable() and character not in _NO_NAME
