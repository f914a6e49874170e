"""Folders, runs of the indexer, and what is told of them."""

from dataclasses import dataclass, field

import pytest

from app.domain.errors import ErrorCode
from app.plugins.documents.messages import Failed, Job, Progress, Report
from app.plugins.manager import ToolManager
from app.services.documents import DocumentService
from app.services.preferences import Preferences
from app.services.tool_decisions import ToolDecisions, decisions_of
from app.store.settings_file import SettingsFile


@dataclass
class Indexer:
    """Notes what is asked of it."""

    jobs: list[Job] = field(default_factory=list)
    stops: int = 0

    def start(self, job):
        self.jobs.append(job)

    def stop(self):
        self.stops += 1


class Desk:
    """A service with its surroundings."""

    def __init__(self, path):
        preferences = Preferences(SettingsFile(path))
        manager = ToolManager(decisions=decisions_of(preferences.values))
        self.link, self.states = Indexer(), []
        self.decisions = ToolDecisions(manager, preferences)
        self.service = DocumentService(
            self.link, self.decisions, changed=self.states.append
        )


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "settings.json")


def test_nothing_runs_without_a_folder(desk):
    desk.service.refresh()
    assert desk.link.jobs == []
    assert desk.states == []


def test_folders_are_kept_and_indexed(desk, tmp_path):
    desk.service.set_folders(["/a", "/b", "/a"])
    assert desk.link.jobs == [Job(["/a", "/b"])]
    assert desk.service.state.running
    desk.service.indexer_event(Progress(1, 4))
    assert desk.states[-1].progress == Progress(1, 4)
    desk.service.indexer_event(Report(4, 9))
    desk.service.indexer_ended("")
    assert not desk.service.state.running
    assert desk.states[-1].report == Report(4, 9)
    again = Desk(tmp_path / "settings.json")
    assert again.service.state.folders == ("/a", "/b")
    again.service.refresh(anew=True)
    assert again.link.jobs == [Job(["/a", "/b"], anew=True)]


def test_a_change_while_it_runs_is_next(desk):
    desk.service.set_folders(["/a"])
    desk.service.set_folders(["/b"])
    desk.service.set_folders([])
    assert desk.link.jobs == [Job(["/a"])]
    assert desk.link.stops == 2
    desk.service.indexer_event(Report(complete=False))
    desk.service.indexer_ended("")
    assert desk.link.jobs == [Job(["/a"]), Job([])]


def test_stopping_forgets_what_was_next(desk):
    desk.service.set_folders(["/a"])
    desk.service.refresh()
    desk.service.stop()
    desk.service.indexer_ended("")
    assert desk.link.jobs == [Job(["/a"])]


@pytest.mark.parametrize(
    ("event", "how", "code"),
    [
        (Failed(ErrorCode.DISK_FULL, "x"), "", ErrorCode.DISK_FULL),
        (None, "signal 9", ErrorCode.INTERNAL),
    ],
)
def test_what_went_wrong_is_said_and_forgotten(desk, event, how, code):
    desk.service.set_folders(["/a"])
    if event is not None:
        desk.service.indexer_event(event)
    desk.service.indexer_ended(how)
    assert desk.states[-1].error.code is code
    desk.service.refresh()
    assert desk.states[-1].error is None
