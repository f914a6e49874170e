"""Which tools there are, and which of them answer a command."""

from app.domain.permissions import Permission
from app.domain.tools import Tool
from app.plugins.extensions import Extension
from app.plugins.manager import (
    BUILTIN,
    Decisions,
    Missing,
    ToolInfo,
    ToolManager,
    Values,
)
from app.plugins.messages import Offer

WIKI = Extension("wiki", "wiki-for-moss 1.2", "Searches a wiki")


def names(manager: ToolManager, tool: Tool) -> list[str]:
    return [info.name for info in manager.providers(tool)]


def folders(values: Values) -> Missing | None:
    return None if values.get("folders") else Missing.SEARCH_SOURCE


def test_this_build() -> None:
    manager = ToolManager()
    assert manager.all() == BUILTIN
    assert {Tool.CALCULATE, Tool.SOLVE} <= manager.available()
    assert all(info.seconds > 0 for info in manager.all())


def test_only_what_computes_may_run_before_the_user_decides() -> None:
    for info in BUILTIN:
        allowed = info.permission is Permission.ALWAYS
        assert allowed is (info.process == "compute")


def test_what_is_switched_on_and_there() -> None:
    manager = ToolManager()
    assert manager.usable({Tool.SOLVE, Tool.TEXT_TO_IMAGE}) == {Tool.SOLVE}
    assert manager.usable(()) == frozenset()
    assert manager.seconds(Tool.SOLVE) == 5.0


def test_a_tool_that_may_never_run_answers_nothing() -> None:
    decisions = Decisions({"solve": Permission.NEVER, "gone": Permission.ALWAYS})
    manager = ToolManager(decisions=decisions)
    assert manager.available() == {Tool.CALCULATE}
    manager.decide(Decisions())
    assert Tool.SOLVE in manager.available()


def test_a_search_asks_all_that_lack_nothing() -> None:
    tools = [
        ToolInfo("documents", Tool.SEARCH, "search", needs=folders),
        ToolInfo("web", Tool.SEARCH, "web"),
        ToolInfo("other", Tool.SEARCH, "web"),
    ]
    allowed = dict.fromkeys(("documents", "web"), Permission.ASK)
    manager = ToolManager(tools, decisions=Decisions(allowed))
    assert names(manager, Tool.SEARCH) == ["web"]
    assert manager.missing("documents") is Missing.SEARCH_SOURCE
    manager.decide(Decisions(allowed, {"documents": {"folders": ["/a"]}}))
    assert names(manager, Tool.SEARCH) == ["documents", "web"]


def test_an_installed_tool_is_used_once_it_said_what_it_is() -> None:
    manager = ToolManager(extensions=[WIKI])
    assert manager.all()[-1].package == "wiki-for-moss 1.2"
    assert manager.missing("wiki") is Missing.NOT_STARTED
    assert manager.to_introduce() == ()
    manager.decide(Decisions({"wiki": Permission.ASK}))
    assert manager.to_introduce() == ("extension:wiki",)
    assert names(manager, Tool.SEARCH) == []
    manager.introduced([Offer("wiki", Tool.SEARCH)])
    assert manager.to_introduce() == ()
    assert names(manager, Tool.SEARCH) == ["wiki"]


def test_an_installed_tool_goes_before_a_built_in_one() -> None:
    allowed = Decisions({"wiki": Permission.ALWAYS})
    manager = ToolManager(extensions=[WIKI], decisions=allowed)
    manager.introduced([Offer("wiki", Tool.CALCULATE)])
    assert names(manager, Tool.CALCULATE) == ["wiki"]


def test_no_process_speaks_for_a_built_in_tool() -> None:
    manager = ToolManager(extensions=[WIKI])
    manager.introduced([Offer("calculate", Tool.SEARCH), Offer("more", Tool.SEARCH)])
    assert manager.info("calculate").tool is Tool.CALCULATE
    assert "more" not in {info.name for info in manager.all()}


def test_a_broken_tool_is_left_out() -> None:
    allowed = Decisions({"wiki": Permission.ALWAYS})
    manager = ToolManager(extensions=[WIKI], decisions=allowed)
    manager.broke("extension:wiki", "ImportError: no")
    assert manager.missing("wiki") is Missing.BROKEN
    assert manager.info("wiki").problem == "ImportError: no"
    assert manager.to_introduce() == ()
    manager.broke("compute", "it was killed")
    assert manager.missing("calculate") is None
