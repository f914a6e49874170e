"""Names, roles, reading order, focus: what those need who do not use a mouse or eyes.

A dialog that is new has to be put into `DIALOGS`.
"""

import importlib
import pkgutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer, QVariantAnimation
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QStyle

import app.ui
from app.domain.generation import Segment
from app.domain.permissions import Permission
from app.domain.pictures import PictureSettings
from app.domain.presets import Preset
from app.plugins.documents.messages import FileProblem, Report
from app.plugins.documents.values import Problem
from app.plugins.search.needs import DOCUMENTS, WEB
from app.services.documents import DocumentsState
from app.store.backups import Backup, Backups
from app.ui import theme
from app.ui.archive_rescue import ArchiveRescue
from app.ui.backups_dialog import BackupsDialog
from app.ui.chat.message_actions import GROUPS, MessageAction, possible
from app.ui.compare_dialog import CompareDialog
from app.ui.diagnosis_dialog import DiagnosisDialog
from app.ui.diagnosis_process import DiagnosisProcess
from app.ui.icons import Icons
from app.ui.models_dialog import ModelsDialog
from app.ui.palette.dialog import Palette
from app.ui.palette.items import Item, Kind
from app.ui.picture_dialog import PictureDialog
from app.ui.picture_viewer import PictureViewer
from app.ui.preset_dialog import PresetDialog
from app.ui.prompt_dialog import PromptDialog
from app.ui.reply_dialog import ReplyDialog
from app.ui.server_dialog import ServerDialog
from app.ui.settings_page.page import SettingsPage
from app.ui.shortcuts_dialog import ShortcutsDialog
from app.ui.sources_dialog import SourceCard, SourcesDialog
from app.ui.tools_dialog import ToolCard, ToolsDialog
from app.ui.widgets.chip import Chip
from tests import accessible_tree
from tests.conftest import ROOT
from tests.fakes import stages


def sources(_folder):
    dialog = SourcesDialog()
    card = SourceCard("Title", "What it does.", "Ready", Permission.ASK)
    dialog.show_cards(dict.fromkeys((DOCUMENTS, WEB), card))
    problem = FileProblem("/a/b.pdf", Problem.DAMAGED, "no end")
    report = Report(899, 9000, problems=(problem,))
    dialog.documents.show_state(DocumentsState(("/a",), report=report))
    return dialog


def tools(_folder):
    parent = stages.window()
    dialog = ToolsDialog(parent)
    dialog.keeps = parent
    card = ToolCard("x", "Sums", "Does sums.", "", "Ready", Permission.ASK, 5.0)
    dialog.show_cards([card, replace(card, name="y", title="Search", settable=True)])
    dialog.tools.setCurrentRow(1)
    return dialog


def picture(_folder):
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    return PictureViewer(image, "a red fox")


def rescue(folder):
    archive = folder / "chats.sqlite3"
    archive.write_bytes(b"no archive")
    return ArchiveRescue(archive, Backups(archive, folder / "backups"))


def backups(folder):
    return BackupsDialog([Backup(folder / "b", date(2026, 5, 1), 4096)])


def palette(_folder):
    return kept(Palette([Item(next(iter(Kind)), "New chat", int)], stages.window()))


def settings(_folder):
    window = stages.window()
    return kept(SettingsPage(window.commands, ICONS, window))


def shortcuts(_folder):
    return kept(ShortcutsDialog(stages.window()))


def kept(dialog):
    """A dialog that keeps the window it belongs to."""
    dialog.keeps = dialog.parent()
    return dialog


def diagnosis(folder):
    return DiagnosisDialog(DiagnosisProcess(lambda _is_quick: (), ""), str(folder))


ICONS = Icons(ROOT / "resources/icons", theme.LIGHT.text)
MESSAGES = stages.messages()
DIALOGS = {
    ArchiveRescue: rescue,
    BackupsDialog: backups,
    DiagnosisDialog: diagnosis,
    CompareDialog: lambda _: CompareDialog(MESSAGES["a0"], MESSAGES["a1"]),
    PictureDialog: lambda _: PictureDialog(PictureSettings()),
    ModelsDialog: lambda _: kept(ModelsDialog(stages.window())),
    Palette: palette,
    PictureViewer: picture,
    PresetDialog: lambda _: PresetDialog([Preset("Pirate", "Talk like one.")], None),
    PromptDialog: lambda _: PromptDialog((Segment("<eoh>", control=True),)),
    ReplyDialog: lambda _: ReplyDialog(MESSAGES["a2"]),
    ServerDialog: lambda _: ServerDialog(),
    SettingsPage: settings,
    ShortcutsDialog: shortcuts,
    SourcesDialog: sources,
    ToolsDialog: tools,
}
STAGES = pytest.mark.parametrize("stage", stages.STAGES, ids=lambda s: s.__name__)
EVERY_DIALOG = pytest.mark.parametrize("kind", DIALOGS, ids=lambda k: k.__name__)


@pytest.fixture
def show(qtbot):
    """Shows a window and lets it settle."""

    def run(window):
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
        return window

    return run


@pytest.fixture
def at(show, qtbot):
    """The main window at a stage."""

    def run(stage, colours=theme.LIGHT):
        window = show(stages.window(colours))
        stage(window)
        settled = []
        QTimer.singleShot(0, lambda: settled.append(True))
        qtbot.waitUntil(lambda: bool(settled))
        return window

    return run


@pytest.fixture
def opened(show, tmp_path):
    """A dialog."""
    return lambda kind: show(DIALOGS[kind](tmp_path))


def check(window):
    tree = accessible_tree.tree(window)
    assert accessible_tree.nameless(tree) == []
    assert accessible_tree.named_after_files(tree) == []
    assert accessible_tree.out_of_order(tree) == []
    assert accessible_tree.unreachable(window) == []


@STAGES
def test_everything_in_the_window_is_named_and_read_in_order(at, stage):
    check(at(stage))


@EVERY_DIALOG
def test_everything_in_a_dialog_is_named_and_read_in_order(opened, kind):
    check(opened(kind))


@STAGES
def test_tab_goes_through_the_window_as_it_is_read(at, stage):
    window = at(stage)
    assert accessible_tree.tab_jumps(window) == []
    forth = accessible_tree.focus_order(window)
    assert set(accessible_tree.focusable(window)) == set(forth)
    back = accessible_tree.focus_order(window, back=True)
    assert set(back) == set(forth)
    there = back.index(forth[0])
    assert [forth[0], *reversed(forth[1:])] == back[there:] + back[:there]


@EVERY_DIALOG
def test_tab_goes_through_a_dialog_as_it_is_read(opened, kind):
    assert accessible_tree.tab_jumps(opened(kind)) == []


def unseen(window):
    """What does not look otherwise while it has the keyboard."""
    found = []
    for _ in accessible_tree.focus_order(window):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        widget = window.focusWidget()
        place = widget.rect().adjusted(-10, -2, 2, 2)
        place.moveTopLeft(widget.mapTo(window, place.topLeft()))
        focused = window.grab(place).toImage()
        window.setFocus()
        if window.grab(place).toImage() == focused:
            found.append(f"{widget.accessibleName()} ({widget.objectName()})")
        widget.setFocus()
    return found


@STAGES
def test_one_can_see_where_the_keyboard_is(at, stage):
    assert unseen(at(stage)) == []


def test_one_can_see_it_in_the_dark(at):
    assert unseen(at(stages.chat, theme.DARK)) == []


@EVERY_DIALOG
def test_one_can_see_where_the_keyboard_is_in_a_dialog(opened, kind):
    assert unseen(opened(kind)) == []


def test_no_dialog_is_forgotten_here():
    for module in pkgutil.walk_packages(app.ui.__path__, "app.ui."):
        importlib.import_module(module.name)
    known = set(QDialog.__subclasses__())
    assert {k for k in known if k.__module__.startswith("app.")} == set(DIALOGS)


def test_nothing_moves_by_itself(qapp):
    """Whoever asks for less motion gets it; of ours nothing moves anyway."""
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    theme.apply(qapp, theme.LIGHT, theme.Look(still=True))
    try:
        assert theme.PlainDialogs().styleHint(hint) == 0
    finally:
        theme.apply(qapp, theme.LIGHT)
    motion = (QVariantAnimation.__name__, "QPropertyAnimation", "QMovie")
    for source in Path(ROOT, "app").rglob("*.py"):
        assert not any(word in source.read_text("utf-8") for word in motion), source


def test_the_menu_of_a_message_has_all_that_can_be_done_with_it(at):
    """The button "More actions" opens it."""
    window = at(stages.chat)
    for name in ("q1", "a1", "a2", "a3"):
        widget = window.panel.view.widget_of(name)
        menu = widget.menu()
        there = {entry.data() for entry in menu.actions() if entry.data() is not None}
        assert there == possible(widget.message, widget._standing)
        menu.deleteLater()
    assert {action for group in GROUPS for action in group} == set(MessageAction)


def test_chips_and_switches_are_pressed_by_the_space_bar(at, qtbot):
    window = at(stages.chat)
    chips = window.panel.view.widget_of("a2").findChildren(Chip)
    for chip in [c for c in chips if c.isVisible()]:
        chip.setFocus()
        qtbot.keyClick(chip, Qt.Key.Key_Space)
        assert chip.isChecked()
    for switch in window.panel.composer.findChildren(Chip):
        before = switch.isChecked()
        switch.setFocus()
        qtbot.keyClick(switch, Qt.Key.Key_Space)
        assert switch.isChecked() is not before
