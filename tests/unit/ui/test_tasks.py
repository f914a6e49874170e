"""Functions in a thread, answers in the window's own."""

import threading

import pytest

from app.domain.errors import ErrorCode, UserError
from app.ui.tasks import Task


@pytest.fixture
def task(qapp):
    return Task(qapp)


def test_a_result_is_reported_in_the_windows_thread(task, qtbot):
    ran, heard = [], []
    task.finished.connect(lambda _: heard.append(threading.current_thread()))

    def work():
        ran.append(threading.current_thread())
        return 42

    with qtbot.waitSignal(task.finished) as signal:
        task.start(work)
        assert task.running
    assert signal.args == [42]
    assert heard == [threading.main_thread()]
    assert ran[0] is not threading.main_thread()
    assert not task.running


def test_an_error_for_the_user_is_reported(task, qtbot):
    def work():
        raise UserError(ErrorCode.DISK_FULL, "/x")

    with qtbot.waitSignal(task.failed) as signal:
        task.start(work)
    assert signal.args[0].code is ErrorCode.DISK_FULL


def test_a_bug_is_not_swallowed(task, qtbot):
    def work():
        return 1 / 0

    with qtbot.captureExceptions() as caught:
        task.start(work)
        qtbot.waitUntil(lambda: bool(caught))
    assert caught[0][0] is ZeroDivisionError


def test_one_at_a_time(task, qtbot):
    go_on = threading.Event()
    ran = []
    with qtbot.waitSignal(task.finished):
        task.start(go_on.wait)
        task.start(lambda: ran.append(1))
        go_on.set()
        task.wait()
    assert ran == []
    with qtbot.waitSignal(task.finished):
        task.start(lambda: ran.append(2))
    assert ran == [2]
