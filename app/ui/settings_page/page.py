"""The settings, section by section, with a search over all of them."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.services.hardware_words import Hardware, card_phrases, layer_phrases
from app.store.declaring import Section
from app.store.settings import DECLARATIONS, Settings
from app.ui.actions import Act, Actions
from app.ui.icons import Icons
from app.ui.settings_page import words
from app.ui.settings_page.editors import LayersEditor
from app.ui.settings_page.row import SettingRow
from app.ui.settings_page.section import SectionView
from app.ui.widgets import search_parts
from app.ui.widgets.wrapped_label import WrappedLabel
from app.ui.words import say

_LINKS: Final[Mapping[Section, tuple[Act, ...]]] = {
    Section.GENERAL: (Act.SHORTCUTS,),
    Section.HARDWARE: (Act.OPEN_MODEL, Act.SERVER),
    Section.TOOLS: (Act.TOOLS, Act.SOURCES),
    Section.DATA: (Act.BACKUPS, Act.EXPORT, Act.IMPORT),
}
"""What has a dialog of its own."""
_ROOMY: Final = 620
_WIDEST: Final = 130
"""Letters from which wider lines would be harder to follow."""
_BESIDE: Final = 32
"""Pixels beside the names in the list of sections."""
_AROUND: Final = 80
"""Pixels that are seen above and below a setting that was gone to."""
_LAYERS: Final = "gpu_layers"


class SettingsPage(QDialog):
    """Shows settings and reports what is changed; made of the declarations.

    Attributes:
        search: What is looked for.
        rows: The settings, by their keys.
        reload: Loads the model again.

    Args:
        actions: What the buttons that lead elsewhere do.
        icons: Where icons come from.
        parent: The window.

    Signals:
        edited: The key of a setting and another value.
        reset_requested: The key of a setting that is to have its default.
        all_reset: All settings are to have their defaults.
        undo_requested: They are to be as they were before that.
        file_requested: The settings file is to be opened.
    """

    edited = Signal(str, object)
    reset_requested = Signal(str)
    all_reset = Signal()
    undo_requested = Signal()
    file_requested = Signal()

    def __init__(self, actions: Actions, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._icons = icons
        self._hardware = Hardware()
        self._values = Settings()
        self._undoing = False
        self.search = QLineEdit()
        self._mark = search_parts.add(self.search, icons.get("search"))
        self.rows = {
            key: SettingRow(declaration, icons)
            for key, declaration in DECLARATIONS.items()
        }
        self._sections = [self._section(section) for section in Section]
        self._list = QListWidget()
        self._list.setObjectName("settingSections")
        self._list.addItems([""] * len(self._sections))
        self._nothing, self._said = QLabel(), WrappedLabel()
        self._scroll = QScrollArea()
        self.reload = QPushButton()
        self._later = WrappedLabel()
        self._file, self._reset, self._close = (QPushButton() for _ in range(3))
        self._lay_out()
        self._connect()
        self.resize(820, 640)
        self.setMinimumSize(320, 320)
        self.retranslate()

    def show_values(self, values: Settings) -> None:
        """Shows settings."""
        self._values = values
        for key, row in self.rows.items():
            row.show_value(getattr(values, key))
        self._reset.setEnabled(
            self._undoing
            or any(
                getattr(values, key) != declaration.default
                for key, declaration in DECLARATIONS.items()
            )
        )
        self._show_hardware()

    def show_hardware(self, hardware: Hardware) -> None:
        """Takes what is known of this computer and the model in use."""
        self._hardware = hardware
        self._show_hardware()

    def show_pending(self, *, pending: bool) -> None:
        """Says whether the model has to be loaded again for a change."""
        self._foot.setVisible(pending)

    def show_ignored(self, text: str) -> None:
        """Says what of the file was not understood; empty for nothing."""
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def show_setting(self, key: str) -> None:
        """Goes to a setting, and gives it the keyboard."""
        self.search.clear()
        row = self.rows.get(key)
        if row is None:
            self.search.setFocus()
            return
        row.editor.setFocus()
        # Where it is, is known once everything is laid out.
        self._content.adjustSize()
        self._scroll.ensureWidgetVisible(row, 0, _AROUND)

    def recolour(self) -> None:
        """Takes a theme's icons."""
        self._mark.setIcon(self._icons.get("search"))
        for row in self.rows.values():
            row.recolour()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.setWindowTitle(self.tr("Settings"))
        self.search.setPlaceholderText(self.tr("Search settings"))
        self.search.setAccessibleName(self.tr("Search settings"))
        search_parts.name(self.search)
        self._list.setAccessibleName(self.tr("Sections"))
        for number, view in enumerate(self._sections):
            view.retranslate()
            self._list.item(number).setText(words.section_title(view.section))
        self._fit_widths()
        self._nothing.setText(self.tr("There is no such setting."))
        self._later.setText(
            self.tr("Some changes take effect when the model is loaded again.")
        )
        self.reload.setText(self.tr("Load it again"))
        self._file.setText(self.tr("Open the file"))
        self._file.setToolTip(
            self.tr(
                "The settings as text, to be edited by hand; what is changed there "
                "holds after the next start"
            )
        )
        self._name_reset()
        self._close.setText(self.tr("Close"))
        self._show_hardware()
        self._filter()

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        moved = super().focusNextPrevChild(next)
        # The area shows what the keyboard goes to only while it is inside already.
        if moved and self._scroll.isAncestorOf(self.focusWidget()):
            self._scroll.ensureWidgetVisible(self.focusWidget())
        return moved

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() is QEvent.Type.FontChange:
            self._fit_widths()
        super().changeEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._list.setVisible(event.size().width() >= _ROOMY)

    def _fit_widths(self) -> None:
        """Gives everything the width that it needs in the font of the moment."""
        letter = self.fontMetrics().averageCharWidth()
        self._content.setMaximumWidth(_WIDEST * letter)
        self._list.setFixedWidth(self._list.sizeHintForColumn(0) + _BESIDE)

    def _section(self, section: Section) -> SectionView:
        rows = [r for r in self.rows.values() if r.declaration.section is section]
        links = _LINKS.get(section, ())
        return SectionView(section, rows, links=links, actions=self._actions)

    def _lay_out(self) -> None:
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(4, 0, 12, 12)
        column.addWidget(self._said)
        column.addWidget(self._nothing)
        for view in self._sections:
            column.addWidget(view)
        column.addStretch(1)
        self._said.setObjectName("problem")
        self._said.hide()
        self._nothing.setObjectName("muted")
        self._nothing.hide()
        self._scroll.setWidget(self._content)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        middle = QHBoxLayout()
        middle.addWidget(self._list)
        middle.addWidget(self._scroll, 1)
        self._foot = QFrame()
        self._foot.setObjectName("notice")
        foot = QHBoxLayout(self._foot)
        foot.addWidget(self._later, 1)
        foot.addWidget(self.reload)
        self._foot.hide()
        buttons = QHBoxLayout()
        buttons.addWidget(self._reset)
        buttons.addWidget(self._file)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addLayout(middle, 1)
        layout.addWidget(self._foot)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self._list.currentRowChanged.connect(self._go_to)
        self.reload.clicked.connect(self._actions[Act.RELOAD].trigger)
        self._reset.clicked.connect(self._reset_or_undo)
        self._file.clicked.connect(self.file_requested)
        self._close.clicked.connect(self.close)
        for button in (self.reload, self._reset, self._file, self._close):
            # Enter in a field must not press a button.
            button.setAutoDefault(False)
        for row in self.rows.values():
            row.edited.connect(self.edited)
            row.edited.connect(self._forget_undo)
            row.reset_requested.connect(self.reset_requested)
            row.reset_requested.connect(self._forget_undo)

    def _reset_or_undo(self) -> None:
        """The button that resets all then takes that back."""
        self._undoing = not self._undoing
        (self.all_reset if self._undoing else self.undo_requested).emit()
        self._name_reset()

    def _forget_undo(self) -> None:
        self._undoing = False
        self._name_reset()

    def _name_reset(self) -> None:
        text = self.tr("Undo the reset") if self._undoing else self.tr("Reset all")
        self._reset.setText(text)

    def _filter(self) -> None:
        sought = self.search.text().casefold().split()
        found = 0
        for number, view in enumerate(self._sections):
            count = view.filter(sought)
            self._list.item(number).setHidden(not count)
            found += count
        self._nothing.setVisible(not found)

    def _go_to(self, number: int) -> None:
        if 0 <= number < len(self._sections):
            self._scroll.verticalScrollBar().setValue(self._sections[number].y())

    def _show_hardware(self) -> None:
        row = self.rows[_LAYERS]
        phrases = layer_phrases(self._hardware, self._values.gpu_layers)
        row.set_note(" ".join(map(say, phrases)))
        if isinstance(row.editor, LayersEditor):
            row.editor.set_layers(self._hardware.layers if self._hardware.cards else 0)
        for view in self._sections:
            if view.section is Section.HARDWARE:
                cards = map(say, card_phrases(self._hardware))
                view.set_note("\n".join(cards))
