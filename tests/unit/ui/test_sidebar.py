"""The list of chats: groups, folders, search, the trash, keyboard and dragging."""

from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton

from app.domain.conversation import ConversationSummary, Role
from app.domain.excerpt import excerpt
from app.store.search import Hit
from app.ui.icons import Icons
from app.ui.sidebar.chat_menu import ChatAction
from app.ui.sidebar.chat_view import ChatView
from app.ui.sidebar.rows import Period, period_of
from app.ui.sidebar.sidebar import Showing, Sidebar
from app.ui.theme import LIGHT
from tests.conftest import ROOT

NOW = datetime.now(UTC)
TODAY = NOW.astimezone().date()
CHATS = (
    ConversationSummary("a", "First <b>", NOW),
    ConversationSummary("b", "Second", NOW),
    ConversationSummary("c", "", NOW - timedelta(days=40)),
)
SORTED = (
    ConversationSummary("p", "Pinned one", NOW, "Work", pinned=True),
    *CHATS,
    ConversationSummary("w", "Report", NOW, "Work"),
    ConversationSummary("z", "Budget", NOW - timedelta(days=9), "Work"),
    ConversationSummary("x", "杭州", NOW, "旅行"),
)


def hit(chat, message, text, query, title="Title"):
    role = Role.ASSISTANT if message else None
    return Hit(chat, message, title, role, excerpt(text, query), NOW)


HITS = (
    hit("t", "", "About rain", "rain", title="About rain"),
    hit("u", "m1", "no rain today", "rain"),
    hit("u", "m2", "rain again", "rain"),
    hit("t", "m3", "it may rain", "rain", title="About rain"),
)


@pytest.fixture
def sidebar(qtbot):
    sidebar = Sidebar(Icons(ROOT / "resources/icons", LIGHT.text))
    qtbot.addWidget(sidebar)
    sidebar.resize(260, 600)
    sidebar.show_chats(CHATS, today=TODAY)
    sidebar.show()
    with qtbot.waitActive(sidebar):
        sidebar.activateWindow()
    return sidebar


@pytest.fixture
def seen(sidebar):
    """What was asked for: names of signals and what they carried."""
    found = []
    for name in (
        "chosen", "hit_chosen", "rename_requested", "folder_rename_requested",
        "folder_toggled", "delete_requested", "pin_requested", "unpin_requested",
        "move_requested", "new_folder_requested", "restore_requested",
        "purge_requested", "empty_requested",
    ):  # fmt: skip
        signal = getattr(sidebar, name)
        signal.connect(lambda *values, name=name: found.append((name, *values)))
    return found


def chats_of(sidebar):
    return sidebar.findChild(ChatView)


def field_of(sidebar):
    return sidebar.findChild(QLineEdit)


def rows(sidebar, role=Qt.ItemDataRole.DisplayRole):
    model = chats_of(sidebar).model()
    return [model.index(row).data(role) for row in range(model.rowCount())]


def place(sidebar, text):
    return chats_of(sidebar).model().index(rows(sidebar).index(text))


def click(sidebar, qtbot, text, modifier=Qt.KeyboardModifier.NoModifier):
    view = chats_of(sidebar)
    centre = view.visualRect(place(sidebar, text)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, centre)


def menu_at(sidebar, text):
    """The entries of the menu of a row, by what they say."""
    menu = sidebar._menu_of(chats_of(sidebar).model().row(place(sidebar, text)))
    inner = [action for part in menu.findChildren(QMenu) for action in part.actions()]
    return {action.text(): action for action in (*menu.actions(), *inner)}


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


def test_pinned_chats_come_first_then_folders(sidebar):
    sidebar.show_chats(SORTED, today=TODAY)
    assert rows(sidebar)[:8] == [
        "Pinned", "Pinned one", "Work", "Report", "Budget", "旅行", "杭州", "Today",
    ]  # fmt: skip
    assert rows(sidebar)[8:] == ["First <b>", "Second", "Older", "New chat"]


def test_a_closed_folder_says_how_many_chats_it_has(sidebar):
    sidebar.show_chats(SORTED, today=TODAY, closed={"Work"})
    assert rows(sidebar)[2:4] == ["Work", "旅行"]
    spoken = rows(sidebar, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken[1:4] == [
        "Pinned one, pinned",
        "Folder Work, chats: 2, closed",
        "Folder 旅行, chats: 1, open",
    ]


def test_the_keyboard_finds_opens_renames_pins_and_deletes(sidebar, seen, qtbot):
    chats = chats_of(sidebar)
    sidebar.focus_search()
    qtbot.keyClick(field_of(sidebar), Qt.Key.Key_Return)
    qtbot.keyClick(field_of(sidebar), Qt.Key.Key_Down)
    assert chats.hasFocus()
    qtbot.keyClick(chats, Qt.Key.Key_Down)
    qtbot.keyClick(chats, Qt.Key.Key_Return)
    qtbot.keyClick(chats, Qt.Key.Key_F2)
    qtbot.keyClick(chats, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(chats, Qt.Key.Key_Delete)
    assert seen == [
        ("chosen", "a"),
        ("chosen", "b"),
        ("rename_requested", "b"),
        ("pin_requested", ("b",)),
        ("delete_requested", ("b",)),
    ]
    qtbot.keyClick(chats, Qt.Key.Key_Up)
    qtbot.keyClick(chats, Qt.Key.Key_Up)
    assert field_of(sidebar).hasFocus()


def test_the_keyboard_opens_closes_and_renames_a_folder(sidebar, seen, qtbot):
    sidebar.show_chats(SORTED, today=TODAY, closed={"Work"})
    chats = chats_of(sidebar)
    chats.setFocus()
    qtbot.keyClick(chats, Qt.Key.Key_Down)
    qtbot.keyClick(chats, Qt.Key.Key_Left)
    qtbot.keyClick(chats, Qt.Key.Key_Right)
    sidebar.show_chats(SORTED, today=TODAY)
    assert chats.row.folder == "Work"
    qtbot.keyClick(chats, Qt.Key.Key_Space)
    qtbot.keyClick(chats, Qt.Key.Key_F2)
    assert seen == [
        ("folder_toggled", "Work"),
        ("folder_toggled", "Work"),
        ("folder_rename_requested", "Work"),
    ]


def test_several_chats_are_chosen_and_stay_chosen(sidebar, seen, qtbot):
    click(sidebar, qtbot, "First <b>")
    click(sidebar, qtbot, "New chat", Qt.KeyboardModifier.ShiftModifier)
    assert seen == [("chosen", "a")]
    assert chats_of(sidebar).chosen_chats() == ("a", "b", "c")
    click(sidebar, qtbot, "Second", Qt.KeyboardModifier.ControlModifier)
    sidebar.show_chats(SORTED, today=TODAY)
    assert chats_of(sidebar).chosen_chats() == ("a", "c")
    qtbot.keyClick(chats_of(sidebar), Qt.Key.Key_Delete)
    assert seen[1:] == [("delete_requested", ("a", "c"))]


def test_the_menu_moves_pins_and_takes_others_entries(sidebar, seen):
    ran = []
    sidebar.add_action(ChatAction(lambda: "Export…", ran.append))
    sidebar.show_chats(SORTED, today=TODAY)
    entries = menu_at(sidebar, "Second")
    for name in ("Pin", "Work", "New folder…", "No folder", "Export…", "Delete"):
        entries[name].trigger()
    menu_at(sidebar, "Pinned one")["Unpin"].trigger()
    menu_at(sidebar, "Work")["Close folder"].trigger()
    assert ran == [("b",)]
    assert seen == [
        ("pin_requested", ("b",)),
        ("move_requested", ("b",), "Work"),
        ("new_folder_requested", ("b",)),
        ("move_requested", ("b",), ""),
        ("delete_requested", ("b",)),
        ("unpin_requested", ("p",)),
        ("folder_toggled", "Work"),
    ]


def test_the_menu_of_one_of_several_is_for_all_of_them(sidebar, seen, qtbot):
    click(sidebar, qtbot, "First <b>")
    click(sidebar, qtbot, "Second", Qt.KeyboardModifier.ControlModifier)
    entries = menu_at(sidebar, "Second")
    assert "Rename…" not in entries
    entries["Delete"].trigger()
    assert seen[-1] == ("delete_requested", ("a", "b"))


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        ("Work", ("move_requested", ("b", "c"), "Work")),
        ("Report", ("move_requested", ("b", "c"), "Work")),
        ("Today", ("move_requested", ("b", "c"), "")),
        ("Pinned", ("pin_requested", ("b", "c"))),
    ],
)
def test_chats_are_dragged(sidebar, seen, target, asked):
    sidebar.show_chats(SORTED, today=TODAY)
    model = chats_of(sidebar).model()
    data = model.mimeData([place(sidebar, "Second"), place(sidebar, "New chat")])
    action = Qt.DropAction.MoveAction
    assert model.canDropMimeData(data, action, -1, -1, place(sidebar, target))
    model.dropMimeData(data, action, -1, -1, place(sidebar, target))
    assert seen == [asked]
    assert not model.canDropMimeData(data, action, 0, 0, QModelIndex())


def test_a_search_begins_when_the_user_pauses(sidebar, qtbot):
    with qtbot.waitSignal(sidebar.refresh_requested):
        qtbot.keyClicks(field_of(sidebar), "rain")
    assert (sidebar.showing, sidebar.query) == (Showing.HITS, "rain")


def test_hits_stand_under_their_chats_with_marks(sidebar, qtbot):
    qtbot.keyClicks(field_of(sidebar), "rain")
    sidebar.show_hits(HITS)
    assert rows(sidebar) == [
        "About rain", "it may rain", "Title", "no rain today", "rain again",
    ]  # fmt: skip
    model = chats_of(sidebar).model()
    marks = [model.row(model.index(number)).marks for number in range(5)]
    assert marks == [((6, 10),), ((7, 11),), (), ((3, 7),), ((0, 4),)]
    spoken = rows(sidebar, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken[1] == "MOSS: it may rain"


def test_the_arrows_go_through_hits_and_escape_goes_back(sidebar, seen, qtbot):
    sidebar.refresh_requested.connect(
        lambda: (
            sidebar.show_hits(HITS)
            if sidebar.query
            else sidebar.show_chats(CHATS, today=TODAY)
        )
    )
    qtbot.keyClicks(field_of(sidebar), "rain")
    qtbot.keyClick(field_of(sidebar), Qt.Key.Key_Down)
    chats = chats_of(sidebar)
    qtbot.keyClick(chats, Qt.Key.Key_Down)
    qtbot.keyClick(chats, Qt.Key.Key_Return)
    assert seen == [("hit_chosen", "t", "m3")]
    qtbot.keyClick(chats, Qt.Key.Key_Escape)
    assert sidebar.query == ""
    assert rows(sidebar)[0] == "Today"
    assert chats.hasFocus()


def test_nothing_found_is_said(sidebar, qtbot):
    qtbot.keyClicks(field_of(sidebar), "xyz")
    sidebar.show_hits(())
    assert rows(sidebar) == ["Nothing found"]


def test_the_trash_restores_deletes_and_is_emptied(sidebar, seen, qtbot):
    trash = sidebar.findChild(QToolButton, "trash")
    trash.click()
    assert sidebar.showing is Showing.TRASH
    sidebar.show_trash(CHATS, days=30)
    assert rows(sidebar)[1:] == ["First <b>", "Second", "New chat"]
    entries = menu_at(sidebar, "Second")
    assert "Rename…" not in entries
    entries["Restore"].trigger()
    click(sidebar, qtbot, "Second")
    qtbot.keyClick(chats_of(sidebar), Qt.Key.Key_Delete)
    sidebar._empty.click()
    sidebar.show_trash((), days=30)
    assert rows(sidebar) == ["The trash is empty"]
    assert not sidebar._empty.isEnabled()
    assert [name for name, *_ in seen] == [
        "restore_requested",
        "chosen",
        "purge_requested",
        "empty_requested",
    ]
    qtbot.keyClicks(field_of(sidebar), "x")
    qtbot.waitUntil(lambda: sidebar.showing is Showing.HITS)


def test_the_open_chat_is_marked(sidebar):
    sidebar.mark("b")
    assert chats_of(sidebar).chosen_chats() == ("b",)
    sidebar.show_chats(SORTED, today=TODAY)
    assert chats_of(sidebar).chosen_chats() == ("b",)
    sidebar.mark(None)
    assert chats_of(sidebar).chosen_chats() == ()


def test_the_same_rows_disturb_nothing(sidebar):
    chats = chats_of(sidebar)
    chats.selectionModel().select(
        place(sidebar, "Second"), QItemSelectionModel.SelectionFlag.Select
    )
    resets = []
    chats.model().modelReset.connect(lambda: resets.append(1))
    sidebar.show_chats(CHATS, today=TODAY)
    assert resets == []


def test_a_heading_has_no_menu(sidebar):
    model = chats_of(sidebar).model()
    assert sidebar._menu_of(model.row(place(sidebar, "Today"))) is None
    assert sidebar._menu_of(model.row(QModelIndex())) is None
