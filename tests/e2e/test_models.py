"""The list of models in the real program: loaded, found, chosen for the start."""

import pytest
from PySide6.QtCore import Qt

from app.services.observers import ModelState
from app.ui.models_dialog import Action

pytestmark = [pytest.mark.e2e, pytest.mark.model]


def rows(moss):
    tree = moss.application.library.dialog.tree
    return {
        item.text(0): [item.text(column) for column in range(1, 6)]
        for index in range(tree.topLevelItemCount())
        for item in (
            tree.topLevelItem(index).child(row)
            for row in range(tree.topLevelItem(index).childCount())
        )
    }


def show(moss):
    moss.window.models_requested.emit()
    moss.until(lambda: rows(moss))


def choose(moss, title):
    tree = moss.application.library.dialog.tree
    flags = Qt.MatchFlag.MatchStartsWith | Qt.MatchFlag.MatchRecursive
    tree.setCurrentItem(tree.findItems(title, flags)[0])


def test_a_model_of_another_program_is_found_loaded_and_left_as_it_is(
    start, demo_gguf, tmp_path, monkeypatch
):
    user = tmp_path / "用户 😀"
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.setenv("USERPROFILE", str(user))
    theirs = user / ".lmstudio" / "models" / "o" / "n" / "their-F16.gguf"
    theirs.parent.mkdir(parents=True)
    # The demo, told that it is none, goes by its file's name.
    data = demo_gguf.read_bytes().replace(b"moss.demo", b"moss.dome")
    theirs.write_bytes(data)
    before = theirs.stat()
    moss = start()
    moss.until_ready()
    moss.ask("What can you do?")
    show(moss)
    found = rows(moss)
    assert set(found) == {"MOSS demo (loaded)", "their-F16"}
    kind, _size, _memory, speed, used = found["MOSS demo (loaded)"]
    assert kind == "F16"
    assert float(speed) > 0
    assert used
    choose(moss, "their-F16")
    tree = moss.application.library.dialog.tree
    moss.qtbot.keyClick(tree, Qt.Key.Key_Return)
    moss.until(lambda: moss.application.models.state is not ModelState.READY)
    moss.until_ready()
    moss.until(lambda: "their-F16 (loaded)" in rows(moss))
    assert moss.ask("What is 37*48?").text
    choose(moss, "their-F16")
    moss.application.library.dialog.wanted.emit(Action.START_WITH, tree.current)
    moss.until(lambda: any("at the start" in title for title in rows(moss)))
    moss.window.close()
    moss.application.close()
    after = theirs.stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)
    assert theirs.read_bytes() == data
    again = start()
    again.until_ready()
    assert again.application.library.default == theirs
    show(again)
    assert any(title.startswith("their-F16 (loaded)") for title in rows(again))
    again.window.close()
    again.application.close()
