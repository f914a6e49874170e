"""The palette: what it offers, and that the keyboard suffices."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from app.ui.palette.dialog import Palette
from app.ui.palette.items import Finder, Item, Kind


def item(kind, title, *aliases, run=lambda: None):
    return Item(kind, title, run, aliases=aliases)


ITEMS = (
    item(Kind.SETTING, "主题", "Theme", "theme"),
    item(Kind.CHAT, "新的计划"),
    item(Kind.ACTION, "新的聊天", "New chat"),
    item(Kind.ACTION, "设置", "Settings"),
    item(Kind.MODEL, "moss-q4"),
)


def titles(found):
    return [each.item.title for each in found]


def test_without_a_query_actions_come_first():
    assert titles(Finder(ITEMS).find(" ", 3)) == ["新的聊天", "设置", "新的计划"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("新聊", ["新的聊天"]),
        ("新的", ["新的聊天", "新的计划"]),
        ("theme", ["主题"]),
        ("NEW", ["新的聊天"]),
        ("q4", ["moss-q4"]),
        ("zzz", []),
    ],
)
def test_both_languages_are_understood(query, expected):
    assert titles(Finder(ITEMS).find(query, 10)) == expected


def test_what_is_shown_is_marked_and_what_is_not_is_not():
    [chinese] = Finder(ITEMS).find("新聊", 1)
    assert chinese.marks == ((0, 1), (2, 3))
    [english] = Finder(ITEMS).find("new chat", 1)
    assert english.marks == ()


@pytest.fixture
def palette(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(320, 480)
    window.show()
    shown = Palette(ITEMS, window)
    shown.all_chosen = []
    shown.chosen.connect(lambda chosen: shown.all_chosen.append(chosen.title))
    shown.show()
    with qtbot.waitActive(shown):
        shown.activateWindow()
    yield shown
    window.close()


def chosen(palette, qtbot, *keys):
    said = palette.all_chosen
    for key in keys:
        if isinstance(key, str):
            palette.field.setText(key)
        else:
            qtbot.keyClick(palette.field, key)
    return said


def test_the_keyboard_suffices(palette, qtbot):
    assert palette.field.hasFocus()
    down, enter = Qt.Key.Key_Down, Qt.Key.Key_Return
    assert chosen(palette, qtbot, down, down, down, enter) == ["moss-q4"]
    qtbot.waitUntil(lambda: not palette.isVisible())


def test_from_the_first_up_to_the_last(palette, qtbot):
    assert chosen(palette, qtbot, Qt.Key.Key_Up, Qt.Key.Key_Return) == ["主题"]


def test_a_page_ends_at_the_last(palette, qtbot):
    page, enter = Qt.Key.Key_PageDown, Qt.Key.Key_Return
    assert chosen(palette, qtbot, page, page, enter) == ["主题"]


def test_enter_takes_what_fits_best(palette, qtbot):
    assert chosen(palette, qtbot, "sett", Qt.Key.Key_Return) == ["设置"]


def test_where_nothing_fits_enter_does_nothing(palette, qtbot):
    assert chosen(palette, qtbot, "zzz", Qt.Key.Key_Return) == []
    assert palette._nothing.isVisible()
    assert palette.isVisible()


def test_escape_closes_it(palette, qtbot):
    said = chosen(palette, qtbot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not palette.isVisible())
    assert said == []


def test_it_fits_into_a_narrow_window(palette):
    assert palette.width() < 320


def test_many_chats_are_searched_at_once():
    chats = [item(Kind.CHAT, f"聊天 about something {n}") for n in range(10_000)]
    finder = Finder(chats)
    start = time.perf_counter()
    assert titles(finder.find("about 9999", 5)) == ["聊天 about something 9999"]
    assert finder.find("xyz", 5) == ()
    assert time.perf_counter() - start < 2
