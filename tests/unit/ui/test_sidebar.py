"""The list of chats: groups, search, keyboard."""

from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListView

from app.domain.conversation import ConversationSummary
from app.ui.icons import Icons
from app.ui.sidebar.chat_list import Period, period_of
from app.ui.sidebar.sidebar import Sidebar
from app.ui.theme import LIGHT
from tests.conftest import ROOT

NOW = datetime.now(UTC)
TODAY = NOW.astimezone().date()
CHATS = (
    ConversationSummary("a", "First <b>", NOW),
    ConversationSummary("b", "Second", NOW),
    ConversationSummary("c", "", NOW - timedelta(days=40)),
)


@pytest.fixture
def sidebar(qtbot):
    sidebar = Sidebar(Icons(ROOT / "resources/icons", LIGHT.text))
    qtbot.addWidget(sidebar)
    sidebar.show_chats(CHATS, None, TODAY)
    sidebar.show()
    return sidebar


def rows(sidebar):
    model = sidebar.findChild(QListView).model()
    return [model.index(row).data() for row in range(model.rowCount())]


def test_chats_stand_under_their_day(sidebar):
    assert rows(sidebar) == ["Today", "First <b>", "Second", "Older", "New chat"]


@pytest.mark.parametrize(
    ("days", "period"),
    [
        (-1, Period.TODAY),
        (0, Period.TODAY),
        (1, Period.YESTERDAY),
        (6, Period.WEEK),
        (7, Period.OLDER),
    ],
)
def test_period(days, period):
    noon = datetime(2026, 5, 20, 12).astimezone()
    assert period_of(noon - timedelta(days=days), date(2026, 5, 20)) is period


def test_the_keyboard_finds_opens_renames_and_deletes(sidebar, qtbot):
    seen = []
    sidebar.chosen.connect(lambda chat: seen.append(("open", chat)))
    sidebar.rename_requested.connect(lambda chat: seen.append(("rename", chat)))
    sidebar.delete_requested.connect(lambda chat: seen.append(("delete", chat)))
    chats = sidebar.findChild(QListView)
    with qtbot.waitActive(sidebar):
        sidebar.activateWindow()
    sidebar.focus_search()
    qtbot.keyClick(sidebar.findChild(QLineEdit), Qt.Key.Key_Return)
    qtbot.keyClick(sidebar.findChild(QLineEdit), Qt.Key.Key_Down)
    assert chats.hasFocus()
    qtbot.keyClick(chats, Qt.Key.Key_Down)
    qtbot.keyClick(chats, Qt.Key.Key_Return)
    qtbot.keyClick(chats, Qt.Key.Key_F2)
    qtbot.keyClick(chats, Qt.Key.Key_Delete)
    assert seen == [("open", "a"), ("open", "b"), ("rename", "b"), ("delete", "b")]


def test_nothing_found_is_said(sidebar, qtbot):
    qtbot.keyClicks(sidebar.findChild(QLineEdit), "xyz")
    sidebar.show_chats((), None, TODAY)
    assert rows(sidebar) == ["Nothing found"]
