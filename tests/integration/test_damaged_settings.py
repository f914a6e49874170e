"""The whole window on damaged settings files: it is there, and says what is wrong.

These are some of the 200 files of `tests/unit/store/test_settings_file.py`.
"""

import json

import pytest
from PySide6.QtWidgets import QApplication

from app import paths
from app.application import Application
from tests.unit.store.test_settings_file import damaged

SEEDS = range(0, 200, 10)


@pytest.fixture
def application(qtbot, home, request):
    home.mkdir()
    (home / "settings.json").write_bytes(damaged(request.param))
    made = Application(QApplication.instance(), paths.find())
    qtbot.addWidget(made.window)
    made.window.show()
    yield made
    made.changes.reset()
    made.window.close()
    made.close()


@pytest.mark.parametrize(
    ("application", "seed"), [(seed, seed) for seed in SEEDS], indirect=["application"]
)
def test_the_program_starts_says_what_it_ignored_and_keeps_a_copy(
    application, seed, home
):
    content = damaged(seed)
    application.settings.say_what_was_ignored()
    found = application.changes.preferences.found
    said = application.window.panel.notice.text
    assert all(name in said for name in (*found.ignored, *found.unknown))
    assert bool(said) is not found.whole
    application.changes.change({"trash_days": 3})
    copies = [copy.read_bytes() for copy in home.glob("settings.json.broken*")]
    assert copies == ([content] if found.broken or found.ignored else [])
    assert json.loads((home / "settings.json").read_text("utf-8"))["trash_days"] == 3
