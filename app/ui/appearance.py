"""How the window looks and which language it speaks: what the settings say, at once."""

from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.services.preferences import Preferences
from app.store.settings import DECLARATIONS, Language, Settings, Theme
from app.ui import theme
from app.ui.icons import Icons
from app.ui.main_window import MainWindow
from app.ui.settings_changes import SettingsChanges
from app.ui.theme import Look
from app.ui.translation import Translation

_LOOKS: Final = ("theme", "zoom", "compact", "reduced_motion")


class Appearance(QObject):
    """Applies what the settings say of the window's looks, now and when they change.

    Args:
        application: The Qt application.
        window: The window.
        icons: Where icons come from.
        translation: The window's language.
        preferences: The user's settings.
        changes: Takes what is chosen in the window's menus.
    """

    def __init__(
        self,
        application: QApplication,
        window: MainWindow,
        *,
        icons: Icons,
        translation: Translation,
        preferences: Preferences,
        changes: SettingsChanges,
    ) -> None:
        super().__init__(window)
        self._application = application
        self._window = window
        self._icons = icons
        self._translation = translation
        self._preferences = preferences
        self._changes = changes
        preferences.listen(self._changed)
        window.theme_chosen.connect(self._choose_theme)
        window.language_chosen.connect(self._choose_language)
        window.zoom_requested.connect(self._zoom)
        application.styleHints().colorSchemeChanged.connect(self._scheme_changed)

    def show(self, language: Language) -> None:
        """Applies everything; the window speaks `language` already."""
        self._window.set_language(language)
        self._apply(self._preferences.values)

    def _changed(self, before: Settings, now: Settings) -> None:
        if now.language is not before.language:
            self._window.set_language(self._translation.use(now.language))
        if any(getattr(now, key) != getattr(before, key) for key in _LOOKS):
            self._apply(now)

    def _apply(self, values: Settings) -> None:
        colours = theme.colours(values.theme)
        self._icons.set_tint(colours.text)
        theme.apply(self._application, colours, look_of(values))
        self._window.set_theme_choice(values.theme)
        self._window.recolour(colours)
        self._window.set_compact(compact=values.compact)

    def _scheme_changed(self) -> None:
        if self._preferences.values.theme is Theme.SYSTEM:
            self._apply(self._preferences.values)

    def _choose_theme(self, choice: Theme) -> None:
        self._changes.change({"theme": choice})

    def _choose_language(self, choice: Language) -> None:
        self._changes.change({"language": choice})

    def _zoom(self, steps: int) -> None:
        declared = DECLARATIONS["zoom"]
        bounds = declared.bounds
        zoom = self._preferences.values.zoom + steps * bounds.step
        chosen = max(bounds.low, min(bounds.high, zoom)) if steps else declared.default
        self._changes.change({"zoom": chosen})


def look_of(values: Settings) -> Look:
    """What settings say of how things look, the theme aside."""
    return Look(zoom=values.zoom, compact=values.compact, still=values.reduced_motion)
