"""A message's text: selectable, readable by a screen reader, as high as its content."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import (
    QFrame,
    QSizePolicy,
    QTextBrowser,
    QToolButton,
    QWidget,
)
from typing_extensions import override

from app.ui.rich_text.beginning import Beginning
from app.ui.rich_text.copying import plain_text
from app.ui.rich_text.decorations import (
    Decorator,
    blocks_within,
    code_area,
    codes_within,
)
from app.ui.rich_text.formula_object import FORMULA, FormulaObject, settle
from app.ui.rich_text.formulas import Formulas
from app.ui.rich_text.growing_text import GrowingText
from app.ui.rich_text.line_writer import CITATION_SCHEME
from app.ui.rich_text.styles import CODE_HEADER, CODE_PADDING, Styles
from app.ui.rich_text.writer import CodeBlock, DocumentWriter

_FRAME_MS: Final = 33


class MessageText(QTextBrowser):
    """Text that grows at its end while it streams.

    Args:
        formulas: Typesets formulas; None shows them as they were written.
        parent: Qt's parent.

    Signals:
        cited: The number of a reference that the user wants to see.
        link_clicked: The address of a link that was clicked.
    """

    cited = Signal(int)
    link_clicked = Signal(str)

    def __init__(
        self, formulas: Formulas | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._formulas = formulas
        self._source = ""
        self._references: frozenset[int] = frozenset()
        self._beginning = Beginning()
        self._growing: GrowingText | None = None
        self._writer: DocumentWriter | None = None
        self._buttons: list[QToolButton] = []
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_FRAME_MS)
        self._settling.timeout.connect(self._settle)
        self.setObjectName("messageText")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Only long lines of code are wider than the widget.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(
            flags.TextSelectableByMouse
            | flags.TextSelectableByKeyboard
            | flags.LinksAccessibleByMouse
            | flags.LinksAccessibleByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        layout = self.document().documentLayout()
        layout.documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(self._clicked)
        self.horizontalScrollBar().valueChanged.connect(self._scrolled)
        if formulas is not None:
            layout.registerHandler(FORMULA, FormulaObject(formulas, self))
            formulas.typeset.connect(self._formula_came)

    @property
    def written(self) -> str:
        """The text as it was written, Markdown or not."""
        return self._source

    def set_references(self, numbers: Collection[int]) -> None:
        """Says what citations can refer to; what is shown already changes with it."""
        if self._references != frozenset(numbers):
            self._references = frozenset(numbers)
            self._write_again()

    @property
    def clipped(self) -> bool:
        """Whether only the beginning is shown; all is copied when all is selected."""
        return self._beginning.clipped

    def set_plain(self, text: str) -> None:
        """Shows text as it is."""
        self._source, self._beginning = "", Beginning()
        self._growing = self._writer = None
        self.setPlainText(self._take(text))
        self._label_code()

    def set_markdown(self, text: str) -> None:
        """Shows Markdown that is whole; HTML in it stays text."""
        self.grow_to(text)
        if self._growing is not None:
            with self._at_once():
                self._growing.finish()
        self._label_code()

    def grow_to(self, text: str) -> None:
        """Shows Markdown that may not be whole; what is there already stays."""
        shown = self._source
        same = text.startswith(shown) or text.rstrip() == shown.rstrip()
        if self._growing is None or not same:
            self.begin_markdown()
            shown = ""
        if text.startswith(shown):
            self.append_markdown(text[len(shown) :])
        self._source = text

    def begin_markdown(self) -> None:
        """Begins a text that streams in."""
        self.clear()
        self._source, self._beginning = "", Beginning()
        styles = Styles.of(self.font(), self.palette())
        self._writer = DocumentWriter(
            self.document(), styles, self._formulas, references=self._references
        )
        self._growing = GrowingText(self._writer)

    def append_markdown(self, text: str) -> None:
        """Adds Markdown at the end; what is there is not laid out again."""
        if self._growing is None:
            self.begin_markdown()
        shown = self._take(text)
        if self._growing is None or not shown:
            return
        count = len(self._codes)
        with self._at_once():
            self._growing.append(shown)
        self._add_buttons(count)

    def append_streamed(self, text: str) -> None:
        """Adds text to what is shown, as Markdown if that is."""
        if self._growing is not None:
            self.append_markdown(text)
            return
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(self._take(text))

    @override
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    @override
    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        selected = cursor.selectionEnd() - cursor.selectionStart()
        if self.clipped and selected == self.document().characterCount() - 1:
            data = QMimeData()
            data.setText(self._source)
            return data
        data = super().createMimeDataFromSelection()
        data.setText(plain_text(cursor))
        return data

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        changed = (QEvent.Type.PaletteChange, QEvent.Type.FontChange)
        if event.type() in changed:
            self._write_again()
        if event.type() is QEvent.Type.LanguageChange:
            self._label_code()

    @override
    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)
        self._fit()
        if e.size().width() != e.oldSize().width():
            self._place_buttons()

    @override
    def paintEvent(self, e: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self.horizontalScrollBar().value(), 0)
        decorator = Decorator(painter, self.font(), self.palette())
        width = max(self.document().size().width(), self.viewport().width())
        seen = blocks_within(self.document(), e.rect().top(), e.rect().bottom())
        for code in codes_within(self._codes, seen):
            decorator.code(code_area(code, width), code.language)
        # The bar of the line above reaches down to the first one that is seen.
        above = max(0, seen.start - 1)
        decorator.quotations(self.document(), range(above, seen.stop))
        painter.end()
        super().paintEvent(e)

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Lays out what is written within when all of it is."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        yield
        cursor.endEditBlock()

    def _write_again(self) -> None:
        if self._growing is not None:
            source = self._source
            self.begin_markdown()
            self.append_markdown(source)

    def _take(self, text: str) -> str:
        """Keeps what comes, and returns what of it is shown."""
        self._source += text
        return self._beginning.take(text)

    # -- the buttons that copy code --------------------------------------------------

    @property
    def _codes(self) -> Sequence[CodeBlock]:
        return self._writer.codes if self._writer is not None else ()

    def _label_code(self) -> None:
        """Gives every block of code its button, in the language of the moment."""
        for button, code in self._buttons_of_codes():
            self._label(button, code)
        self._place_buttons()

    def _add_buttons(self, count: int) -> None:
        """Does it for all but the first blocks; nothing above has changed."""
        first = max(count - 1, 0)
        for button, code in self._buttons_of_codes()[first:]:
            self._label(button, code)
        self._place_buttons(first)

    def _buttons_of_codes(self) -> list[tuple[QToolButton, CodeBlock]]:
        codes = self._codes
        while len(self._buttons) > len(codes):
            self._buttons.pop().deleteLater()
        while len(self._buttons) < len(codes):
            self._buttons.append(self._button(len(self._buttons)))
        return list(zip(self._buttons, codes, strict=True))

    def _label(self, button: QToolButton, code: CodeBlock) -> None:
        button.setText(self.tr("Copy"))
        name = self.tr("Copy this code: {language}")
        button.setAccessibleName(name.format(language=code.language or "?"))

    def _button(self, number: int) -> QToolButton:
        button = QToolButton(self.viewport())
        button.setObjectName("copyCode")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda: self._copy_code(number))
        button.show()
        return button

    def _place_buttons(self, first: int = 0) -> None:
        """Puts the buttons from one on beside their code."""
        pairs = zip(self._buttons[first:], self._codes[first:], strict=False)
        for button, code in pairs:
            button.adjustSize()
            top = round(code_area(code, 0).top()) + (CODE_HEADER - button.height()) // 2
            button.move(self.viewport().width() - button.width() - 6, top)

    def _scrolled(self) -> None:
        self._place_buttons()

    def _copy_code(self, number: int) -> None:
        code = self._codes[number]
        cursor = QTextCursor(code.first)
        end = code.last.position() + code.last.length() - 1
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        QGuiApplication.clipboard().setText(plain_text(cursor))

    # -- what happens ----------------------------------------------------------------

    def _fit(self) -> None:
        height = int(self.document().size().height() + 0.999)
        codes = self._codes
        if codes and codes[-1].last == self.document().lastBlock():
            height += CODE_PADDING  # Qt leaves out the space below the last block
        bar = self.horizontalScrollBar()
        if bar.maximum() > 0:
            height += bar.sizeHint().height()
        if height != self.height():
            self.setFixedHeight(max(height, 1))

    def _clicked(self, target: QUrl) -> None:
        address = target.toString()
        number = address.removeprefix(CITATION_SCHEME)
        if not address.startswith(CITATION_SCHEME):
            self.link_clicked.emit(address)
        elif number.isdecimal():
            self.cited.emit(int(number))

    def _formula_came(self, latex: str) -> None:
        """Formulas that come at about the same time are laid out together."""
        if latex in self._source and not self._settling.isActive():
            self._settling.start()

    def _settle(self) -> None:
        if self._formulas is not None and self._growing is not None:
            settle(self.document(), self._formulas)
            self._label_code()
