"""Which lines are written together: seen with a clock that is set by hand."""

import pytest

from app.engine.coalescing import Coalescer


class Pipe:
    """Lines at given moments.

    Attributes:
        now: The time in seconds.
        writes: What was written at once.
    """

    def __init__(self):
        self.now = 0.0
        self.writes = []
        self._coalescer = Coalescer(lambda: self.now)
        self._added = 0

    def add(self, after, *, may_wait=True):
        """Adds a line so many seconds after the last one."""
        self.now += after
        line = b"%d\n" % self._added
        self._added += 1
        written = self._coalescer.add(line, may_wait=may_wait)
        self.writes += [written] if written else []

    def lines(self):
        return b"".join(self.writes)


@pytest.fixture
def pipe():
    return Pipe()


def numbered(count):
    return b"".join(b"%d\n" % number for number in range(count))


@pytest.mark.parametrize("a_step", [0.005, 0.25])
def test_all_that_a_slow_model_says_is_written_at_once(pipe, a_step):
    for _step in range(100):
        pipe.add(a_step)
        pipe.add(0.0)  # another candidate, or the next token of a draft
        pipe.add(0.00001)
    assert len(pipe.writes) == 300


def test_a_fast_model_wakes_the_reader_less_often(pipe):
    for _token in range(2000):
        pipe.add(0.0005)
    pipe.add(0.0005, may_wait=False)
    assert len(pipe.writes) < 200
    assert pipe.lines() == numbered(2001)


def test_nothing_waits_longer_than_half_a_picture(pipe):
    for token in range(2000):
        before = len(pipe.writes)
        pipe.add(0.0005)
        if len(pipe.writes) > before:
            waited = pipe.writes[-1].count(b"\n") * 0.0005
            assert waited < 0.009, token


def test_a_new_answer_begins_at_once(pipe):
    for _token in range(1000):
        pipe.add(0.0005)
    pipe.add(0.0005, may_wait=False)
    for token in range(20):
        pipe.add(0.02)
        assert pipe.lines() == numbered(1002 + token)


def test_after_a_hitch_nothing_waits(pipe):
    for _token in range(1000):
        pipe.add(0.0005)
    pipe.add(0.01)
    before = len(pipe.writes)
    for _token in range(16):  # twice the longest draft
        pipe.add(0.0005)
    assert len(pipe.writes) == before + 16


def test_what_nothing_need_follow_takes_all_along(pipe):
    count = 0
    while count < 1000 or pipe.lines() == numbered(count):
        pipe.add(0.0005)
        count += 1
    pipe.add(0.0, may_wait=False)
    assert pipe.lines() == numbered(count + 1)
