"""Which events are written together: seen with a clock that is set by hand."""

import pytest

from app.engine.coalescing import Coalescer
from app.engine.protocol import MAX_LINE_BYTES, ControlToken, TextDelta, encode


class Pipe:
    """Events at given moments.

    Attributes:
        now: The time in seconds.
        writes: What was written at once.
        added: Pieces of text that were added.
    """

    def __init__(self):
        self.now = 0.0
        self.writes = []
        self._coalescer = Coalescer(lambda: self.now)
        self.added = 0

    def add(self, after, *, may_wait=True, candidate=0):
        """Adds text so many seconds after the last event, or a control token."""
        self.now += after
        if may_wait:
            event = TextDelta("g", f"{self.added} ", candidate)
            self.added += 1
        else:
            event = ControlToken("g", "<eom>", candidate)
        written = self._coalescer.add(event)
        self.writes += [tuple(written)] if written else []

    def text(self, candidate=0):
        return "".join(
            event.text
            for events in self.writes
            for event in events
            if isinstance(event, TextDelta) and event.candidate == candidate
        )


@pytest.fixture
def pipe():
    return Pipe()


def numbered(count):
    return "".join(f"{number} " for number in range(count))


@pytest.mark.parametrize("a_step", [0.02, 0.25])
def test_all_that_a_slow_model_says_is_written_at_once(pipe, a_step):
    for _step in range(100):
        pipe.add(a_step)
        pipe.add(0.0)  # another candidate, or the next token of a draft
        pipe.add(0.00001)
    assert len(pipe.writes) == 300


def test_a_fast_model_wakes_the_reader_less_often_and_with_one_piece(pipe):
    for _token in range(2000):
        pipe.add(0.0005)
    pipe.add(0.0005, may_wait=False)
    assert len(pipe.writes) < 80
    assert pipe.text() == numbered(2000)
    assert {len(events) for events in pipe.writes[:-1]} == {1}
    assert pipe.writes[-1][-1] == ControlToken("g", "<eom>")


@pytest.mark.parametrize("a_step", [0.0005, 0.01, 0.016])
def test_text_grows_often_enough_however_fast_it_comes(pipe, a_step):
    last = 0.0
    for token in range(2000):
        before = len(pipe.writes)
        pipe.add(a_step)
        if len(pipe.writes) > before:
            assert pipe.now - last < 0.025 + 2 * a_step, token
            last = pipe.now
    assert len(pipe.writes) >= 2000 * a_step / (0.025 + 2 * a_step)


def test_a_new_answer_begins_at_once(pipe):
    for _token in range(1000):
        pipe.add(0.0005)
    pipe.add(0.0005, may_wait=False)
    for token in range(20):
        pipe.add(0.03)
        assert pipe.text() == numbered(1001 + token)


def test_after_a_hitch_nothing_waits(pipe):
    for _token in range(1000):
        pipe.add(0.0005)
    pipe.add(0.02)
    before = len(pipe.writes)
    for _token in range(16):  # twice the longest draft
        pipe.add(0.0005)
    assert len(pipe.writes) == before + 16


def test_what_is_no_text_takes_all_along_in_order(pipe):
    while not pipe.added or pipe.text() == numbered(pipe.added):
        pipe.add(0.0005)
    pipe.add(0.0, may_wait=False)
    assert pipe.text() == numbered(pipe.added)
    assert isinstance(pipe.writes[-1][-1], ControlToken)


def test_text_of_several_continuations_is_not_mixed(pipe):
    for number in range(1000):
        pipe.add(0.0005, candidate=number % 2)
    pipe.add(0.0, may_wait=False)
    for candidate in range(2):
        expected = "".join(f"{n} " for n in range(candidate, 1000, 2))
        assert pipe.text(candidate) == expected


def test_no_line_becomes_too_long():
    coalescer = Coalescer(lambda: 0.0)
    text = "\u0001" * (MAX_LINE_BYTES // 20)  # six bytes each in JSON
    written = [
        event for _ in range(60) for event in coalescer.add(TextDelta("g", text))
    ]
    assert len(written) == 60
    assert max(len(encode(event)) for event in written) < MAX_LINE_BYTES
