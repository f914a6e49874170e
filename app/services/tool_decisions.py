"""What the user decides of tools: it holds at once, and is kept in the settings."""

from collections.abc import Callable
from dataclasses import replace

from app.domain.permissions import Permission
from app.domain.tools import Tool
from app.plugins.manager import Decisions, ToolManager, Values
from app.services.preferences import Preferences
from app.store.settings import Settings


def decisions_of(settings: Settings) -> Decisions:
    """What settings say of tools."""
    return Decisions(
        settings.permissions, settings.tool_values, network=settings.network
    )


class ToolDecisions:
    """Changes what the manager goes by.

    Attributes:
        manager: The tools.

    Args:
        manager: The tools.
        preferences: The user's settings.
        changed: Is told the name of a tool about which something was decided.
    """

    def __init__(
        self,
        manager: ToolManager,
        preferences: Preferences,
        *,
        changed: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self.manager = manager
        self._preferences = preferences
        self._changed = changed

    @property
    def switched_on(self) -> frozenset[Tool]:
        """The commands that the user has switched on, whatever answers them."""
        return self._preferences.values.tools

    def values(self, name: str) -> Values:
        """The settings of a tool."""
        return self._preferences.values.tool_values.get(name, {})

    def take_settings(self, before: Settings, now: Settings) -> None:
        """Takes a change of settings that was made elsewhere."""
        if now.network is not before.network:
            self.manager.decide(decisions_of(now))
            for info in self.manager.all():
                self._changed(info.name)

    def allow(self, name: str, permission: Permission) -> None:
        """Decides whether a tool may run.

        Raises:
            UserError: It could not be written; it holds until the program ends.
        """
        settings = self._preferences.values
        permissions = {**settings.permissions, name: permission}
        self._take(name, replace(settings, permissions=permissions))

    def set_values(self, name: str, values: Values) -> None:
        """Gives a tool other settings.

        Raises:
            UserError: They could not be written; they hold until the program ends.
        """
        settings = self._preferences.values
        tool_values = {**settings.tool_values, name: values}
        self._take(name, replace(settings, tool_values=tool_values))

    def _take(self, name: str, settings: Settings) -> None:
        self.manager.decide(decisions_of(settings))
        try:
            self._preferences.update(settings)
        finally:
            self._changed(name)
