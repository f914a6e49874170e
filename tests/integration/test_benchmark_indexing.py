"""The benchmark of indexing, in its smallest form: that it measures, not what."""

import sys

import pytest

from benchmarks import indexing
from benchmarks.frames import FRAME, Gap

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        sys.platform != "linux", reason="the benchmarks measure on Linux only"
    ),
]


def test_chatting_is_measured_with_and_without(qapp, home, tmp_path):
    spans = indexing.run(tmp_path / "papers", files=20, rounds=1)
    assert [span.indexing for span in spans] == [True, False]
    for span in spans:
        assert span.answers
        assert span.longest >= span.longest_own > 0
        assert span.dropped >= span.own
        assert span.idle_longest > 0
    lines = indexing.report(spans).splitlines()
    assert [line.split()[1] for line in lines[2:]] == ["indexing", "alone"]


def test_a_frame_is_dropped_when_two_come_late():
    assert Gap(FRAME, 0).dropped == 0
    assert Gap(1.9 * FRAME, 0).dropped == 0
    late = Gap(5.1 * FRAME, 3 * FRAME)
    assert (late.dropped, late.own) == (4, 1)
