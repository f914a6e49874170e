"""Which tools there are."""

from app.domain.tools import Tool
from app.plugins.manager import BUILTIN, Missing, ToolInfo, ToolManager


def test_this_build() -> None:
    manager = ToolManager()
    assert manager.all() == BUILTIN
    assert manager.available() == {Tool.CALCULATE, Tool.SOLVE}
    missing = {info.tool: info.missing for info in manager.all() if info.missing}
    assert missing == {
        Tool.SEARCH: Missing.SEARCH_SOURCE,
        Tool.TEXT_TO_IMAGE: Missing.IMAGE_BACKEND,
    }
    assert all(info.seconds > 0 for info in manager.all())


def test_what_is_switched_on_and_there() -> None:
    manager = ToolManager([ToolInfo(Tool.SOLVE, 2.0), ToolInfo(Tool.CALCULATE, 1.0)])
    assert [info.tool for info in manager.all()] == [Tool.CALCULATE, Tool.SOLVE]
    assert manager.usable({Tool.SOLVE, Tool.SEARCH}) == {Tool.SOLVE}
    assert manager.usable(()) == frozenset()
    assert manager.seconds(Tool.SOLVE) == 2.0
