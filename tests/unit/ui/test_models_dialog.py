"""The list of models: what it shows, and what each button does."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.catalogue.found_places import Surroundings
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, ModelInfo, Usage
from app.domain.hardware import Device, DeviceKind
from app.engine import protocol
from app.services.library import Library
from app.store.library_file import LibraryFile
from app.ui.models_desk import ModelsDesk
from app.ui.models_dialog import Action
from tests.conftest import ROOT
from tests.fakes import model_trees

GIB = 1 << 30
HELLO = protocol.Hello(
    2,
    "llama.cpp",
    "CPU : AVX2 = 1 |",
    (Device("CPU", "CPU", DeviceKind.CPU, 30 * GIB, 32 * GIB),),
)


class Bench:
    """A window's corner with a list of models, and a user's folder."""

    def __init__(self, qtbot, folder):
        self.qtbot = qtbot
        self.home = folder / "模型"
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.library = Library(
            LibraryFile(folder / "library.json"),
            self.home,
            around=Surroundings(folder / "user", {}, "linux"),
            clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        )
        self.desk = ModelsDesk(self.window, self.library, str(ROOT))
        self.loaded = []
        self.desk.load_requested.connect(self.loaded.append)
        self.mine = model_trees.model(self.home / "mine.gguf")
        self.blob = model_trees.ollama(folder / "user" / ".ollama" / "models")

    @property
    def dialog(self):
        return self.desk.dialog

    def open(self):
        self.desk.open()
        self.settle()

    def settle(self):
        self.qtbot.waitUntil(
            lambda: not (self.desk._task.running or self.desk._waiting)
        )

    def wait_for_work(self):
        self.qtbot.waitUntil(lambda: not self.desk._work.busy, timeout=30_000)
        self.settle()

    def rows(self):
        """Headings, and below each the texts of its rows."""
        tree = self.dialog.tree
        found = {}
        for index in range(tree.topLevelItemCount()):
            heading = tree.topLevelItem(index)
            found[heading.text(0)] = [
                [heading.child(row).text(column) for column in range(6)]
                for row in range(heading.childCount())
            ]
        return found

    def choose(self, title):
        (item,) = self.dialog.tree.findItems(
            title, Qt.MatchFlag.MatchStartsWith | Qt.MatchFlag.MatchRecursive
        )
        self.dialog.tree.setCurrentItem(item)

    def click(self, text):
        (button,) = [b for b in self.buttons() if b.text() == text and b.isVisible()]
        assert button.isEnabled(), text
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def buttons(self):
        return self.dialog.findChildren(QPushButton)

    def usable(self):
        return {b.text() for b in self.buttons() if b.isVisible() and b.isEnabled()}

    def said(self):
        return [label.text() for label in self.dialog.findChildren(QLabel)]


@pytest.fixture
def bench(qtbot, tmp_path):
    bench = Bench(qtbot, tmp_path)
    yield bench
    bench.desk.close()


def info(path, server=""):
    return ModelInfo(
        path=str(path),
        name="x",
        architecture="phi2",
        form="chat",
        demo=False,
        parameters=1,
        size_bytes=1,
        vocabulary=1,
        context=1,
        device="CPU",
        server=server,
    )


def test_models_stand_under_whose_they_are(bench):
    bench.desk.engine_event(HELLO)
    bench.open()
    rows = bench.rows()
    assert list(rows) == ["In this program", "Ollama"]
    ((name, kind, size, memory, speed, used),) = rows["In this program"]
    assert (name, kind, size) == ("mine", "F32", "127.7 kB")
    assert memory.endswith("MB")
    assert (speed, used) == ("", "")
    assert rows["Ollama"][0][0] == "qwen:0.5b"


def test_what_can_be_done_depends_on_whose_it_is(bench):
    bench.open()
    assert bench.usable() == {
        *("Load", "Use at the start", "Rename…", "Check", "Move…", "Delete", "Close")
    }
    bench.choose("qwen")
    assert bench.usable() == {"Load", "Use at the start", "Rename…", "Check", "Close"}
    assert any("never changed" in text for text in bench.said())
    bench.desk.model_changed(info(bench.mine))
    bench.settle()
    bench.choose("mine")
    assert bench.rows()["In this program"][0][0] == "mine (loaded)"
    assert bench.usable() == {"Use at the start", "Rename…", "Check", "Close"}


def test_use_and_speed_are_remembered(bench):
    bench.desk.model_changed(info(bench.mine))
    usage = Usage(generated_tokens=30, generate_seconds=3.0)
    bench.desk.engine_event(protocol.Finished("a", FinishReason.STOP, usage))
    bench.desk.model_changed(info("moss://x", server="x"))
    bench.desk.engine_event(protocol.Finished("a", FinishReason.STOP, usage))
    bench.open()
    ((*_, speed, used),) = bench.rows()["In this program"]
    assert speed == "10.0"
    assert used


def test_loading_and_the_start(bench):
    bench.open()
    bench.click("Load")
    assert bench.loaded == [bench.mine]
    bench.qtbot.keyClick(bench.dialog.tree, Qt.Key.Key_Return)
    assert bench.loaded == [bench.mine] * 2
    bench.click("Use at the start")
    assert bench.rows()["In this program"][0][0] == "mine (at the start)"
    assert bench.library.default() == bench.mine
    bench.click("Use at the start")
    assert bench.library.default() is None


def test_a_new_name_is_shown(bench, monkeypatch):
    bench.open()
    monkeypatch.setattr(
        bench.desk._dialogs, "model_name", lambda present: f"我的 {present}"
    )
    bench.qtbot.keyClick(bench.dialog.tree, Qt.Key.Key_F2)
    bench.settle()
    assert bench.rows()["In this program"][0][0] == "我的 mine"
    assert bench.mine.exists()


def test_deleting_can_be_taken_back(bench, monkeypatch):
    bench.open()
    bench.qtbot.keyClick(bench.dialog.tree, Qt.Key.Key_Delete)
    bench.settle()
    assert not bench.mine.exists()
    assert list(bench.rows()) == ["Ollama"]
    assert any("In the trash: 1, last “mine”" in text for text in bench.said())
    bench.click("Put back")
    assert bench.mine.exists()
    bench.choose("mine")
    bench.click("Delete")
    asked = []
    monkeypatch.setattr(bench.desk._dialogs, "empty_models_trash", asked.append)
    bench.click("Empty the trash…")
    assert asked == [["mine"]]
    assert len(bench.library.models().deleted) == 1
    monkeypatch.setattr(bench.desk._dialogs, "empty_models_trash", bool)
    bench.click("Empty the trash…")
    assert bench.library.models().deleted == ()
    assert bench.blob.exists()


def test_a_check_says_what_came_of_it(bench):
    bench.open()
    bench.click("Check")
    assert "Stop" in bench.usable()
    assert "Check" not in bench.usable()
    bench.wait_for_work()
    assert "from now on" in bench.dialog.notice.text
    assert "Stop" not in bench.usable()
    bench.choose("mine")
    bench.click("Check")
    bench.wait_for_work()
    assert bench.dialog.notice.text == "“mine” is as it should be."


def test_a_model_is_moved_where_the_user_says(bench, monkeypatch, tmp_path):
    bench.open()
    disk = tmp_path / "disk"
    monkeypatch.setattr(bench.desk._dialogs, "model_folder", lambda _present: disk)
    bench.click("Move…")
    bench.wait_for_work()
    assert bench.dialog.notice.text == "“mine” was moved."
    assert (disk / "mine.gguf").exists()
    assert bench.dialog.tree.current.path == disk / "mine.gguf"


def test_another_type_is_offered_where_the_source_is_kept(bench):
    source = ROOT / "resources" / "demo"
    bench.library.came(bench.mine, (), origin="fnlp/demo", source=str(source))
    bench.open()
    bench.choose("mine")
    assert {"Another type", "Compare with its checkpoint"} <= bench.usable()
    bench.dialog.convert_wanted.emit(bench.dialog.tree.current, "Q8_0")
    bench.wait_for_work()
    types = {name: kind for name, kind, *_ in bench.rows()["In this program"]}
    assert types == {"MOSS demo": "Q8_0", "mine": "F32"}


def test_a_refusal_is_said(bench, monkeypatch):
    bench.open()

    def refuse(*_):
        raise UserError(ErrorCode.LIBRARY_BUSY)

    monkeypatch.setattr(bench.library, "delete", refuse)
    bench.click("Delete")
    assert "Another model is being moved" in bench.dialog.notice.text
    assert bench.mine.exists()


def test_everything_has_a_name_for_screen_readers(bench):
    bench.open()
    bench.dialog.show_work("Checking…", 0.5)
    for widget in bench.dialog.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            interface = QAccessible.queryAccessibleInterface(widget)
            assert interface.text(QAccessible.Text.Name), widget


def test_another_language_reaches_every_row(bench):
    bench.open()
    before = bench.rows()
    bench.dialog.changeEvent(QEvent(QEvent.Type.LanguageChange))
    assert bench.rows() == before


def test_a_damaged_library_file_is_said(bench, tmp_path):
    (tmp_path / "library.json").write_text('{"models": {"/x": 3}}')
    bench.open()
    assert "/x" in bench.dialog.notice.text
    assert Action.LOAD in bench.dialog._buttons
