"""A part of the settings page: a heading, settings, and ways to other dialogs."""

from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.store.declaring import Section
from app.ui.actions import Act, Actions
from app.ui.settings_page import words
from app.ui.settings_page.row import SettingRow
from app.ui.widgets.flow_row import FlowRow
from app.ui.widgets.wrapped_label import WrappedLabel


class SectionView(QWidget):
    """Shows the settings of a section that a search leaves over.

    Attributes:
        section: Which.
        rows: Its settings.

    Args:
        section: Which.
        rows: Its settings.
        links: What can be done besides; the buttons do it.
        actions: What these do, and what they are called.
    """

    def __init__(
        self,
        section: Section,
        rows: Sequence[SettingRow],
        *,
        links: Iterable[Act],
        actions: Actions,
    ) -> None:
        super().__init__()
        self.section = section
        self.rows = tuple(rows)
        self._actions = actions
        self._title = QLabel()
        self._title.setObjectName("sectionTitle")
        self._note = WrappedLabel()
        self._note.setObjectName("muted")
        self._note.hide()
        self._links = {act: QPushButton() for act in links}
        bar = FlowRow()
        for act, button in self._links.items():
            button.setObjectName("settingLink")
            button.setAutoDefault(False)
            button.clicked.connect(self._actions[act].trigger)
            bar.add(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 12)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addWidget(self._note)
        for row in self.rows:
            layout.addWidget(row)
        layout.addWidget(bar)
        bar.setVisible(bool(self._links))
        self._bar = bar
        self.retranslate()

    def set_note(self, text: str) -> None:
        """Says something below the heading, or nothing."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def filter(self, sought: list[str]) -> int:
        """Shows what a search finds here.

        Args:
            sought: Words, folded; none finds everything.

        Returns:
            How much that is.
        """
        count = 0
        for row in self.rows:
            row.setVisible(row.matches(sought))
            count += not row.isHidden()
        for button in self._links.values():
            text = f"{button.text()}\n{self._title.text()}".casefold()
            button.setVisible(all(word in text for word in sought))
            count += not button.isHidden()
        self._bar.setVisible(any(not b.isHidden() for b in self._links.values()))
        self.setVisible(count > 0)
        return count

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._title.setText(words.section_title(self.section))
        for act, button in self._links.items():
            button.setText(self._actions[act].text())
        for row in self.rows:
            row.retranslate()
