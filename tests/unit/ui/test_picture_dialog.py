"""The dialog for pictures: what can be chosen, and what is missing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.domain.pictures import PictureSettings, PictureSource
from app.plugins.pictures import stable_diffusion
from app.plugins.pictures.known_models import KNOWN_MODELS
from app.ui.picture_dialog import PictureDialog
from app.ui.picture_setup import TOOL, PictureSetup


@pytest.fixture
def make(qtbot):
    def make(present=PictureSettings()):  # noqa: B008 -- a frozen value
        dialog = PictureDialog(present)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        dialog.all_chosen = []
        dialog.chosen.connect(dialog.all_chosen.append)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def test_what_is_chosen_comes_back(make):
    settings = PictureSettings(
        PictureSource.SERVER,
        server="https://pictures.example",
        model="/models/x.gguf",
        width=768,
        height=256,
        steps=7,
        guidance=3.5,
        seed=11,
    )
    dialog = make(settings)
    dialog._accept()
    assert dialog.all_chosen == [settings]
    assert dialog.isHidden()


def test_nothing_can_be_chosen_as_well(make):
    dialog = make()
    dialog._accept()
    assert dialog.all_chosen == [PictureSettings()]


def test_a_server_far_away_needs_encryption(make, qtbot):
    dialog = make()
    qtbot.keyClicks(dialog._server, "http://8.8.8.8")
    assert dialog.settings().source is PictureSource.SERVER
    dialog._accept()
    assert dialog.all_chosen == []
    assert "https://" in dialog._problem.text()
    dialog._server.clear()
    qtbot.keyClicks(dialog._server, "https://8.8.8.8")
    assert dialog._problem.isHidden()
    dialog._accept()
    assert dialog.all_chosen[0].server == "https://8.8.8.8"


def test_the_library_is_missing(make, qtbot, monkeypatch):
    monkeypatch.setattr(stable_diffusion, "is_installed", lambda: False)
    dialog = make()
    qtbot.keyClicks(dialog._model, "x.gguf")
    dialog._accept()
    assert "stable-diffusion-cpp-python" in dialog._problem.text()
    assert dialog.all_chosen == []


def test_a_file_must_be_a_model(make, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(stable_diffusion, "is_installed", lambda: True)
    path = tmp_path / "model.gguf"
    path.write_bytes(b"no model")
    dialog = make()
    qtbot.keyClicks(dialog._model, str(path))
    dialog._accept()
    assert ".safetensors" in dialog._problem.text()
    path.write_bytes(b"GGUF" + bytes(20))
    dialog._accept()
    assert dialog.all_chosen[0].model == str(path)


def test_a_known_model_is_recognized_and_its_numbers_are_taken(make, qtbot):
    dialog = make()
    turbo = next(known for known in KNOWN_MODELS if known.name == "SD-Turbo")
    qtbot.keyClicks(dialog._model, f"/models/{turbo.file}")
    assert dialog._kind.currentText() == "SD-Turbo"
    assert "2.02 GB" in dialog._about_model.text()
    assert turbo.licence in dialog._about_model.text()
    dialog._kind.activated.emit(dialog._kind.currentIndex())
    assert dialog.settings().steps == 4
    assert dialog.settings().guidance == 1.0


def test_the_setup_hands_on_what_was_chosen(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    setup = PictureSetup(
        window, lambda _name: {"source": "server", "server": "http://[::1]"}
    )
    taken = []
    setup.chosen.connect(lambda *both: taken.append(both))
    setup.open()
    dialog = window.findChild(PictureDialog)
    assert dialog.settings().source is PictureSource.SERVER
    dialog._accept()
    [(name, values)] = taken
    assert name == TOOL
    assert values["server"] == "http://[::1]"
    assert values["source"] == "server"
