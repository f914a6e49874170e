"""Settings, palette and shortcuts in the whole program, by keyboard."""

import json
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox

from app.services.observers import ModelState
from app.store.settings import Language, Theme
from app.ui.actions import ACTIONS, Act
from app.ui.shortcuts_dialog import ShortcutsDialog

pytestmark = [pytest.mark.e2e, pytest.mark.model]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def moss(start, demo_gguf):
    running = active(start(demo_gguf))
    yield running
    running.application.changes.reset()


def active(moss):
    """The program once its window takes keys."""
    with moss.qtbot.waitActive(moss.window):
        moss.window.activateWindow()
    return moss


def press(moss, key, modifier=CTRL):
    moss.qtbot.keyClick(moss.panel.composer.focusProxy(), key, modifier)


def field(page, key, kind):
    return page.rows[key].editor.findChild(kind)


def saved(home):
    return json.loads((home / "settings.json").read_text("utf-8"))


def palette(moss, *texts):
    """Opens the palette, types, and presses Enter."""
    press(moss, Qt.Key.Key_K)
    opened = moss.application.palette.palette
    for text in texts:
        opened.field.setText(text)
        moss.qtbot.keyClick(opened.field, Qt.Key.Key_Return)
    return opened


def test_text_grows_and_shrinks_by_keys(moss, home):
    field = moss.panel.composer.focusProxy()
    usual = field.font().pointSizeF()
    press(moss, Qt.Key.Key_Plus)
    press(moss, Qt.Key.Key_Equal)
    assert saved(home)["zoom"] == 120
    assert field.font().pointSizeF() == pytest.approx(usual * 1.2)
    press(moss, Qt.Key.Key_Minus)
    assert field.font().pointSizeF() == pytest.approx(usual * 1.1)
    press(moss, Qt.Key.Key_0)
    assert field.font().pointSizeF() == pytest.approx(usual)
    assert "zoom" not in saved(home)


def test_the_page_opens_and_what_is_chosen_there_holds(moss, home):
    press(moss, Qt.Key.Key_Comma)
    page = moss.application.settings.page
    assert page.isVisible()
    page.edited.emit("language", Language.CHINESE)
    moss.until(lambda: page.windowTitle() == "设置")
    assert moss.window.commands[Act.NEW_CHAT].text() == "新对话"
    page.edited.emit("theme", Theme.DARK)
    assert moss.window.palette().window().color().lightness() < 100
    field(page, "compact", QCheckBox).click()
    assert saved(home) == {"language": "zh_CN", "theme": "dark", "compact": True}
    page.reset_requested.emit("language")
    moss.until(lambda: page.windowTitle() == "Settings")


def test_buttons_name_their_keys_and_lead_to_the_page(moss):
    sidebar = moss.window.sidebar
    assert sidebar._new.toolTip() == "New chat (Ctrl+N)"
    assert sidebar._settings.toolTip() == "Settings (Ctrl+,)"
    assert moss.panel._toggle.toolTip() == "List of chats (Ctrl+B)"
    sidebar._settings.click()
    assert moss.application.settings.page.isVisible()
    moss.application.settings.page.close()


def test_a_change_of_the_model_waits_until_it_is_loaded_again(moss):
    moss.until_ready()
    moss.application.settings.open("threads")
    page = moss.application.settings.page
    page.edited.emit("threads", 1)
    assert page.reload.isVisible()
    page.edited.emit("threads", None)
    assert not page.reload.isVisible()
    page.edited.emit("threads", 1)
    page.edited.emit("context", 512)
    page.reload.click()
    assert moss.application.models.state is ModelState.LOADING
    moss.until_ready()
    assert not page.reload.isVisible()
    info = moss.panel._info
    assert info.context == 512
    assert info.placement.threads == 1


def test_the_palette_does_what_is_chosen_in_it(moss):
    moss.until_ready()
    moss.ask("Hello")
    chat = moss.controller.open_chat
    palette(moss, "new chat")
    assert moss.controller.open_chat is None
    palette(moss, "Hello")
    assert moss.controller.open_chat == chat
    palette(moss, "theme dark")
    assert moss.application.changes.preferences.values.theme is Theme.DARK
    palette(moss, "backups that")
    page = moss.application.settings.page
    assert page.focusWidget() is page.rows["backups_kept"].editor.focusProxy()
    page.close()
    palette(moss, "demo model")
    moss.until(lambda: moss.application.models.state is not ModelState.READY)


def test_an_action_that_is_not_possible_is_not_offered(moss):
    titles = [item.title for item in moss.application.palette.items()]
    assert "New chat" in titles
    assert "Stop the answer" not in titles


def test_the_shortcuts_are_all_listed(moss):
    press(moss, Qt.Key.Key_Slash)
    [dialog] = moss.window.findChildren(ShortcutsDialog)
    table, listed = dialog.table, set()
    for group in map(table.topLevelItem, range(table.topLevelItemCount())):
        listed |= {group.child(row).text(0) for row in range(group.childCount())}
    for declared in ACTIONS:
        assert (declared.text.rstrip("…") in listed) == bool(declared.shortcuts())
    dialog.close()


def test_every_shortcut_is_one_actions_own(moss):
    keys = [key.toString() for each in ACTIONS for key in each.shortcuts()]
    assert len(keys) == len(set(keys))


def test_what_the_file_has_wrong_is_said_and_copied(start, demo_gguf, home):
    home.mkdir()
    text = '{"zoom": 9000, "colour": 1, "theme": "dark"}'
    (home / "settings.json").write_text(text)
    moss = start(demo_gguf)
    said = moss.panel.notice.text
    copy = home / "settings.json.broken"
    assert "were ignored: zoom." in said
    assert "were left as they are: colour." in said
    assert str(copy) in said
    assert copy.read_text() == text
    moss.panel.notice.run_action()
    page = moss.application.settings.page
    assert "zoom" in page._said.text()
    field(page, "compact", QCheckBox).click()
    assert saved(home) == {"theme": "dark", "compact": True, "colour": 1}
    page.close()


def test_without_a_model_at_the_start_its_memory_stays_free(start, home):
    home.mkdir()
    (home / "settings.json").write_text('{"load_at_start": false}')
    moss = active(start())
    assert moss.application.models.state is ModelState.NONE
    palette(moss, "demo model")
    moss.until_ready()


def test_nothing_of_the_page_is_imported_before_it_is_opened(run_python):
    late = (
        "app.ui.settings_page.page",
        "app.ui.settings_page.editors",
        "app.ui.palette",
        "app.ui.shortcuts_dialog",
    )
    heavy = run_python(
        f"import sys, app.application; print([m for m in {late} if m in sys.modules])"
    )
    assert heavy == "[]"


@pytest.fixture
def run_python():
    def run(code):
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


def test_less_motion_reaches_qt(moss):
    assert QApplication.cursorFlashTime() > 0
    moss.application.changes.change({"reduced_motion": True})
    assert QApplication.cursorFlashTime() == 0
    assert not QApplication.isEffectEnabled(Qt.UIEffect.UI_FadeMenu)
    moss.application.changes.reset("reduced_motion")
    assert QApplication.cursorFlashTime() > 0
