"""The user's documents in the window: chosen, indexed, searched, cited, removed."""

import os

import pytest
from PySide6.QtCore import QUrl

from app.domain.permissions import Permission
from app.domain.tools import Tool, ToolState
from app.plugins.documents.values import Problem
from app.plugins.search.needs import DOCUMENTS, INDEX
from app.store.settings import Language, Theme
from app.ui import opening

pytestmark = pytest.mark.e2e
INDEXED_MS = 120_000
"""The indexer is last in line for the processor."""


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "my papers"
    folder.mkdir()
    (folder / "whales.md").write_text("# Animals\nThe blue whale is huge.\n")
    (folder / "trees.txt").write_text("Oaks grow slowly.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    return folder


def choose(moss, folder):
    """Names a folder and allows searching it, as a user does in the dialog."""
    moss.window.sources_requested.emit()
    dialog = moss.application.sources.dialog
    assert dialog.isVisible()
    dialog.documents.folders_chosen.emit((str(folder),))
    moss.until(lambda: not moss.application.documents.state.running, INDEXED_MS)
    box = dialog._boxes[DOCUMENTS].permission
    box.setCurrentIndex(box.findData(Permission.ALWAYS.value))
    box.activated.emit(box.currentIndex())
    return dialog


def test_documents_are_searched_and_cited(start, demo_gguf, papers, home):
    moss = start(demo_gguf)
    moss.until_ready()
    composer = moss.panel.composer
    assert not composer.switches.button(Tool.SEARCH).isEnabled()
    dialog = choose(moss, papers)
    report = moss.application.documents.state.report
    assert report.files == 2
    assert [each.problem for each in report.problems] == [Problem.DAMAGED]
    assert dialog.documents.skipped.model().rowCount() == 1
    composer.switches.button(Tool.SEARCH).click()

    reply = moss.ask("Search for blue whale.")

    (call,) = reply.calls
    assert call.state is ToolState.DONE
    assert [source.title for source in call.sources] == ["whales.md"]
    assert call.sources[0].heading == "Animals"
    assert "The blue whale is huge." in call.sources[0].text
    url = opening.url_of(call.sources[0])
    assert url == QUrl.fromLocalFile(str(papers / "whales.md"))

    (papers / "whales.md").unlink()
    moss.application.documents.refresh()
    moss.until(lambda: not moss.application.documents.state.running, INDEXED_MS)
    assert moss.application.documents.state.report.files == 1

    index = home / "tools" / DOCUMENTS / INDEX
    assert index.exists()
    dialog.documents.folders_chosen.emit(())
    moss.until(lambda: not moss.application.documents.state.running, INDEXED_MS)
    assert not index.exists()
    assert not composer.switches.button(Tool.SEARCH).isEnabled()


def test_the_dialog_in_chinese(start, demo_gguf, papers):
    moss = start(demo_gguf)
    dialog = choose(moss, papers)
    moss.application.window.language_chosen.emit(Language.CHINESE)
    moss.until(lambda: dialog.windowTitle() == "搜索来源")
    assert dialog.documents.status.text() == "可以搜索 2 个文件，跳过了 1 个。"
    skipped = dialog.documents.skipped.model()
    assert skipped.index(0, 1).data() == "文件已损坏。"
    if folder := os.environ.get("MOSS_SCREENSHOTS"):
        dialog.grab().save(f"{folder}/sources-zh.png")
    moss.application.window.language_chosen.emit(Language.ENGLISH)
    moss.until(lambda: dialog.windowTitle() == "Search sources")
    if folder:
        moss.application.window.theme_chosen.emit(Theme.DARK)
        dialog.grab().save(f"{folder}/sources-en.png")
