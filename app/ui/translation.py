"""The window's language, changed without a restart."""

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.store.settings import Language


class Translation:
    """Installs and removes translators; widgets hear of it by `LanguageChange`.

    Args:
        application: The Qt application.
        folder: Where compiled translations are.
    """

    def __init__(self, application: QApplication, folder: Path) -> None:
        self._application = application
        self._folder = folder
        self._installed: list[QTranslator] = []

    def use(self, choice: Language) -> Language:
        """Speaks a language.

        Args:
            choice: What the user chose; `SYSTEM` is the system's own.

        Returns:
            The language that is spoken now.
        """
        language = _system() if choice is Language.SYSTEM else choice
        self.remove()
        if language is not Language.ENGLISH:
            ours = str(self._folder)
            qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
            for name, folder in (
                ("qtbase", qt),
                ("moss", ours),
            ):
                translator = QTranslator(self._application)
                if translator.load(f"{name}_{language.value}.qm", folder):
                    self._application.installTranslator(translator)
                    self._installed.append(translator)
        return language

    def remove(self) -> None:
        """Speaks English again, as the program's source does."""
        for translator in self._installed:
            self._application.removeTranslator(translator)
        self._installed.clear()


def _system() -> Language:
    chinese = QLocale.system().language() is QLocale.Language.Chinese
    return Language.CHINESE if chinese else Language.ENGLISH
