"""The dialog of search sources."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.domain.permissions import Permission
from app.plugins.documents.messages import FileProblem, Progress, Report
from app.plugins.documents.values import Problem
from app.plugins.search.needs import DOCUMENTS, WEB
from app.services.documents import DocumentsState
from app.ui.sources_dialog import SourceCard, SourcesDialog


@pytest.fixture
def dialog(qtbot):
    dialog = SourcesDialog()
    qtbot.addWidget(dialog)
    dialog.show_cards(
        {DOCUMENTS: SourceCard("Papers", "Reads.", "Ready.", Permission.ASK)}
    )
    dialog.show()
    return dialog


def test_a_source_is_permitted(dialog, qtbot):
    box = dialog._boxes[DOCUMENTS]
    assert box.title() == "Papers"
    assert box.permission.currentText() == "After asking"
    assert box.permission.accessibleName()
    with qtbot.waitSignal(dialog.permitted) as said:
        box.permission.setFocus()
        qtbot.keyClick(box.permission, Qt.Key.Key_Down)
    assert said.args == [DOCUMENTS, Permission.ALWAYS]
    assert dialog._boxes[WEB].permission.currentText() == "Never"


def test_folders_are_added_and_removed(dialog, qtbot, monkeypatch):
    section = dialog.documents
    section.show_state(DocumentsState(("/a", "/b")))
    assert not section.remove.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/c")
    with qtbot.waitSignal(section.folders_chosen) as said:
        section.add.click()
    assert said.args == [("/a", "/b", "/c")]
    section.folders.item(0).setSelected(True)
    with qtbot.waitSignal(section.folders_chosen) as said:
        section.remove.click()
    assert said.args == [("/b",)]


def test_progress_and_result(dialog):
    section = dialog.documents
    section.show_state(DocumentsState(("/a",), running=True))
    assert section.bar.isVisible()
    assert section.bar.maximum() == 0
    assert section.stop.isEnabled()
    assert not section.again.isEnabled()
    progress = Progress(500, 900, "/a/x", 240.0)
    section.show_state(DocumentsState(("/a",), running=True, progress=progress))
    assert section.bar.value() == 500
    assert section.status.text() == "500 of 900 files, about 4 minutes left"
    report = Report(
        899,
        9000,
        problems=(FileProblem("/a/b.pdf", Problem.DAMAGED, "no end"),),
        missing=("/usb",),
    )
    section.show_state(DocumentsState(("/a",), report=report))
    assert not section.bar.isVisible()
    assert section.status.text() == (
        "Files that can be found: 899; skipped: 1. Not there just now: /usb"
    )
    table = section.skipped.model()
    file, why = (table.index(0, column) for column in range(table.columnCount()))
    assert (file.data(), why.data()) == ("/a/b.pdf", "The file is damaged.")
    assert why.data(Qt.ItemDataRole.ToolTipRole) == "no end"


def test_an_address_is_said_once(dialog, qtbot):
    said = []
    dialog.address_chosen.connect(said.append)
    dialog.show_settings((), "https://old.example")
    dialog.address.setFocus()
    dialog.address.setText(" https://new.example ")
    qtbot.keyClick(dialog.address, Qt.Key.Key_Return)
    dialog.address.editingFinished.emit()
    assert said == ["https://new.example"]
    assert dialog.isVisible()


def test_everything_has_a_name(dialog):
    section = dialog.documents
    widgets = (section.folders, section.bar, section.skipped, dialog.files)
    assert all(widget.accessibleName() for widget in (*widgets, dialog.address))
    buttons = (section.add, section.remove, section.again, section.stop)
    assert all(button.text() for button in buttons)
