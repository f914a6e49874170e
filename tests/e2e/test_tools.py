"""Tools in the window: permission, stopping at each stage, tools of other packages."""

import os

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPushButton, QToolButton

from app.domain.conversation import MessageState
from app.domain.permissions import Consent, Permission
from app.domain.tools import Command, Tool, ToolFailure, ToolState
from app.services.observers import ChatState
from app.store.settings import Language
from app.store.tool_log import ToolLog
from app.ui.chat.permission_bar import PermissionBar
from tests.conftest import ROOT
from tests.fakes.extensions import GOOD, HANGS, RAISES, install

pytestmark = pytest.mark.e2e
SUM = "What is 37*48?"


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
    monkeypatch.syspath_prepend(folder)
    return folder


def permit(moss, name, permission):
    """Decides in the dialog of tools, as a user does."""
    moss.window.tools_requested.emit()
    dialog = moss.application.tool_actions.dialog
    names = [card.name for card in dialog._cards]
    dialog.tools.setCurrentRow(names.index(name))
    dialog.permission.setCurrentIndex(dialog.permission.findData(permission.value))
    dialog.permission.activated.emit(dialog.permission.currentIndex())
    return dialog


def until_asked(moss):
    moss.until(lambda: moss.application.chat.state is ChatState.WAITING_PERMISSION)
    bars = moss.panel.view.findChildren(PermissionBar)
    [bar] = [bar for bar in bars if not bar.isHidden()]
    return dict(zip(Consent, bar.findChildren(QPushButton), strict=True))


def log(moss):
    return ToolLog(moss.application._database)


def test_a_tool_asks_and_is_allowed(start, demo_gguf, home):
    moss = start(demo_gguf)
    moss.until_ready()
    permit(moss, "calculate", Permission.ASK)
    moss.type(SUM)
    until_asked(moss)[Consent.ONCE].click()
    moss.until_idle()
    assert "1776" in moss.messages[-1].text
    moss.type(SUM)
    until_asked(moss)[Consent.ALWAYS].click()
    moss.until_idle()
    assert moss.ask(SUM).calls[0].result == "1776"
    assert '"calculate": "always"' in (home / "settings.json").read_text("utf-8")
    assert [call.failure for call in log(moss).calls()] == [None] * 3
    dialog = moss.application.tool_actions.dialog
    assert dialog.permission.currentData() == "always"


def test_a_tool_is_refused(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    permit(moss, "calculate", Permission.ASK)
    moss.type(SUM)
    until_asked(moss)[Consent.NO].click()
    moss.until_idle()
    reply = moss.messages[-1]
    assert reply.state is MessageState.COMPLETE
    assert reply.text
    [call] = reply.calls
    assert (call.reason, call.result) == (ToolFailure.REFUSED, "No result.")
    [record] = log(moss).calls("calculate")
    assert record.failure is ToolFailure.REFUSED


def test_a_tool_that_may_never_run_cannot_be_switched_on(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    assert Tool.CALCULATE in moss.panel.composer.enabled_tools
    permit(moss, "calculate", Permission.NEVER)
    assert Tool.CALCULATE not in moss.panel.composer.enabled_tools
    assert moss.ask(SUM).calls == ()
    permit(moss, "calculate", Permission.ALWAYS)
    assert Tool.CALCULATE in moss.panel.composer.enabled_tools


@pytest.mark.parametrize(
    "stage",
    [
        ChatState.THINKING,
        ChatState.WAITING_PERMISSION,
        ChatState.USING_TOOLS,
        ChatState.ANSWERING,
    ],
)
def test_one_click_stops_at_each_stage(start, demo_gguf, stage):
    moss = start(demo_gguf)
    moss.until_ready()
    asks = stage is ChatState.WAITING_PERMISSION
    permit(moss, "calculate", Permission.ASK if asks else Permission.ALWAYS)
    button = moss.panel.composer.findChild(QToolButton, "send")
    reached = []

    def stop(state):
        if state is stage and not reached:
            reached.append(state)
            button.click()

    moss.application.bridge.chat_state.connect(stop)
    moss.type(SUM)
    moss.until(lambda: reached)
    moss.until_idle()
    reply = moss.messages[-1]
    assert reply.state is MessageState.STOPPED
    ended = (ToolState.DONE, ToolState.FAILED)
    assert all(call.state in ended for call in reply.calls)
    permit(moss, "calculate", Permission.ALWAYS)
    assert "1776" in moss.ask(SUM).text


def test_an_installed_tool_searches(start, demo_gguf, site):
    install(site, "wiki", GOOD)
    moss = start(demo_gguf)
    moss.until_ready()
    composer = moss.panel.composer
    dialog = permit(moss, "wiki", Permission.ALWAYS)
    moss.until(lambda: composer.switches.button(Tool.SEARCH).isEnabled())
    card = next(card for card in dialog._cards if card.name == "wiki")
    assert (card.package, card.summary) == ("wiki 1.2", "Searches wiki")
    answered = []
    moss.application.tools.finished.connect(answered.append)
    moss.application.tools.start("wiki", Command(Tool.SEARCH, "MOSS"))
    moss.until(lambda: answered)
    assert answered[0].sources[0].text.startswith("MOSS: nothing")


@pytest.mark.parametrize("source", [RAISES, HANGS])
def test_a_broken_tool_only_disables_itself(start, demo_gguf, site, source):
    install(site, "wiki", source)
    moss = start(demo_gguf)
    moss.until_ready()
    dialog = permit(moss, "wiki", Permission.ALWAYS)
    if source is HANGS:
        moss.application.tools.process("extension:wiki").expire()

    def state():
        return next(card.state for card in dialog._cards if card.name == "wiki")

    moss.until(lambda: "cannot be used" in state())
    assert ("libwiki is too old" in state()) is (source is RAISES)
    assert "1776" in moss.ask(SUM).text


def test_nothing_of_a_package_runs_before_it_is_allowed(start, demo_gguf, site):
    marker = site / "imported"
    install(site, "wiki", f"open({str(marker)!r}, 'w').close()\n" + "Wiki = None\n")
    moss = start(demo_gguf)
    moss.until_ready()
    assert "1776" in moss.ask(SUM).text
    assert not marker.exists()
    permit(moss, "wiki", Permission.ASK)
    moss.until(marker.exists)


def test_the_dialog_shows_what_tools_did(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask(SUM)
    dialog = permit(moss, "calculate", Permission.ALWAYS)
    assert dialog.calls.item(0, 1).text() == 'Calculate("37*48")'
    dialog.cleared.emit()
    assert dialog.calls.rowCount() == 0
    moss.window.language_chosen.emit(Language.CHINESE)
    moss.until(lambda: dialog.windowTitle() == "工具")
    titles = [dialog.tools.item(row).text() for row in range(dialog.tools.count())]
    assert "计算器" in titles
    moss.window.language_chosen.emit(Language.ENGLISH)
    moss.until(lambda: dialog.windowTitle() == "Tools")


def test_dialogs_do_not_outlive_the_window(start, demo_gguf):
    moss = start(demo_gguf)
    moss.window.sources_requested.emit()
    dialogs = [
        permit(moss, "calculate", Permission.ALWAYS),
        moss.application.sources.dialog,
    ]
    assert all(dialog.isVisible() for dialog in dialogs)
    moss.window.close()
    assert not any(dialog.isVisible() for dialog in dialogs)


def test_the_program_ends_in_another_language(start, demo_gguf):
    """Nothing is looked up in the archive when it is closed already."""
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask(SUM)
    moss.window.language_chosen.emit(Language.CHINESE)
    dialog = permit(moss, "calculate", Permission.ALWAYS)
    moss.until(lambda: dialog.windowTitle() == "工具")
    moss.window.close()
    moss.application.close()
    QCoreApplication.sendPostedEvents()
    assert dialog.windowTitle() == "Tools"
