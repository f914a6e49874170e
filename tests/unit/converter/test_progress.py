import io
import json

import pytest

from converter.progress import (
    Bar,
    JsonErrors,
    JsonLines,
    Silent,
    find_reporter,
    readable_size,
)


class Clock:
    """A clock that stands still unless told to go on."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stream():
    return io.StringIO()


def test_json_lines(stream, clock):
    reporter = JsonLines(stream, clock)
    reporter.opened("MOSS 你好")
    reporter.warned("odd")
    clock.now += 2
    reporter.advanced("a", 5, 20)
    reporter.finished("whole", 20)
    reporter.failed("output", "full")
    assert list(map(json.loads, stream.getvalue().splitlines())) == [
        {"stage": "open", "message": "MOSS 你好"},
        {"stage": "warning", "message": "odd"},
        {"stage": "convert", "tensor": "a", "done": 5, "total": 20, "seconds": 2.0},
        {"stage": "done", "message": "whole", "size": 20, "seconds": 2.0},
        {"stage": "failed", "code": "output", "message": "full"},
    ]


def test_json_lines_are_not_too_many(stream, clock):
    reporter = JsonLines(stream, clock)
    for done in range(1, 101):
        clock.now += 0.01
        reporter.advanced("a", done, 100)
    assert 10 <= len(stream.getvalue().splitlines()) <= 12
    assert json.loads(stream.getvalue().splitlines()[-1])["done"] == 100


def test_each_tensor_is_named(stream, clock):
    reporter = JsonLines(stream, clock)
    for name in "abc":
        reporter.advanced(name, 1, 10)
    assert len(stream.getvalue().splitlines()) == 3


def test_other_work_has_another_stage(stream, clock):
    JsonLines(stream, clock, work="verify").advanced("a", 5, 20)
    assert json.loads(stream.getvalue())["stage"] == "verify"


def test_errors_as_json(stream):
    errors = io.StringIO()
    reporter = JsonErrors(stream, errors)
    reporter.opened("a model")
    reporter.warned("odd")
    reporter.advanced("a", 5, 20)
    reporter.failed("output", "full")
    assert stream.getvalue() == "warning: odd\n"
    assert json.loads(errors.getvalue()) == {
        "stage": "failed",
        "code": "output",
        "message": "full",
    }


@pytest.mark.parametrize(
    ("progress", "kind"),
    [("json", JsonLines), ("bar", Bar), ("none", Silent), (None, Silent)],
)
def test_reports_as_the_user_asks(stream, monkeypatch, progress, kind):
    monkeypatch.setattr("sys.stderr", stream)  # no terminal
    assert type(find_reporter(progress)) is kind


def test_bar_shows_rate_and_time_left(stream, clock):
    reporter = Bar(stream, clock)
    clock.now += 10
    reporter.advanced("blk.0.attn_qkv.weight", 2_500_000_000, 10_000_000_000)
    line = stream.getvalue()
    assert " 25 % ███████░" in line
    assert "2.50 GB of 10.00 GB  250 MB/s  30 s left  blk.0" in line


def test_bar_is_redrawn_seldom(stream, clock):
    reporter = Bar(stream, clock)
    for done in range(1, 101):
        clock.now += 0.01
        reporter.advanced("a", done, 100)
    assert stream.getvalue().count("\r") <= 12
    assert "100 %" in stream.getvalue()


def test_bar_makes_room_for_words(stream, clock):
    reporter = Bar(stream, clock)
    reporter.opened("a model")
    reporter.advanced("a", 1, 2)
    reporter.warned("odd")
    reporter.advanced("a", 2, 2)
    clock.now += 75
    reporter.finished("whole", 2)
    assert stream.getvalue().startswith("a model\n\r\x1b[2K 50 %")
    assert "\r\x1b[2Kwarning: odd\n" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[2Kwhole in 1 min 15 s\n")


def test_silent_tells_only_what_is_wrong(stream):
    reporter = Silent(stream)
    reporter.opened("a model")
    reporter.advanced("a", 1, 2)
    reporter.finished("whole", 2)
    assert stream.getvalue() == ""
    reporter.warned("odd")
    reporter.failed("output", "full")
    assert stream.getvalue() == "warning: odd\nerror: full\n"


@pytest.mark.parametrize(
    ("size", "text"),
    [(999, "1.0 kB"), (2_880_000, "2.88 MB"), (9_400_000_000, "9.40 GB")],
)
def test_readable_size(size, text):
    assert readable_size(size) == text
