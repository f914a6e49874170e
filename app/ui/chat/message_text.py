"""A message's text: selectable, readable by a screen reader, as high as its content."""

import re
from collections.abc import Collection
from typing import Final

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QTextCursor, QTextDocument, QTextOption
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget
from typing_extensions import override

_CITATION: Final = re.compile(r"<sup>([<>|,;、\s\d]{1,80})</sup>")
_NUMBER: Final = re.compile(r"\d+")
_SCHEME: Final = "cite:"
_GAP: Final = "\u2009"
"""A thin space between two citations."""
# Products and powers: CommonMark would read the stars of 2*3*4 as emphasis.
_CODE: Final = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_PRODUCT: Final = re.compile(
    r"(?<=[0-9A-Za-z)\]])(?<!\*)\*(?!\*)(?=[0-9A-Za-z(\[])|(?<=[0-9)])\*\*(?=[0-9(])"
)
_SUPERSCRIPT: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class MessageText(QTextBrowser):
    """Text that grows at its end while it streams and is laid out when it is whole.

    Args:
        parent: Qt's parent.

    Signals:
        cited: The number of a reference that the user wants to see.
    """

    cited = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageText")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.anchorClicked.connect(self._follow)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def set_plain(self, text: str) -> None:
        """Shows text as it is."""
        self.setPlainText(text)

    def set_markdown(self, text: str, references: Collection[int] = ()) -> None:
        """Shows Markdown; HTML in it stays text, citations become small numbers.

        Args:
            text: The answer.
            references: The numbers that refer to something; they become links.
        """
        features = QTextDocument.MarkdownFeature
        self.document().setMarkdown(
            as_markdown(text, references),
            features.MarkdownDialectGitHub | features.MarkdownNoHTML,
        )
        self._wrap_code()

    def _wrap_code(self) -> None:
        """Wraps lines of code, which Qt would cut off, and puts paper under them."""
        block = self.document().begin()
        while block.isValid():
            form = block.blockFormat()
            if form.nonBreakableLines():
                form.setNonBreakableLines(False)
                form.setBackground(self.palette().alternateBase())
                QTextCursor(block).setBlockFormat(form)
            block = block.next()

    def append_streamed(self, text: str) -> None:
        """Adds text at the end without laying out what is there."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)

    @override
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def _follow(self, link: QUrl) -> None:
        number = link.toString().removeprefix(_SCHEME)
        if link.scheme() == _SCHEME.rstrip(":") and number.isdecimal():
            self.cited.emit(int(number))

    def _fit(self) -> None:
        height = int(self.document().size().height() + 0.999)
        if height != self.height():
            self.setFixedHeight(max(height, 1))


def as_markdown(text: str, references: Collection[int] = ()) -> str:
    """An answer as Markdown that means what MOSS meant.

    Outside code, citations become small numbers, and links where they refer to
    something; stars between factors stay stars.
    """
    # Splitting at a pattern with one group puts code at the odd places.
    pieces = _CODE.split(text)
    pieces[::2] = [_prose(piece, references) for piece in pieces[::2]]
    return "".join(pieces)


def _prose(text: str, references: Collection[int]) -> str:
    def citation(match: re.Match[str]) -> str:
        numbers = [int(digits) for digits in _NUMBER.findall(match[1])]
        return _GAP.join(_citation(number, references) for number in numbers)

    cited = _CITATION.sub(citation, text)
    return _PRODUCT.sub(lambda match: match[0].replace("*", r"\*"), cited)


def _citation(number: int, references: Collection[int]) -> str:
    shown = str(number).translate(_SUPERSCRIPT)
    return f"[{shown}]({_SCHEME}{number})" if number in references else shown
