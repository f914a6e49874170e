"""Which tools this build has, and how long each may run: pure and small."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.tools import Tool


class Missing(StrEnum):
    """Why a tool cannot be switched on; the user interface has the words."""

    SEARCH_SOURCE = "search_source"
    IMAGE_BACKEND = "image_backend"


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """What is known of a tool without running it.

    Attributes:
        tool: Which one.
        seconds: How long a command may run before its process is killed. Tools that
            compute have a limit on processor time besides, in the process itself,
            which is shorter.
        missing: What it lacks in this build; None when it can be switched on.
    """

    tool: Tool
    seconds: float
    missing: Missing | None = None


BUILTIN: Final = (
    ToolInfo(Tool.SEARCH, 20.0, Missing.SEARCH_SOURCE),
    ToolInfo(Tool.CALCULATE, 5.0),
    ToolInfo(Tool.SOLVE, 5.0),
    ToolInfo(Tool.TEXT_TO_IMAGE, 600.0, Missing.IMAGE_BACKEND),
)


class ToolManager:
    """The tools of this build, in the order of `Tool`."""

    def __init__(self, tools: Iterable[ToolInfo] = BUILTIN) -> None:
        self._tools = {info.tool: info for info in tools}

    def all(self) -> tuple[ToolInfo, ...]:
        """Every tool, those that lack something included."""
        return tuple(self._tools[tool] for tool in Tool if tool in self._tools)

    def available(self) -> frozenset[Tool]:
        """The tools that can be switched on."""
        return frozenset(info.tool for info in self.all() if info.missing is None)

    def usable(self, enabled: Collection[Tool]) -> frozenset[Tool]:
        """Of the tools the user switched on, those that are there."""
        return self.available() & frozenset(enabled)

    def seconds(self, tool: Tool) -> float:
        """How long a command of `tool` may run."""
        return self._tools[tool].seconds
