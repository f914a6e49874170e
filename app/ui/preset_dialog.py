"""Presets: made, renamed, changed, deleted; and what holds for one chat alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.presets import STANDARD, Preset
from app.services.presets import free_name
from app.ui.preset_form import PresetForm
from app.ui.preset_words import preset_name

_SIZE: Final = (640, 520)
_LIST_WIDTH: Final = 170
_CHAT: Final = 0
_STANDARD: Final = 1
_FIRST: Final = 2
"""The rows of the list: the chat, the built-in preset, the user's."""


class PresetDialog(QDialog):
    """Changes copies; nothing holds before it is accepted.

    Args:
        presets: The user's presets.
        chat: The open chat's; None for the built-in one.
        standard: What the built-in one is.
        parent: The window.

    Signals:
        decided: The presets, and the chat's preset or None.
    """

    decided = Signal(object, object)

    def __init__(
        self,
        presets: Sequence[Preset],
        chat: Preset | None,
        *,
        standard: Preset = STANDARD,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Presets"))
        self._standard = standard
        self._before, self._chat_before = tuple(presets), chat
        self._chat = chat or standard
        # What each preset was; None for one that is new.
        self._origins: list[Preset | None] = list(presets)
        self._presets = list(presets)
        self.list = QListWidget()
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.setSpacing(2)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Presets"))
        self.form = PresetForm()
        self.new = QPushButton(self.tr("New"))
        self.delete = QPushButton(self.tr("Delete"))
        self._lay_out()
        self._fill()
        self.list.currentRowChanged.connect(self._show)
        self.form.edited.connect(self._edited)
        self.new.clicked.connect(self._make)
        self.delete.clicked.connect(self._delete)

    def begin(self, *, with_chat: bool) -> None:
        """Shows the chat's values, or the preset that it has."""
        row = _CHAT
        if not with_chat:
            there = self._chat_before in self._presets
            row = _FIRST + self._presets.index(self._chat) if there else _STANDARD
        self.list.setCurrentRow(row)

    @override
    def accept(self) -> None:
        """Reports what has been decided."""
        names: list[str] = []
        for number, preset in enumerate(self._presets):
            names.append(free_name(preset.name, names))
            self._presets[number] = replace(preset, name=names[-1])
        self.decided.emit(tuple(self._presets), self._chat_now())
        super().accept()

    def _chat_now(self) -> Preset | None:
        """The chat's preset; one that it has from the list follows what that became."""
        if self._chat != (self._chat_before or self._standard):
            return None if _same(self._chat, self._standard) else self._chat
        if self._chat_before in self._origins:
            return self._presets[self._origins.index(self._chat_before)]
        return self._chat_before

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        for button in (self.new, self.delete):
            button.setAutoDefault(False)
        under = QHBoxLayout()
        under.addWidget(self.new)
        under.addWidget(self.delete)
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        left.addLayout(under)
        grid = QGridLayout(self)
        grid.setHorizontalSpacing(16)
        grid.addLayout(left, 0, 0)
        grid.addWidget(self.form, 0, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(buttons, 1, 0, 1, 2)
        self.resize(*_SIZE)

    def _fill(self) -> None:
        row = self.list.currentRow()
        self.list.blockSignals(True)  # noqa: FBT003 -- Qt's
        self.list.clear()
        self.list.addItem(self.tr("This chat"))
        self.list.addItem(preset_name(None))
        self.list.addItems([preset.name for preset in self._presets])
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)  # noqa: FBT003 -- Qt's

    @property
    def _place(self) -> int:
        """Which of the user's presets is shown; less than 0 for none of them."""
        return self.list.currentRow() - _FIRST

    def _show(self) -> None:
        row = self.list.currentRow()
        shown = {_CHAT: self._chat, _STANDARD: self._standard}.get(row)
        if shown is None:
            shown = self._presets[self._place]
        self.form.show_preset(shown, fixed=row == _STANDARD, named=row >= _FIRST)
        self.form.note.setText(self._note(row))
        self.delete.setEnabled(row >= _FIRST)

    def _note(self, row: int) -> str:
        if row == _STANDARD and self._standard == STANDARD:
            return self.tr("The values that MOSS was published with.")
        if row == _STANDARD:
            return self.tr("The values in the settings.")
        told = self.tr(
            "MOSS is given the instruction as further lines of its rules, another "
            "model as its system message. The demo takes no notice, a base model has "
            "none."
        )
        if row == _CHAT:
            return self.tr("These values hold for this chat alone.") + " " + told
        return told

    def _edited(self) -> None:
        written = self.form.preset
        if self._place < 0:
            before = self._chat_before or self._standard
            own = replace(written, name="")
            self._chat = before if _same(own, before) else own
            return
        name = written.name or self._presets[self._place].name
        self._presets[self._place] = replace(written, name=name)
        self.list.item(self.list.currentRow()).setText(name)

    def _make(self) -> None:
        """Makes a preset of what is shown."""
        names = [preset.name for preset in self._presets]
        name = free_name(self.tr("New preset"), names)
        self._presets.append(replace(self.form.preset, name=name))
        self._origins.append(None)
        self._fill()
        self.list.setCurrentRow(self.list.count() - 1)
        self._show()
        self.form.name.setFocus()
        self.form.name.selectAll()

    def _delete(self) -> None:
        """Takes a preset away; chats that have it keep it."""
        place = self._place
        del self._presets[place], self._origins[place]
        self._fill()
        self.list.setCurrentRow(min(place + _FIRST, self.list.count() - 1))
        self._show()


def _same(one: Preset, other: Preset) -> bool:
    """Whether two presets differ in nothing but their names."""
    return replace(one, name="") == replace(other, name="")
