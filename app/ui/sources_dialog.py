"""Where MOSS's searches look: each source, whether it may be used, its settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.permissions import Permission
from app.plugins.search.needs import DOCUMENTS, SEARXNG, WEB, WIKIPEDIA
from app.ui import focus_order
from app.ui.document_section import DocumentSection
from app.ui.widgets.wrapped_label import WrappedLabel

_NAMES: Final = (DOCUMENTS, WIKIPEDIA, SEARXNG, WEB)
_SIZE: Final = (680, 720)


@dataclass(frozen=True, slots=True)
class SourceCard:
    """One source as the dialog shows it, in the language of the moment.

    Attributes:
        title: What it is called.
        summary: What it does, and what leaves this computer by it.
        state: Whether it can be used, and if not, why.
        permission: Whether it may be.
    """

    title: str
    summary: str
    state: str
    permission: Permission


class SourcesDialog(QDialog):
    """Shows sources and reports what is chosen.

    Attributes:
        documents: The user's documents.

    Args:
        parent: The window.

    Signals:
        permitted: The name of a source, and the `Permission` it gets.
        files_chosen: A tuple of ZIM files.
        address_chosen: A SearXNG server's address.
        retranslated: The language has changed; texts are to be given again.
    """

    permitted = Signal(str, object)
    files_chosen = Signal(object)
    address_chosen = Signal(str)
    retranslated = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.documents = DocumentSection()
        self.files = QLineEdit()
        self.files.setReadOnly(True)
        self.address = QLineEdit()
        self.address.setPlaceholderText("https://search.example.org")
        self.address.editingFinished.connect(self._address_written)
        self._written = ""
        self._choose = QPushButton()
        self._choose.setAutoDefault(False)
        self._choose.clicked.connect(self._choose_files)
        self._boxes = {name: _Box() for name in _NAMES}
        for name, box in self._boxes.items():
            box.permitted.connect(
                lambda permission, name=name: self.permitted.emit(name, permission)
            )
        self._lay_out()
        self.resize(*_SIZE)
        self.retranslate()

    def show_cards(self, cards: Mapping[str, SourceCard]) -> None:
        """Shows what is known of each source."""
        for name, card in cards.items():
            self._boxes[name].show_card(card)

    def show_settings(self, files: tuple[str, ...], address: str) -> None:
        """Shows the ZIM files and the server that are chosen."""
        self.files.setText(", ".join(files))
        self._written = address
        if not self.address.hasFocus():
            self.address.setText(address)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.setWindowTitle(self.tr("Search sources"))
        self._choose.setText(self.tr("Choose files…"))
        self.files.setAccessibleName(self.tr("ZIM files"))
        self.address.setAccessibleName(self.tr("Address of the SearXNG server"))
        self.documents.retranslate()
        for box in self._boxes.values():
            box.retranslate()
        self.retranslated.emit()

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        # Qt does not scroll to what is reached from outside of what scrolls.
        return focus_order.move(self, forward=next)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        files = QHBoxLayout()
        files.addWidget(self.files, 1)
        files.addWidget(self._choose)
        self._boxes[DOCUMENTS].content.addWidget(self.documents)
        self._boxes[WIKIPEDIA].content.addLayout(files)
        self._boxes[SEARXNG].content.addWidget(self.address)
        boxes = QWidget()
        column = QVBoxLayout(boxes)
        for name, box in self._boxes.items():
            column.addWidget(box, int(name == DOCUMENTS))
        # A small screen shows a part of it.
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it scrolls to what is in it
        area.setWidget(boxes)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.addWidget(area)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        # Enter in the address is not the button's.
        for button in buttons.buttons():
            cast("QPushButton", button).setAutoDefault(False)
        layout.addWidget(buttons)

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, self.tr("ZIM files"), "", self.tr("ZIM files (*.zim)")
        )
        if names:
            self.files_chosen.emit(tuple(names))

    def _address_written(self) -> None:
        written = self.address.text().strip()
        if written != self._written:
            self._written = written
            self.address_chosen.emit(written)


class _Box(QGroupBox):
    """One source.

    Attributes:
        content: Where its settings belong.

    Signals:
        permitted: A `Permission`.
    """

    permitted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._summary, self._state = WrappedLabel(), WrappedLabel()
        self._summary.setObjectName("muted")
        self._label, self.permission = QLabel(), QComboBox()
        self._label.setBuddy(self.permission)
        for permission in Permission:
            self.permission.addItem("", permission.value)
        self.permission.activated.connect(self._permitted)
        form = QFormLayout()
        form.addRow(self._label, self.permission)
        settings = QWidget()
        self.content = QVBoxLayout(settings)
        self.content.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.addWidget(self._summary)
        layout.addLayout(form)
        layout.addWidget(settings)
        layout.addWidget(self._state)

    def show_card(self, card: SourceCard) -> None:
        """Shows what is known of the source."""
        self.setTitle(card.title)
        self.permission.setAccessibleName(f"{card.title}: {self._label.text()}")
        self._summary.setText(card.summary)
        self._state.setText(card.state)
        self.permission.setCurrentIndex(self.permission.findData(card.permission.value))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._label.setText(self.tr("May be searched:"))
        for permission, text in (
            (Permission.NEVER, self.tr("Never")),
            (Permission.ASK, self.tr("After asking")),
            (Permission.ALWAYS, self.tr("Always")),
        ):
            self.permission.setItemText(self.permission.findData(permission), text)

    def _permitted(self) -> None:
        # Qt keeps the value of a string enumeration, not its member.
        self.permitted.emit(Permission(self.permission.currentData()))
