"""The user's settings while the program runs: read once, written when they change."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.store.settings import DECLARATIONS, Settings
from app.store.settings_file import Reading, SettingsFile


class Preferences:
    """Holds the settings.

    Attributes:
        found: What the file held when it was read.

    Args:
        file: Where they are kept.
    """

    def __init__(self, file: SettingsFile) -> None:
        self._file = file
        self.found: Reading = file.read()
        self._values = self.found.settings
        self._listeners: list[Callable[[Settings, Settings], None]] = []

    @property
    def values(self) -> Settings:
        """The settings of the moment."""
        return self._values

    def listen(self, listener: Callable[[Settings, Settings], None]) -> None:
        """Has `listener` told of every change: the settings before, and now."""
        self._listeners.append(listener)

    def update(self, values: Settings) -> None:
        """Takes other settings; they hold at once, and then they are written.

        Raises:
            UserError: They could not be written.
        """
        before = self._values
        if values != before:
            self._values = values
            for listener in self._listeners:
                listener(before, values)
            self._file.save(values)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Takes other values of some settings, by their keys.

        Raises:
            UserError: They could not be written.
        """
        self.update(replace(self._values, **changes))

    def changed(self) -> frozenset[str]:
        """The keys of the declared settings that differ from their defaults."""
        return frozenset(
            key
            for key, declaration in DECLARATIONS.items()
            if getattr(self._values, key) != declaration.default
        )
