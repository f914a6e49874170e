"""Each of MOSS's four tools in the window, from the question to the answer.

The demo model decides by itself which tool it wants and what it asks it.
`MOSS_SCREENSHOTS` names a folder for pictures of the window.
"""

import os
import re
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton

from app.domain.tools import Tool, ToolState
from app.store.settings import Language, Theme
from app.ui.chat.message_text import MessageText
from app.ui.chat.message_widget import MessageWidget
from app.ui.widgets.chip import Chip
from app.ui.widgets.picture import Picture
from tests.e2e.test_documents import choose
from tests.e2e.test_pictures import set_up
from tests.fakes.picture_files import png
from tests.fakes.picture_servers import Painter, automatic1111

pytestmark = [pytest.mark.e2e, pytest.mark.model]
NARROW = (520, 640)
WIDE = (1100, 800)


@dataclass(frozen=True)
class Wish:
    """A question, the tool that it needs, and what its chip says when it is done."""

    question: str
    tool: Tool
    chip: str


CALCULATE = Wish("What is 37*48?", Tool.CALCULATE, 'Calculate("37*48") ✓')
SOLVE = Wish("解方程 2x+3=11", Tool.SOLVE, 'Solve("2x+3=11") ✓')
SEARCH = Wish("Search for blue whale.", Tool.SEARCH, 'Search("blue whale") ✓')
DRAW = Wish("Draw a red boat", Tool.TEXT_TO_IMAGE, 'Text2Image("a red boat") ✓')


class Opened(QObject):
    """Stands for the programs that open documents."""

    def __init__(self):
        super().__init__()
        self.urls = []
        QDesktopServices.setUrlHandler("file", self, "take")

    @Slot(QUrl)
    def take(self, url):
        self.urls.append(url)


@pytest.fixture
def opened(qapp):
    yield Opened()
    QDesktopServices.unsetUrlHandler("file")


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "Letters from the coast.txt").write_text(
        "The blue whale often crosses the northern ocean."
    )
    (folder / "Animals of the sea.md").write_text(
        "# Whales\nA blue whale can be heard over hundreds of kilometres, and eats "
        "some tons of krill a day. Nobody knows how old it becomes.\n"
    )
    (folder / "trees.txt").write_text("Oaks grow slowly.")
    return folder


@pytest.fixture
def moss(start, demo_gguf, papers):
    """The window with all four tools switched on."""
    with automatic1111(Painter(png(320, 200), asked_for_progress=2)) as server:
        moss = start(demo_gguf)
        moss.until_ready()
        set_up(moss, server.address)
        choose(moss, papers).close()
        moss.panel.composer.switches.button(Tool.SEARCH).click()
        yield moss


def last_widget(moss):
    view = moss.panel.view
    return view.findChildren(MessageWidget)[-1]


def ask(moss, wish):
    """Asks, and returns the reply, its widget, and what its chip said on the way."""
    said = []

    def look(_conversation, message):
        if message.calls:
            said.append(last_widget(moss).findChildren(Chip)[-1].text())

    moss.application.bridge.message.connect(look)
    reply = moss.ask(wish.question)
    moss.application.bridge.message.disconnect(look)
    return reply, last_widget(moss), said


def test_each_tool_from_the_question_to_the_answer(moss, opened):
    for wish in (CALCULATE, SOLVE, SEARCH, DRAW):
        reply, widget, said = ask(moss, wish)
        [call] = reply.calls
        assert (call.command.tool, call.state) == (wish.tool, ToolState.DONE)
        assert any("running…" in words for words in said)
        assert said[-1] == wish.chip
        assert reply.text
        unfold_and_fold(moss, reply, widget)
        if wish is SEARCH:
            open_citations(moss, reply, widget, opened=opened.urls)
    [picture] = moss.panel.view.findChildren(Picture)
    assert picture.isVisible()
    photograph(moss)


def unfold_and_fold(moss, reply, widget):
    """Opens the thoughts, then the tool's results, then closes them."""

    def click(chip):
        moss.qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)

    thoughts, chip = widget.findChildren(Chip)
    assert thoughts.isVisible()
    assert widget.findChild(MessageText, "detail") is None
    click(thoughts)
    detail = widget.findChild(MessageText, "detail")
    assert detail.isVisible()
    assert detail.toPlainText() == reply.thoughts
    click(chip)
    assert not thoughts.isChecked()
    assert detail.toPlainText() not in ("", reply.thoughts)
    click(chip)
    assert not detail.isVisible()


def open_citations(moss, reply, widget, *, opened):
    """Clicks each reference, and the number in the answer."""
    files = [source.location for source in reply.calls[0].sources]
    assert len(files) == 2
    for line in widget.findChildren(QPushButton, "reference"):
        moss.qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert [url.toLocalFile() for url in opened] == files
    text = widget.findChild(MessageText, "messageText")
    [number] = re.findall(r"<sup><\|(\d)\|></sup>", reply.text)
    place = text.document().find(f"[{number}]")
    place.setPosition(place.selectionStart() + 1)
    point = text.cursorRect(place).center()
    moss.qtbot.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert [url.toLocalFile() for url in opened] == [*files, files[int(number) - 1]]


def photograph(moss):
    """Keeps pictures of the window, where somebody wants some."""
    folder = os.environ.get("MOSS_SCREENSHOTS")
    if not folder:
        return
    widgets = moss.panel.view.findChildren(MessageWidget)
    bar = moss.panel.view.verticalScrollBar()
    for name, language, theme in (
        ("en-light", Language.ENGLISH, Theme.LIGHT),
        ("zh-dark", Language.CHINESE, Theme.DARK),
        ("en-light", Language.ENGLISH, Theme.LIGHT),
    ):
        moss.window.language_chosen.emit(language)
        moss.window.theme_chosen.emit(theme)
        for size, (width, height) in (("wide", WIDE), ("narrow", NARROW)):
            moss.window.resize(width, height)
            moss.qtbot.wait(50)
            for place, value in (("top", 0), ("end", bar.maximum())):
                bar.setValue(value)
                moss.qtbot.wait(50)
                moss.window.grab().save(f"{folder}/{name}-{size}-{place}.png")
        moss.window.resize(*WIDE)
        _, chip = widgets[5].findChildren(Chip)
        chip.click()
        moss.qtbot.wait(50)
        moss.panel.view.ensureWidgetVisible(widgets[5])
        moss.qtbot.wait(50)
        moss.window.grab().save(f"{folder}/{name}-detail.png")
        chip.click()
