"""The user's settings while the program runs: read once, written when they change."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.store.settings import Settings
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

    def keep_copy(self) -> Path | None:
        """Copies the file as it is now, where it was not understood.

        Returns:
            The copy; None where there was nothing to be kept.

        Raises:
            OSError: It cannot be copied.
        """
        needed = self.found.broken or self.found.ignored
        return self._file.keep_copy() if needed else None

    def file_to_edit(self) -> Path:
        """The file with the settings of the moment; what is changed there holds later.

        Raises:
            UserError: They could not be written.
        """
        self._file.save(self._values)
        return self._file.path
