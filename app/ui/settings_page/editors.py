"""What values are changed with: an editor for each form of a setting.

An editor shows a value and emits `edited` with another one; it never emits what the
setting does not accept.
"""

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QSlider, QSpinBox
from typing_extensions import override

from app.store.declaring import Declaration, Form
from app.ui.settings_page import words
from app.ui.settings_page.editor import Editor
from app.ui.settings_page.line_editors import FolderEditor, LineEditor, PartsEditor


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
