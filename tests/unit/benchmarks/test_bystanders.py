"""Rounds that others disturbed: on a machine that is made up."""

import subprocess
import sys

import pytest

from benchmarks.bystanders import Bystanders, own_seconds, system_seconds


class Machine:
    """A clock and an account of processor time.

    Attributes:
        others: Parts of a core that others have in the rounds to come.
        rounds: How many were done.
        pauses: How often somebody waited for a quiet moment.
    """

    def __init__(self, others):
        self.others = list(others)
        self.rounds = self.pauses = 0
        self._now = self._system = self._own = 0.0

    def bystanders(self, repeats, *, known=True):
        return Bystanders(
            7,
            repeats=repeats,
            system=lambda: self._system if known else None,
            own=lambda processes: self._own if processes == (7,) else 0.0,
            clock=lambda: self._now,
            pause=self._pause,
        )

    def work(self):
        """A round of one second on two cores; returns its number."""
        self._pass(1.0, own=2.0, others=self.others[self.rounds])
        self.rounds += 1
        return self.rounds

    def _pause(self, seconds):
        self.pauses += 1
        self._pass(seconds, own=0.0, others=0.0 if self.pauses > 3 else 1.0)

    def _pass(self, seconds, *, own, others):
        self._now += seconds
        self._own += own
        self._system += own + others * seconds


def test_a_disturbed_round_is_done_again():
    machine = Machine([0.5, 0.2, 0.01])
    bystanders = machine.bystanders(10)
    assert bystanders.kept_out(machine.work) == 3
    assert machine.rounds == 3
    assert bystanders.most == pytest.approx(0.01)


def test_the_least_disturbed_counts_when_none_was_quiet():
    machine = Machine([0.5, 0.2, 0.3])
    bystanders = machine.bystanders(2)
    assert bystanders.kept_out(machine.work) == 2
    assert bystanders.most == pytest.approx(0.2)


def test_a_quiet_moment_is_waited_for():
    machine = Machine([0.0])
    machine.bystanders(1).kept_out(machine.work)
    assert machine.pauses == 5  # three disturbed ones, and two in a row that are not


def test_nothing_is_waited_for_or_repeated_unless_wanted():
    machine = Machine([0.5])
    bystanders = machine.bystanders(0)
    assert bystanders.kept_out(machine.work) == 1
    assert (machine.pauses, bystanders.most) == (0, pytest.approx(0.5))


def test_a_system_that_says_nothing_disturbs_nothing():
    machine = Machine([0.5])
    bystanders = machine.bystanders(5, known=False)
    assert bystanders.kept_out(machine.work) == 1
    assert bystanders.most is None


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux only")
def test_the_time_of_another_process_is_its_own():
    code = "sum(range(10**7)); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        before = own_seconds(())
        both = own_seconds((process.pid,))
        assert both - before > 0.01
        total = system_seconds()
        assert total is None or total > both - before
        process.stdin.close()
