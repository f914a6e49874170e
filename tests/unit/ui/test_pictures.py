"""Files of pictures as the window shows and saves them."""

import errno
import shutil

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.domain.errors import ErrorCode
from app.store.pictures import PictureFolder
from app.ui import pictures as module
from app.ui.picture_viewer import PictureViewer
from app.ui.pictures import Pictures, file_name
from tests.fakes.picture_files import JPEG, png

PNG_NAME = "a" * 64 + ".png"
JPEG_NAME = "b" * 64 + ".jpg"


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def pictures(tmp_path, window):
    (tmp_path / PNG_NAME).write_bytes(png(64, 48))
    (tmp_path / JPEG_NAME).write_bytes(JPEG)
    return Pictures(PictureFolder(tmp_path), window)


def test_a_picture_is_opened(pictures):
    assert pictures.image(PNG_NAME).width() == 64
    assert pictures.image(JPEG_NAME).width() == 1


def test_what_is_no_picture_is_not_opened(pictures, tmp_path):
    """Whatever became of the file since it was checked."""
    (tmp_path / PNG_NAME).write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / JPEG_NAME).write_bytes(png())
    for name in (PNG_NAME, JPEG_NAME, "c" * 64 + ".png", "../x.png", ""):
        assert pictures.image(name).isNull()


def test_a_picture_is_saved_under_its_description(pictures, tmp_path, monkeypatch):
    target = tmp_path / "saved.png"
    proposed = []

    def ask(_window, name):
        proposed.append(name)
        return target

    monkeypatch.setattr(module, "picture_file", ask)
    pictures.save(PNG_NAME, "a cat: on a/the mat?")
    assert proposed == ["a cat on a the mat.png"]
    assert target.read_bytes() == png(64, 48)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ErrorCode.DISK_FULL),
        (errno.EACCES, ErrorCode.FILE_NOT_WRITTEN),
    ],
)
def test_a_picture_that_cannot_be_saved(pictures, tmp_path, monkeypatch, number, code):
    def fail(*_files):
        raise OSError(number, "no")

    monkeypatch.setattr(module, "picture_file", lambda *_: tmp_path / "x.png")
    monkeypatch.setattr(shutil, "copyfile", fail)
    errors = []
    pictures.failed.connect(errors.append)
    pictures.save(PNG_NAME, "a cat")
    assert [error.code for error in errors] == [code]


def test_a_picture_is_copied(pictures):
    pictures.copy(PNG_NAME)
    assert QGuiApplication.clipboard().image().width() == 64


def test_a_picture_is_enlarged(pictures, qtbot):
    pictures.enlarge(PNG_NAME, "a cat")
    viewer = pictures.parent().findChild(PictureViewer)
    assert viewer.accessibleName() == "a cat"
    image = viewer.grab().toImage()
    middle = image.pixelColor(image.rect().center())
    assert (middle.red(), middle.green() > 90, middle.blue() > 80) == (40, True, True)
    viewer.close()


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("a cat", "a cat"),
        ("  ..", "MOSS"),
        ("../../etc/passwd", "etc passwd"),
        ("夕阳下的海面", "夕阳下的海面"),
        ("x" * 100, "x" * 40),
    ],
)
def test_names_for_files(description, name):
    assert file_name(description) == name
