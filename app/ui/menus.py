"""The menus of the window, made of its actions."""

from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenuBar

from app.store.settings import Language, Theme
from app.ui.actions import Actions, Place

_LANGUAGES: Final = ((Language.ENGLISH, "English"), (Language.CHINESE, "中文"))


class Menus(QObject):
    """Fills a menu bar.

    Attributes:
        model: The menu of models, which the chat's header shows too.

    Args:
        bar: The menu bar.
        actions: What stands in the menus.

    Signals:
        theme_chosen: A `Theme`.
        language_chosen: A `Language`.
    """

    theme_chosen = Signal(object)
    language_chosen = Signal(object)

    def __init__(self, bar: QMenuBar, actions: Actions) -> None:
        super().__init__(bar)
        self._actions = actions
        self._menus = {place: bar.addMenu("") for place in Place}
        self.model = self._menus[Place.MODEL]
        for place, menu in self._menus.items():
            for declared, action in actions.of(place):
                if declared.separated:
                    menu.addSeparator()
                menu.addAction(action)
        view = self._menus[Place.VIEW]
        view.addSeparator()
        self._theme_menu, self._language_menu = view.addMenu(""), view.addMenu("")
        self._themes: dict[Theme, QAction] = {}
        self._languages: dict[Language, QAction] = {}
        self._make_themes()
        self._make_languages()
        self.retranslate()

    def set_theme(self, choice: Theme) -> None:
        """Marks the theme."""
        self._themes[choice].setChecked(True)

    def set_language(self, language: Language) -> None:
        """Marks the language."""
        for known, action in self._languages.items():
            action.setChecked(known is language)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        for place, title in (
            (Place.CHAT, self.tr("&Chat")),
            (Place.MODEL, self.tr("&Model")),
            (Place.VIEW, self.tr("&View")),
            (Place.HELP, self.tr("&Help")),
        ):
            self._menus[place].setTitle(title)
        self._theme_menu.setTitle(self.tr("Theme"))
        self._language_menu.setTitle(self.tr("Language"))
        for choice, title in (
            (Theme.SYSTEM, self.tr("System")),
            (Theme.LIGHT, self.tr("Light")),
            (Theme.DARK, self.tr("Dark")),
        ):
            self._themes[choice].setText(title)

    def _make_themes(self) -> None:
        group = QActionGroup(self)
        for choice in Theme:
            action = group.addAction("")
            action.setCheckable(True)
            action.triggered.connect(
                lambda _=False, choice=choice: self.theme_chosen.emit(choice)
            )
            self._themes[choice] = action
            self._theme_menu.addAction(action)

    def _make_languages(self) -> None:
        for language, name in _LANGUAGES:
            action = self._language_menu.addAction(name)
            action.setCheckable(True)
            action.triggered.connect(
                lambda _=False, chosen=language: self.language_chosen.emit(chosen)
            )
            self._languages[language] = action
