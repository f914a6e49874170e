"""The whole program is killed in the midst of its use, again and again.

`MOSS_TEST_KILLS=200` kills it that often with the echoing engine, and a quarter as
often with the real one; `MOSS_TEST_SEED` chooses other moments. `pytest -s` says what
was under way.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Self

import pytest

from tests.hostile.kills.ledger import Ledger

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL"),
]
ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("MOSS_TEST_KILLS", "10"))
SEED = int(os.environ.get("MOSS_TEST_SEED", "6"))
PROMISED_SECONDS = 0.3
"""Besides, text may be as late as the machine is with everything."""
ALONE_SECONDS = 30


@dataclass
class Run:
    """One run of the program.

    Attributes:
        lines: What it has recorded.
        changed: Told of each line, and of the end.
        ended: Whether nothing more can come.
    """

    seed: int
    model: tuple[str, ...]
    lines: list[dict] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False

    def start(self, home: Path) -> None:
        read, write = os.pipe()
        module = "tests.hostile.kills.window"
        self.log = (home.parent / "window.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, str(self.seed), str(write), *self.model],
            cwd=ROOT,
            env={**os.environ, "MOSS_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        os.close(write)
        self._reader = threading.Thread(target=self._read, args=(read,))
        self._reader.start()

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as record:
            for line in record:
                if line.endswith(b"\n"):
                    with self.changed:
                        self.lines.append(json.loads(line))
                        self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, number: int, what: str, action: str = "") -> None:
        """Waits until so many lines of a kind were recorded, or the end has come."""

        def is_there() -> bool:
            fitting = [
                line
                for line in self.lines
                if line["what"] == what and action in {"", line.get("action")}
            ]
            return self.ended or len(fitting) >= number

        with self.changed:
            assert self.changed.wait_for(is_there, timeout=100), self.lines[-3:]

    def kill(self, *, alone: bool) -> float:
        """Kills the window, or all of its processes; returns when, in seconds."""
        killed = time.monotonic()
        if alone:
            os.kill(self.process.pid, signal.SIGKILL)
        else:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        self.log.close()
        return killed

    def until_no_child_is_left(self) -> None:
        """Children that lose their window end by themselves."""
        deadline = time.monotonic() + ALONE_SECONDS
        rest = threading.Event()
        while time.monotonic() < deadline:
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return
            rest.wait(0.05)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        pytest.fail("a child process went on without its window")


class Machine:
    """How late this machine is with what is due: others may want the processor too."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        due = time.monotonic()
        while not self._over.wait(0.02):
            now = time.monotonic()
            self._late.append((now, now - due - 0.02))
            del self._late[:-500]
            due = now

    def lateness(self, moment: float) -> float:
        """The most that anything was late in the second before a moment."""
        return max((s for at, s in self._late if moment - 1 < at < moment), default=0)


def wait_for_a_moment(run: Run, choose: Random) -> None:
    """Waits for the moment of the kill."""
    rest = threading.Event()
    way = choose.random()
    if way < 0.1:  # in the midst of the start
        rest.wait(choose.uniform(0, 1.5))
        return
    run.wait_for(1, "started")
    if way < 0.5:
        run.wait_for(1, "begin")
        rest.wait(choose.uniform(0, 4))
    elif way < 0.75:  # while something streams
        run.wait_for(choose.randrange(1, 120), "text")
        rest.wait(choose.uniform(0, 0.5))
    else:
        run.wait_for(choose.randrange(1, 12), "begin")
        rest.wait(choose.uniform(0, 0.03))


def kill_once(run: Run, home: Path, choose: Random, *, alone: bool) -> float:
    """Starts the program and kills it at some moment; returns when."""
    run.start(home)
    try:
        wait_for_a_moment(run, choose)
    finally:
        killed = run.kill(alone=alone)
    if alone:
        run.until_no_child_is_left()
    return killed


def kill_again_and_again(home: Path, times: int, *model: str) -> Ledger:
    choose, ledger = Random(SEED), Ledger()
    with Machine() as machine:
        for number in range(times):
            run = Run(choose.randrange(1 << 30), model)
            killed = kill_once(run, home, choose, alone=number % 2 == 1)
            ledger.take(run.lines)
            if (home / "chats.sqlite3").exists():
                lag = ledger.check(home, killed)
                assert lag <= PROMISED_SECONDS + machine.lateness(killed), number
    worst = [f"{1000 * lag:.0f}" for lag in sorted(ledger.lags)[-5:]]
    print(  # noqa: T201
        f"{times} kills amid {dict(ledger.seen)}: {ledger.finished} messages; "
        f"lost {len(ledger.lags)} times, at most {', '.join(worst)} ms"
    )
    return ledger


@pytest.mark.timeout(60 + 30 * KILLS)
def test_nothing_is_lost_when_the_window_is_killed(home):
    home.mkdir()
    ledger = kill_again_and_again(home, KILLS)
    assert ledger.finished > KILLS


@pytest.mark.model
@pytest.mark.timeout(60 + 30 * KILLS)
def test_nothing_is_lost_with_a_real_model(home, demo_gguf):
    home.mkdir()
    ledger = kill_again_and_again(home, max(2, KILLS // 4), str(demo_gguf))
    assert ledger.finished
