"""Editors for what is written on a line: parts, an address, a folder."""

from typing import Any, Final

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton
from typing_extensions import override

from app.store.declaring import Declaration
from app.ui.settings_page import words
from app.ui.settings_page.editor import Editor

_SEPARATORS: Final = str.maketrans("，、;", ",,,")


class LineEditor(Editor):
    """A line of text, taken when it is accepted and marked while it is not."""

    def __init__(self, declaration: Declaration) -> None:
        self.line = QLineEdit()
        super().__init__(declaration, self.line)
        self._shown: Any = declaration.default
        self.line.textEdited.connect(self._check)
        self.line.editingFinished.connect(self._finish)
        self.retranslate()

    @override
    def show_value(self, value: Any) -> None:
        self._shown = value
        if not self.line.hasFocus() or self.value_of(self.line.text()) != value:
            self.line.setText(self.text_of(value))
        self._mark(accepted=True)

    @override
    def retranslate(self) -> None:
        self.line.setPlaceholderText(words.words_of(self.declaration).none)

    def text_of(self, value: Any) -> str:  # noqa: ANN401 -- of the setting's type
        """How a value is written."""
        return str(value)

    def value_of(self, text: str) -> object:
        """The value that is written; None where it is none."""
        return text.strip()

    def _check(self, text: str) -> None:
        self._mark(accepted=self._accepted(text) is not None)

    def _finish(self) -> None:
        value = self._accepted(self.line.text())
        if value is not None and value != self._shown:
            self._shown = value
            self.edited.emit(value)

    def _accepted(self, text: str) -> object | None:
        value = self.value_of(text)
        return value if self.declaration.accepts(value) else None

    def _mark(self, *, accepted: bool) -> None:
        self.line.setProperty("wrong", not accepted)
        self.line.style().polish(self.line)
        wrong = "" if accepted else self.tr("This cannot be used.")
        self.line.setToolTip(wrong)


class PartsEditor(LineEditor):
    """Numbers that are parts of a whole, with commas between them."""

    @override
    def text_of(self, value: Any) -> str:
        return ", ".join(f"{part:g}" for part in value)

    @override
    def value_of(self, text: str) -> object:
        parts = text.translate(_SEPARATORS).split(",")
        try:
            return tuple(float(part) for part in parts) if text.strip() else ()
        except ValueError:
            return None


class FolderEditor(LineEditor):
    """A folder, written or chosen."""

    def __init__(self, declaration: Declaration) -> None:
        self._choose = QPushButton()
        # Enter in any line of the page would press it otherwise.
        self._choose.setAutoDefault(False)
        super().__init__(declaration)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._choose)
        self._layout.addLayout(row)
        self._choose.clicked.connect(self._ask)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self._choose.setText(self.tr("Choose…"))

    def _ask(self) -> None:
        title = words.words_of(self.declaration).title
        name = QFileDialog.getExistingDirectory(self, title, self.line.text())
        if name:
            self.edited.emit(name)
