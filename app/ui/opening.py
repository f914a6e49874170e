"""Opens what an answer refers to, in the program that the system has for it.

Places come from searches and from other packages, so only web pages and documents are
opened; of any other file its folder is shown.
"""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.domain.sources import Source

_PAGES: Final = {"http", "https"}
_DOCUMENTS: Final = {
    *(".csv", ".docx", ".epub", ".htm", ".html", ".md", ".odt", ".pdf", ".rst"),
    *(".rtf", ".txt"),
}


def url_of(source: Source) -> QUrl:
    """What is to be opened for a source; an invalid URL where nothing can be."""
    url = QUrl(source.location, QUrl.ParsingMode.StrictMode)
    if url.scheme().lower() in _PAGES:
        return url
    path = Path(source.location)
    if not path.is_absolute() or not path.exists():
        return QUrl()
    document = path.is_file() and path.suffix.lower() in _DOCUMENTS
    return QUrl.fromLocalFile(str(path if document else path.parent))


def open_source(source: Source) -> bool:
    """Opens a source; False when it is not there or no program takes it."""
    url = url_of(source)
    return url.isValid() and QDesktopServices.openUrl(url)
