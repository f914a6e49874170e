"""A whole session of the program, for `test_offline.py`, which traces it.

Not a test of its own: it runs in another pytest, because whatever this one has opened
before would be in the trace too.
"""

import os

import pytest

from app.domain.permissions import Permission
from app.domain.tools import Tool, ToolState
from app.plugins.search.needs import DOCUMENTS, SEARXNG
from tests.fakes.document_files import write_docx, write_epub, write_pdf

INDEXED_MS = 120_000
"""The indexer is last in line for the processor, and the trace slows it."""
QUESTIONS = {
    "What is 37*48?": Tool.CALCULATE,
    "解方程 2x+3=11": Tool.SOLVE,
    "Search for blue whale.": Tool.SEARCH,
}


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "whales.html").write_text(
        "<!DOCTYPE html SYSTEM 'https://a.example/x.dtd'>"
        "<img src='https://a.example/x.png'><p>The blue whale is huge.</p>"
    )
    write_pdf(folder / "a.pdf", ["The blue whale sings."])
    write_docx(folder / "b.docx", ["The blue whale dives."])
    write_epub(folder / "c.epub", {"Whales": ["The blue whale sleeps."]})
    return folder


def permit(dialog, name):
    box = dialog._boxes[name].permission
    box.setCurrentIndex(box.findData(Permission.ALWAYS.value))
    box.activated.emit(box.currentIndex())


def test_without_network_tools(start, papers):
    """Converts the demo, chats, calculates, solves, indexes and finds documents."""
    moss = start()
    moss.until_ready()
    moss.window.sources_requested.emit()
    dialog = moss.application.sources.dialog
    dialog.documents.folders_chosen.emit((str(papers),))
    moss.until(lambda: not moss.application.documents.state.running, INDEXED_MS)
    assert moss.application.documents.state.report.files == len(list(papers.iterdir()))
    permit(dialog, DOCUMENTS)
    moss.panel.composer.switches.button(Tool.SEARCH).click()
    assert moss.ask("你好").text
    for question, tool in QUESTIONS.items():
        [call] = moss.ask(question).calls
        assert (call.command.tool, call.state) == (tool, ToolState.DONE)


def test_with_a_network_tool(start):
    """Asks the server that `MOSS_TEST_SEARXNG` names."""
    moss = start()
    moss.until_ready()
    moss.window.sources_requested.emit()
    dialog = moss.application.sources.dialog
    dialog.address_chosen.emit(os.environ["MOSS_TEST_SEARXNG"])
    permit(dialog, SEARXNG)
    moss.panel.composer.switches.button(Tool.SEARCH).click()
    [call] = moss.ask("Search for blue whale.").calls
    assert call.state is ToolState.DONE
