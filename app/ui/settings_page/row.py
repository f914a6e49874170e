"""One setting on the page: its name, what it does, and what changes it."""

from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.store.declaring import Declaration
from app.ui.icons import Icons
from app.ui.settings_page import words
from app.ui.settings_page.editors import editor_for
from app.ui.widgets.wrapped_label import WrappedLabel

_ROOMY: Final = 66
"""Letters from which there is room for the editor beside the words."""
_EDITOR: Final = 30
"""Letters that an editor is wide."""
_WIDEST: Final = (1 << 24) - 1
"""Qt's QWIDGETSIZE_MAX."""


class SettingRow(QFrame):
    """Shows a setting and reports another value.

    Attributes:
        declaration: The setting.
        editor: What changes it.

    Args:
        declaration: The setting.
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        edited: The setting's key and another value.
        reset_requested: The key of the setting that is to have its default.
    """

    edited = Signal(str, object)
    reset_requested = Signal(str)

    def __init__(
        self, declaration: Declaration, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("settingRow")
        self.declaration = declaration
        self._icons = icons
        self.editor = editor_for(declaration)
        self.editor.edited.connect(self._edited)
        self._title = WrappedLabel()
        self._title.setObjectName("settingTitle")
        self._title.setBuddy(self.editor)
        self._reset = QToolButton()
        self._reset.setObjectName("messageAction")
        self._reset.clicked.connect(self._back)
        self._help, self._note = WrappedLabel(), WrappedLabel()
        self._help.setObjectName("muted")
        self._note.setObjectName("settingNote")
        self._note.hide()
        self._lay_out()
        self.recolour()
        self.retranslate()
        self.show_value(declaration.default)

    def show_value(self, value: Any) -> None:  # noqa: ANN401 -- of the setting's type
        """Shows a value, and whether it is the default."""
        changed = value != self.declaration.default
        self.editor.show_value(value)
        self._reset.setVisible(changed)
        self.setProperty("changed", changed)
        self.style().polish(self)
        self._describe()

    def set_note(self, text: str) -> None:
        """Says something more below, or nothing."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def matches(self, sought: list[str]) -> bool:
        """Whether all these words, folded, are said of the setting."""
        text = words.searched(self.declaration)
        return all(word in text for word in sought)

    def recolour(self) -> None:
        """Takes a theme's icons."""
        self._reset.setIcon(self._icons.get("undo"))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        said = words.words_of(self.declaration)
        self._title.setText(said.title)
        effect = words.effect_of(self.declaration.effect)
        self._help.setText(f"{said.help} {effect}".strip())
        self.editor.retranslate()
        self._describe()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._arrange()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addLayout(head)
        said.addWidget(self._help)
        said.addWidget(self._note)
        said.addStretch(1)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(12, 8, 8, 8)
        self._box.setSpacing(14)
        self._box.addLayout(said, 1)
        self._box.addWidget(self.editor, 0, Qt.AlignmentFlag.AlignTop)
        self._note.raise_()  # screen readers go by the order of children

    def _arrange(self) -> None:
        """Beside each other, or in a narrow window below each other."""
        letter = self.fontMetrics().averageCharWidth()
        narrow = self.width() < _ROOMY * letter
        direction = QBoxLayout.Direction
        self._box.setDirection(
            direction.TopToBottom if narrow else direction.LeftToRight
        )
        self._box.setSpacing(6 if narrow else 14)
        self.editor.setMinimumWidth(0 if narrow else _EDITOR * letter)
        self.editor.setMaximumWidth(_WIDEST if narrow else _EDITOR * letter)

    def _back(self) -> None:
        # The button that has the keyboard is about to go.
        self.editor.setFocus()
        self.reset_requested.emit(self.declaration.key)

    def _edited(self, value: object) -> None:
        self.edited.emit(self.declaration.key, value)

    def _describe(self) -> None:
        """What a screen reader says, and what the button says under the pointer."""
        said = words.words_of(self.declaration)
        field = self.editor.focusProxy() or self.editor
        usual = words.value_name(self.declaration, self.declaration.default)
        reset = self.tr("Back to the usual: {0}").format(usual)
        self._reset.setToolTip(reset)
        self._reset.setAccessibleName(f"{said.title}: {reset}")
        changed = bool(self.property("changed"))
        mark = self.tr("changed") if changed else ""
        field.setAccessibleName(f"{said.title}, {mark}" if mark else said.title)
        field.setAccessibleDescription(self._help.text())
