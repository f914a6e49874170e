"""A picture's file: whole, or not there."""

import errno
import hashlib
import os

import pytest

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.pictures.image_file import checked
from app.plugins.pictures.keeping import keep
from tests.fakes.picture_files import JPEG, png


def test_a_picture_is_named_by_what_it_holds(tmp_path):
    folder = tmp_path / "data" / "pictures"
    path = keep(checked(png()), folder)
    assert path.read_bytes() == png()
    assert path.name == hashlib.sha256(png()).hexdigest() + ".png"
    assert keep(checked(png()), folder) == path
    assert keep(checked(JPEG), folder).suffix == ".jpg"
    assert len(list(folder.iterdir())) == 2


def full_disk(_number: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ToolError) as caught:
        keep(checked(png()), tmp_path)
    assert caught.value.failure is ToolFailure.DISK_FULL
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_none(tmp_path):
    (tmp_path / "pictures").write_text("a file")
    with pytest.raises(ToolError) as caught:
        keep(checked(png()), tmp_path / "pictures")
    assert caught.value.failure is ToolFailure.DISK_FAILED
