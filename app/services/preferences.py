"""The user's settings while the program runs: read once, written when they change."""

from app.store.settings import Settings, SettingsFile


class Preferences:
    """Holds the settings.

    Args:
        file: Where they are kept.
    """

    def __init__(self, file: SettingsFile) -> None:
        self._file = file
        self._values = file.load()

    @property
    def values(self) -> Settings:
        """The settings of the moment."""
        return self._values

    def update(self, values: Settings) -> None:
        """Takes other settings; they hold at once, and then they are written.

        Raises:
            UserError: They could not be written.
        """
        if values != self._values:
            self._values = values
            self._file.save(values)
