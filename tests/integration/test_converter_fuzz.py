"""Two thousand damaged checkpoints: each becomes a whole GGUF or ends in a sentence."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests.hostile.cases import BASES, GGUF, IMATRIX, MUTATIONS, STOPPED, TENSORS

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the watch needs SIGALRM and RLIMIT_DATA"
)
ROOT = Path(__file__).resolve().parents[2]
SEED = 20230421
CASES = 2000
SHARES = 2
REPLAY = (sys.executable, "-m", "tests.hostile.fuzz", "--seed", str(SEED))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> Sequence[dict]:
    """What came of all cases, which are run in processes side by side."""
    place = tmp_path_factory.mktemp("fuzz")
    size = CASES // SHARES
    with ExitStack() as stack:
        processes = []
        for number in range(SHARES):
            output = stack.enter_context(TemporaryFile("w+"))
            share = ("--case", str(number * size), "--count", str(size))
            command = (*REPLAY, "--json", *share, "--keep", place / str(number))
            process = subprocess.Popen(command, cwd=ROOT, stdout=output)
            processes.append((stack.enter_context(process), output))
        found = []
        for number, (process, output) in enumerate(processes, 1):
            process.wait()
            output.seek(0)
            found += map(json.loads, output)
            culprit = f"{' '.join(REPLAY)} --case {len(found)} ended the process"
            assert len(found) == number * size, culprit
    return found


def test_each_case_ends_well(outcomes):
    bad = [
        f"{' '.join(REPLAY)} --case {outcome['case']}: {outcome['damage']}: "
        f"{outcome['problem']}\n{outcome['errors']}"
        for outcome in outcomes
        if outcome["problem"]
    ]
    assert not bad, "\n".join(bad)


def test_the_damage_is_of_every_kind(outcomes):
    kinds = Counter(outcome["damage"] for outcome in outcomes)
    for kind in (GGUF, IMATRIX, STOPPED, *BASES, *MUTATIONS, TENSORS):
        count = sum(kinds[damage] for damage in kinds if kind in damage)
        assert count > CASES / 40, kind


def test_the_damage_is_neither_too_little_nor_too_much(outcomes):
    codes = Counter(outcome["code"] for outcome in outcomes)
    assert codes[3] > CASES / 2
    assert codes[4] > CASES / 200
    assert codes[0] > CASES / 10
    sentences = {outcome["errors"].rsplit(": ", 1)[-1] for outcome in outcomes}
    assert len(sentences) > CASES / 10


def test_a_case_is_the_same_whenever_it_is_run(outcomes, tmp_path):
    command = (*REPLAY, "--json", "--count", "20", "--keep", tmp_path / "again")
    again = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    first = [(outcome["damage"], outcome["code"]) for outcome in outcomes[:20]]
    second = map(json.loads, again.stdout.splitlines())
    assert first == [(outcome["damage"], outcome["code"]) for outcome in second]
