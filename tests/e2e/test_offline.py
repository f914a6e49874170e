"""Without a network tool no process of the program opens an inet socket.

The kernel is asked: strace sees every socket of the window and of all its children,
whatever library or language opens it.
"""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.fakes.http_server import ScriptedServer

SESSION = "tests/e2e/offline_session.py"
CHILDREN = {
    "app.engine",
    "app.plugins",
    "app.plugins.documents",
    "converter",
}
RESULTS = {"results": [{"title": "T", "url": "https://a.example/", "content": "Moss."}]}


def _strace(*command, trace, **options):
    calls = "trace=%network,execve"
    tracer = ["strace", "-f", "--seccomp-bpf", "-e", calls, "-s", "400", "-o", trace]
    return subprocess.run(
        [*tracer, *command], check=False, capture_output=True, **options
    )


@pytest.fixture
def traced(tmp_path):
    """Runs one session; gives what was asked of the kernel, a line a call."""
    trace = tmp_path / "trace"
    if not shutil.which("strace"):
        pytest.skip("strace is not installed, and nothing else sees all processes")
    if _strace(sys.executable, "-c", "", trace=trace).returncode:
        pytest.skip("strace may not trace processes here")

    def run(session, **environment):
        ended = _strace(
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"),
            *(f"{SESSION}::{session}", f"--basetemp={tmp_path / 'session'}"),
            trace=trace,
            env={**os.environ, **environment},
            cwd=ROOT,
            encoding="utf-8",
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return trace.read_text("utf-8").splitlines()

    return run


def children(trace):
    """The modules that were started."""
    started = [re.search(r'execve\(.*"-m", "([\w.]+)"', line) for line in trace]
    return {match[1] for match in started if match} - {"pytest"}


def inet(trace):
    """What has to do with sockets that lead out of this computer."""
    return [line for line in trace if "AF_INET" in line]


@pytest.mark.e2e
@pytest.mark.model
@pytest.mark.parametrize("platform", ["offscreen", "xcb"])
def test_a_whole_session_opens_no_inet_socket(traced, platform, request):
    here = {"QT_QPA_PLATFORM": platform}
    if platform == "xcb":
        here["DISPLAY"] = request.getfixturevalue("display")
    trace = traced("test_without_network_tools", **here)
    assert children(trace) >= CHILDREN
    assert any(".X11-unix" in line for line in trace) is (platform == "xcb")
    assert inet(trace) == []


@pytest.mark.e2e
@pytest.mark.model
def test_a_tool_that_asks_a_server_is_seen(traced):
    """The trace would show it: the one connection that the user allowed, no other."""
    with ScriptedServer({"/search": lambda answer: answer.json(RESULTS)}) as server:
        trace = traced("test_with_a_network_tool", MOSS_TEST_SEARXNG=server.address)
        assert server.paths() == ["/search?q=blue+whale&format=json"]
    seen = inet(trace)
    connected = [line for line in seen if " connect(" in line]
    assert len(connected) == 1
    assert f"sin_port=htons({server.port})" in connected[0]
    assert 'inet_addr("127.0.0.1")' in connected[0]
