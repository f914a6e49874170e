"""The fields of a preset: name, instruction, and how tokens are chosen."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from app.domain.presets import Preset
from app.ui.widgets.wrapped_label import WrappedLabel

_SEED: Final = "[0-9]{0,10}"
"""The engine's seeds have 32 bits."""
_STEP: Final = 0.05
_LINES: Final = 84
"""Pixels of the field for the instruction: some four lines."""


class PresetForm(QWidget):
    """Shows a preset and says what it becomes.

    Args:
        parent: Qt's parent.

    Signals:
        edited: The preset has changed by the user's hand.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preset = Preset()
        self._showing = False
        self.name = QLineEdit()
        self.instruction = QPlainTextEdit()
        self.instruction.setTabChangesFocus(True)
        self.instruction.setMinimumHeight(_LINES)
        self.temperature = self._fraction(most=2.0)
        self.top_p = self._fraction(most=1.0)
        self.top_k = self._number(most=1000)
        self.min_p = self._fraction(most=1.0)
        self.penalty = self._fraction(most=2.0, least=1.0)
        self.longest = self._number(most=1 << 20, least=1)
        self.seed = QLineEdit()
        self.seed.setPlaceholderText(self.tr("another each time"))
        self.seed.setValidator(QRegularExpressionValidator(_SEED, self))
        self.seed.textEdited.connect(self._edited)
        self.note = WrappedLabel()
        self.note.setObjectName("muted")
        self.name.textEdited.connect(self._edited)
        self.instruction.textChanged.connect(self._edited)
        self._lay_out()

    def show_preset(self, preset: Preset, *, fixed: bool, named: bool) -> None:
        """Shows a preset.

        Args:
            preset: What it is.
            fixed: Whether it cannot be changed.
            named: Whether it has a name.
        """
        self._showing = True
        self._preset = preset
        sampling = preset.sampling
        self.name.setText(preset.name)
        self._fields.setRowVisible(self.name, named)
        self.instruction.setPlainText(preset.instruction)
        self.temperature.setValue(sampling.temperature)
        self.top_p.setValue(sampling.top_p)
        self.top_k.setValue(sampling.top_k)
        self.min_p.setValue(sampling.min_p)
        self.penalty.setValue(sampling.repetition_penalty)
        self.longest.setValue(sampling.max_tokens)
        self.seed.setText("" if sampling.seed is None else str(sampling.seed))
        for field in (self.name, *self._values):
            field.setEnabled(not fixed)
        self.instruction.setReadOnly(fixed)
        self._showing = False

    @property
    def preset(self) -> Preset:
        """What stands in the fields; what has none stays as it was."""
        seed = self.seed.text()
        sampling = replace(
            self._preset.sampling,
            temperature=self.temperature.value(),
            top_p=self.top_p.value(),
            top_k=self.top_k.value(),
            min_p=self.min_p.value(),
            repetition_penalty=self.penalty.value(),
            max_tokens=self.longest.value(),
            seed=int(seed) if seed else None,
        )
        return Preset(
            " ".join(self.name.text().split()),
            self.instruction.toPlainText().strip(),
            sampling,
        )

    @property
    def _values(self) -> tuple[QWidget, ...]:
        """The fields of the sampling."""
        return tuple(field for _, _, field in self._described())

    def _lay_out(self) -> None:
        self.top_k.setSpecialValueText(self.tr("all"))
        form = self._fields = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(self.tr("Name:"), self.name)
        form.addRow(self.tr("Instruction:"), self.instruction)
        form.addRow(self.note)
        for words, hint, field in self._described():
            field.setToolTip(hint)
            field.setAccessibleDescription(hint)
            form.addRow(words, field)

    def _described(self) -> tuple[tuple[str, str, QWidget], ...]:
        """The numbers, what they are called and what they do."""
        return (
            (
                self.tr("Temperature:"),
                self.tr("0 always takes the likeliest word; more brings more variety."),
                self.temperature,
            ),
            (
                self.tr("Top-p:"),
                self.tr(
                    "Only the likeliest words that have this probability together."
                ),
                self.top_p,
            ),
            (
                self.tr("Top-k:"),
                self.tr("Only so many of the likeliest words."),
                self.top_k,
            ),
            (
                self.tr("Min-p:"),
                self.tr(
                    "Only words with this part of the likeliest one's probability."
                ),
                self.min_p,
            ),
            (
                self.tr("Repetition penalty:"),
                self.tr("1 is none; more avoids words that have been said."),
                self.penalty,
            ),
            (
                self.tr("Longest reply:"),
                self.tr("In tokens."),
                self.longest,
            ),
            (
                self.tr("Seed:"),
                self.tr("The same seed gives the same reply again."),
                self.seed,
            ),
        )

    def _fraction(self, *, most: float, least: float = 0.0) -> QDoubleSpinBox:
        field = QDoubleSpinBox()
        field.setLocale(QLocale.c())
        field.setRange(least, most)
        field.setDecimals(2)
        field.setSingleStep(_STEP)
        field.valueChanged.connect(self._edited)
        return field

    def _number(self, *, most: int, least: int = 0) -> QSpinBox:
        field = QSpinBox()
        field.setRange(least, most)
        field.valueChanged.connect(self._edited)
        return field

    def _edited(self, *_: object) -> None:
        if not self._showing:
            self.edited.emit()
