"""The benchmark of the window, in its smallest form: that it measures, not what."""

import sys

import pytest

from benchmarks import window

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        sys.platform != "linux", reason="the benchmarks measure on Linux only"
    ),
]
SMALL = window.Plan(
    starts=1,
    rounds=1,
    tokens=20,
    chats=(2, 4, 40),
    replies=(100, 1000),
    archive=200,
    searches=1,
)


def test_everything_is_measured(qapp, home, tmp_path, monkeypatch):
    monkeypatch.setattr(window.starting, "_IDLE_SECONDS", 1.0)
    measures = window.run(SMALL, tmp_path)
    assert len(measures) == 8
    assert all(measure.ours > 0 for measure in measures)
    assert len(window.report(measures).splitlines()) == 10


def test_a_ratio_is_met_or_not():
    assert window.Measure("", 3.0, 2.0, 1.5).is_met
    assert not window.Measure("", 3.1, 2.0, 1.5).is_met
    assert window.Measure("", 0.03, 0, 0.03).is_met
