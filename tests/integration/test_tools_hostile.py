"""What the tool process does with what strangers write: its work, its memory."""

import os
import sys
from pathlib import Path

import pytest

from app.domain.tools import Command, Tool, ToolState
from app.plugins.client import ToolClient
from app.plugins.kinds import COMPUTE_LIMITS
from tests.tables import table

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

ROOT = Path(__file__).parents[2]
MEMORY_KB = 256 * 1024
PATIENT = 120.0
HARDLY_MORE = 0.3
"""Seconds of processor time, for reading a command and for how finely it is counted."""


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory_kb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_work_and_memory_are_bounded(monkeypatch):
    monkeypatch.chdir(ROOT)
    with ToolClient() as client:
        first = client.run(Command(Tool.SOLVE, "x+1=2"), PATIENT)
        assert first.result == "x = 1"
        pid = client._child.process.pid
        for tool in (Tool.CALCULATE, Tool.SOLVE):
            for text in (*table("hostile"), *table("endless")):
                before = processor_seconds(pid)
                call = client.run(Command(tool, text), PATIENT)
                assert call.state in {ToolState.DONE, ToolState.FAILED}, text
                spent = processor_seconds(pid) - before
                assert spent <= COMPUTE_LIMITS.seconds + HARDLY_MORE, text
        assert client._child.process.pid == pid
        assert peak_memory_kb(pid) < MEMORY_KB
        last = client.run(Command(Tool.CALCULATE, "1+1"), PATIENT)
        assert last.result == "2"
