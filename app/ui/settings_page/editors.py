"""What values are changed with: an editor for each form of a setting.

An editor shows a value and emits `edited` with another one; it never emits what the
setting does not accept.
"""

from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.store.declaring import Declaration, Form
from app.ui.settings_page import words

_SEPARATORS: Final = str.maketrans("，、;", ",,,")


class Editor(QWidget):
    """Shows a value.

    Attributes:
        declaration: The setting.

    Args:
        declaration: The setting.
        focus: What takes the keyboard.
        parent: Qt's parent.

    Signals:
        edited: Another value.
    """

    edited = Signal(object)

    def __init__(
        self, declaration: Declaration, focus: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.declaration = declaration
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(focus)
        self.setFocusProxy(focus)
        # The wheel scrolls the page; it changes only what was clicked on before.
        focus.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        focus.installEventFilter(self)

    def show_value(self, value: Any) -> None:  # noqa: ANN401 -- of the setting's type
        """Shows a value without emitting it."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget):
            return not watched.hasFocus()
        return super().eventFilter(watched, event)


class SwitchEditor(Editor):
    """On or off."""

    def __init__(self, declaration: Declaration) -> None:
        self._box = QCheckBox()
        super().__init__(declaration, self._box)
        self._box.toggled.connect(self.edited.emit)
        self._box.toggled.connect(self.retranslate)

    @override
    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self._box):
            self._box.setChecked(value)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self._box.setText(words.value_name(self.declaration, self._box.isChecked()))


class ChoiceEditor(Editor):
    """One of a few."""

    def __init__(self, declaration: Declaration) -> None:
        self._box = QComboBox()
        super().__init__(declaration, self._box)
        self._box.addItems([""] * len(declaration.choices))
        self._box.activated.connect(
            lambda row: self.edited.emit(self.declaration.choices[row])
        )
        self.retranslate()

    @override
    def show_value(self, value: Any) -> None:
        self._box.setCurrentIndex(self.declaration.choices.index(value))

    @override
    def retranslate(self) -> None:
        for row, choice in enumerate(self.declaration.choices):
            self._box.setItemText(row, words.value_name(self.declaration, choice))


class NumberEditor(Editor):
    """A number; where it may be left to the program, that is one below the smallest."""

    def __init__(self, declaration: Declaration) -> None:
        self._box = QSpinBox()
        super().__init__(declaration, self._box)
        bounds = declaration.bounds
        low = bounds.low - 1 if declaration.optional else bounds.low
        self._box.setRange(low, bounds.high)
        self._box.setSingleStep(bounds.step)
        # Each digit on the way to a number would otherwise be one.
        self._box.setKeyboardTracking(False)
        self._box.valueChanged.connect(self._changed)
        self.retranslate()

    @override
    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self._box):
            self._box.setValue(self._box.minimum() if value is None else value)

    @override
    def retranslate(self) -> None:
        self._box.setSpecialValueText(words.words_of(self.declaration).none)
        self._box.setSuffix(words.unit_of(self.declaration))

    def _changed(self, number: int) -> None:
        none = self.declaration.optional and number < self.declaration.bounds.low
        self.edited.emit(None if none else number)


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


class LayersEditor(NumberEditor):
    """How many layers lie on graphics cards: a number, and a slider for the model.

    The slider's first place leaves the choice to the program.
    """

    def __init__(self, declaration: Declaration) -> None:
        super().__init__(declaration)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.installEventFilter(self)
        self.slider.hide()
        self._layout.addWidget(self.slider)
        self.slider.valueChanged.connect(self._box.setValue)

    def set_layers(self, layers: int) -> None:
        """Takes how many layers the model in use has; 0 where there is none."""
        self.slider.setVisible(layers > 0)
        with QSignalBlocker(self.slider):
            self.slider.setRange(self._box.minimum(), layers)
            self.slider.setValue(self._box.value())

    @override
    def show_value(self, value: Any) -> None:
        super().show_value(value)
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._box.value())

    @override
    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "slider"):
            self.slider.setAccessibleName(words.words_of(self.declaration).title)


def editor_for(declaration: Declaration) -> Editor:
    """What a setting is changed with."""
    kinds: dict[Form, type[Editor]] = {
        Form.SWITCH: SwitchEditor,
        Form.CHOICE: ChoiceEditor,
        Form.NUMBER: NumberEditor,
        Form.LAYERS: LayersEditor,
        Form.PARTS: PartsEditor,
        Form.ADDRESS: LineEditor,
        Form.FOLDER: FolderEditor,
    }
    make: Any = kinds[declaration.form]
    editor: Editor = make(declaration)
    return editor
