"""Changes settings from the window, and says it when they cannot be written."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.errors import UserError
from app.services.preferences import Preferences
from app.store.settings import DECLARATIONS, Settings
from app.ui.bridge import Bridge


class SettingsChanges(QObject):
    """The one way in which widgets change settings.

    Attributes:
        preferences: The user's settings.

    Args:
        preferences: The user's settings.
        bridge: Takes what could not be written.
        parent: Qt's parent.

    Signals:
        changed: The keys of the declared settings that have other values now.
    """

    changed = Signal(object)

    def __init__(
        self, preferences: Preferences, bridge: Bridge, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.preferences = preferences
        self._bridge = bridge
        preferences.listen(self._told)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Takes other values; they hold even where they cannot be written."""
        try:
            self.preferences.change(changes)
        except UserError as error:
            self._bridge.failed.emit(error)

    def reset(self, *keys: str) -> None:
        """Gives settings their defaults; without keys, all that are declared."""
        chosen = keys or tuple(DECLARATIONS)
        self.change({key: DECLARATIONS[key].default for key in chosen})

    def _told(self, before: Settings, now: Settings) -> None:
        keys = frozenset(
            key for key in DECLARATIONS if getattr(now, key) != getattr(before, key)
        )
        if keys:
            self.changed.emit(keys)
