"""Which tools there are, which of them may run, and for how long: pure.

Several tools may answer one command. A search asks all that may run; any other command
is answered by one, and what the user installed and allowed goes before what is built
in.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from app.domain.permissions import Permission
from app.domain.pictures import PictureSource
from app.domain.tools import Tool
from app.plugins.extensions import Extension
from app.plugins.kinds import Kind, extension
from app.plugins.messages import Offer
from app.plugins.pictures import readiness
from app.plugins.pictures.address import is_here
from app.plugins.pictures.readiness import Lack
from app.plugins.search import needs

Values = Mapping[str, Any]
"""The settings of one tool as JSON has them."""

SECONDS: Final[Mapping[Tool, float]] = {
    Tool.SEARCH: 20.0,
    Tool.CALCULATE: 5.0,
    Tool.SOLVE: 5.0,
    Tool.TEXT_TO_IMAGE: 1800.0,
}
"""How long a command may run before its process is killed. Tools that compute have a
limit on processor time besides, in the process itself, which is shorter."""


class Missing(StrEnum):
    """Why a tool cannot run; the user interface has the words."""

    SEARCH_SOURCE = "search_source"
    IMAGE_BACKEND = "image_backend"
    IMAGE_ADDRESS = "image_address"
    IMAGE_LIBRARY = "image_library"
    IMAGE_MODEL = "image_model"
    NOT_STARTED = "not_started"
    BROKEN = "broken"
    PACKAGE = "package"
    NETWORK = "network"


def nothing_missing(_values: Values) -> None:
    """What a tool without needs is short of."""


def stays_here(_values: Values) -> bool:
    """Says of a tool that nothing leaves this computer by it."""
    return False


def _leaves(_values: Values) -> bool:
    return True


def _pictures_leave(values: Values) -> bool:
    """Whether the server for pictures is on another computer."""
    chosen = readiness.settings(values)
    return chosen.source is PictureSource.SERVER and not is_here(chosen.server)


def _search_leaves(values: Values) -> bool:
    """Whether the server for searches is on another computer."""
    server = needs.searxng_server(needs.read(needs.SearxngSettings, values))
    return server is None or not server.is_here


def _pictures_missing(values: Values) -> Missing | None:
    """What the tool for pictures is short of."""
    match readiness.lack(readiness.settings(values)):
        case Lack.SOURCE:
            return Missing.IMAGE_BACKEND
        case Lack.ADDRESS:
            return Missing.IMAGE_ADDRESS
        case Lack.LIBRARY:
            return Missing.IMAGE_LIBRARY
        case Lack.MODEL:
            return Missing.IMAGE_MODEL
        case None:
            return None


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """What is known of a tool without running it.

    Attributes:
        name: Its name, in settings and in the log.
        tool: Which command it answers; None for an installed one that has not said it.
        process: Where it runs (see `app.plugins.kinds`).
        permission: What holds until the user decides: `ALWAYS` for what only computes,
            `NEVER` for what leaves the computer, reads or writes files.
        needs: Says of its settings what is missing; None is nothing.
        leaves: Says of its settings whether it sends anything to other computers.
        package: The package that brings it; empty for one of this program.
        summary: The package's own words.
        problem: Why an installed one cannot be used; empty as long as it can.
    """

    name: str
    tool: Tool | None
    process: str
    permission: Permission = Permission.NEVER
    needs: Callable[[Values], Missing | None] = nothing_missing
    leaves: Callable[[Values], bool] = stays_here
    package: str = ""
    summary: str = ""
    problem: str = ""

    @property
    def seconds(self) -> float:
        """How long a command may run."""
        return SECONDS[self.tool or Tool.SEARCH]


def _documents(values: Values) -> Missing | None:
    return None if needs.has_folders(values) else Missing.SEARCH_SOURCE


def _wikipedia(values: Values) -> Missing | None:
    if not needs.can_read_zim():
        return Missing.PACKAGE
    return None if needs.has_zim_files(values) else Missing.SEARCH_SOURCE


def _searxng(values: Values) -> Missing | None:
    return None if needs.has_server(values) else Missing.SEARCH_SOURCE


def _web(_values: Values) -> Missing | None:
    return None if needs.can_search_web() else Missing.PACKAGE


BUILTIN: Final = (
    ToolInfo(needs.DOCUMENTS, Tool.SEARCH, Kind.SEARCH, needs=_documents),
    ToolInfo(needs.WIKIPEDIA, Tool.SEARCH, Kind.SEARCH, needs=_wikipedia),
    ToolInfo(
        needs.SEARXNG, Tool.SEARCH, Kind.WEB, needs=_searxng, leaves=_search_leaves
    ),
    ToolInfo(needs.WEB, Tool.SEARCH, Kind.WEB, needs=_web, leaves=_leaves),
    ToolInfo("calculate", Tool.CALCULATE, Kind.COMPUTE, Permission.ALWAYS),
    ToolInfo("solve", Tool.SOLVE, Kind.COMPUTE, Permission.ALWAYS),
    ToolInfo(
        "text_to_image",
        Tool.TEXT_TO_IMAGE,
        Kind.PICTURES,
        needs=_pictures_missing,
        leaves=_pictures_leave,
    ),
)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the user decided of tools, and set for them, by their names.

    Attributes:
        permissions: Whether they may run.
        values: Their settings.
        network: Whether anything may be sent to other computers.
    """

    permissions: Mapping[str, Permission] = field(default_factory=dict)
    values: Mapping[str, Values] = field(default_factory=dict)
    network: bool = True


class ToolManager:
    """The tools that are there.

    Args:
        tools: Those of this program.
        extensions: Those that packages bring.
        decisions: What the user decided.
    """

    def __init__(
        self,
        tools: Iterable[ToolInfo] = BUILTIN,
        extensions: Iterable[Extension] = (),
        *,
        decisions: Decisions = Decisions(),
    ) -> None:
        added = (_info(each) for each in extensions)
        self._tools = {info.name: info for info in (*added, *tools)}
        self._decisions = decisions

    @property
    def decisions(self) -> Decisions:
        """What the user decided."""
        return self._decisions

    def decide(self, decisions: Decisions) -> None:
        """Takes what the user decided now."""
        self._decisions = decisions

    def all(self) -> tuple[ToolInfo, ...]:
        """Every tool in the order of `Tool`, those that lack something included."""
        order = [*Tool, None]
        return tuple(sorted(self._tools.values(), key=lambda i: order.index(i.tool)))

    def info(self, name: str) -> ToolInfo:
        """The tool of a name."""
        return self._tools[name]

    def permission(self, name: str) -> Permission:
        """Whether a tool may run."""
        default = self._tools[name].permission
        return self._decisions.permissions.get(name, default)

    def missing(self, name: str) -> Missing | None:
        """What a tool lacks; None when it can run."""
        info = self._tools[name]
        if info.problem:
            return Missing.BROKEN
        if self.is_kept_in(name):
            return Missing.NETWORK
        if info.tool is None:
            return Missing.NOT_STARTED
        return info.needs(self._decisions.values.get(name, {}))

    def is_kept_in(self, name: str) -> bool:
        """Whether a tool may not run because the network is switched off."""
        leaves = self._tools[name].leaves(self._decisions.values.get(name, {}))
        return leaves and not self._decisions.network

    def providers(self, tool: Tool) -> tuple[ToolInfo, ...]:
        """The tools that answer a command, in the order they are asked."""
        ready = [
            info
            for info in self._tools.values()
            if info.tool is tool
            and self.permission(info.name) is not Permission.NEVER
            and self.missing(info.name) is None
        ]
        return tuple(ready if tool is Tool.SEARCH else ready[:1])

    def available(self) -> frozenset[Tool]:
        """The commands that can be switched on."""
        return frozenset(tool for tool in Tool if self.providers(tool))

    def usable(self, enabled: Collection[Tool]) -> frozenset[Tool]:
        """Of the commands the user switched on, those that something answers."""
        return self.available() & frozenset(enabled)

    def seconds(self, tool: Tool) -> float:
        """How long a command of `tool` may run."""
        return SECONDS[tool]

    def values_of(self, process: str) -> Mapping[str, Values]:
        """The settings of the tools of a process, by their names."""
        values = self._decisions.values
        return {
            name: values[name]
            for name, info in self._tools.items()
            if info.process == process and name in values
        }

    def to_introduce(self) -> tuple[str, ...]:
        """Processes of installed tools that may run and have not said what they are."""
        return tuple(
            info.process
            for info in self._tools.values()
            if info.tool is None
            and not info.problem
            and not self.is_kept_in(info.name)
            and self.permission(info.name) is not Permission.NEVER
        )

    def introduced(self, offers: Iterable[Offer]) -> None:
        """Takes what a process says of its tools; only known ones matter."""
        for offer in offers:
            info = self._tools.get(offer.name)
            if info is not None and info.package:
                self._tools[offer.name] = replace(info, tool=offer.tool, problem="")

    def broke(self, process: str, problem: str) -> None:
        """An installed tool cannot be used, at least until the next start."""
        for name, info in self._tools.items():
            if info.process == process and info.package:
                self._tools[name] = replace(info, problem=problem)


def _info(found: Extension) -> ToolInfo:
    return ToolInfo(
        found.name,
        tool=None,
        process=extension(found.name),
        # Nobody knows what it does, so it is taken to do everything.
        leaves=_leaves,
        package=found.package,
        summary=found.summary,
    )
