"""Converts checkpoints with random damage and watches that nothing worse comes of it.

    python -m tests.hostile.fuzz --seed 1 --case 0 --count 2000

A case is replayed with its seed and its number; `--keep DIR` leaves its files there.
What may come of a case: a whole GGUF, or one sentence and nothing else.
"""

import argparse
import contextlib
import faulthandler
import io
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import IO

from gguf import GGUFReader

from converter.__main__ import main
from converter.gguf_header import read_gguf_header
from converter.printable import printable
from tests.hostile.cases import STOPPED, TARGET, Case, Cases

_LIMIT = 20
"""Seconds after which a case hangs."""
_MEMORY = 1 << 30
_FAILURES = (3, 4, 5)
_SCREEN = os.dup(2)
"""Standard error, which is elsewhere while a case runs."""


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    Attributes:
        seed: The case's seed.
        case: Its number.
        damage: What was done to which checkpoint.
        code: The exit code, or None if there was none.
        problem: What should not have been, or nothing.
        errors: What was said on standard error.
    """

    seed: int
    case: int
    damage: str
    code: int | None
    problem: str
    errors: str


class Hang(BaseException):
    """A case has taken too long; no part of the converter may catch this."""


class Fuzzer:
    """Makes and runs cases in a folder."""

    def __init__(self, place: Path) -> None:
        """Writes what the cases are made from."""
        self._cases = Cases(place)

    def run(self, seed: int, number: int) -> Outcome:
        """Runs a case; the same one whenever it is run."""
        case = self._cases.make(Random(f"{seed} {number}"))
        before = _contents(self._cases.folder)
        code, output, errors = _run(case.arguments)
        problems = list(self._problems(case, code, output, errors=errors))
        if _contents(self._cases.folder) != before:
            problems.append("the source was touched")
        return Outcome(seed, number, case.damage, code, "; ".join(problems), errors)

    def _problems(
        self, case: Case, code: int | None, output: str, *, errors: str
    ) -> Iterator[str]:
        """Yields what should not have been."""
        is_quiet = not {"json", "--json"} & set(case.arguments)
        makes_file = code == 0 and not {"inspect", "--dry-run"} & set(case.arguments)
        left = [path.name for path in self._cases.out.iterdir()]
        if left != [TARGET] * makes_file:
            yield f"{left} was left"
        elif makes_file:
            _check_model(self._cases.out / TARGET)
        if case.damage == STOPPED and self._made() != self._cases.model:
            yield "it did not become what an undisturbed conversion makes"
        said = errors.splitlines()
        if code in _FAILURES:
            last = said.pop() if is_quiet and said else ""
            if is_quiet and not (last.startswith("error: ") and last.endswith(".")):
                yield "the last line is no sentence about an error"
            if not is_quiet and _last_stage(output) != "failed":
                yield "the last object is not about a failure"
        elif code != 0:
            yield f"the exit code is {code}"
        if not all(line.startswith("warning: ") for line in said):
            yield "there is more on standard error than warnings"
        if any(printable(line) != line for line in errors.split("\n")):
            yield "something on standard error is not printable"

    def _made(self) -> bytes:
        path = self._cases.out / TARGET
        return path.read_bytes() if path.exists() else b""


def _last_stage(output: str) -> object:
    return json.loads((output.splitlines() or ["{}"])[-1]).get("stage")


def _check_model(path: Path) -> None:
    """Opens a GGUF with both readers."""
    names = [tensor.name for tensor in GGUFReader(path).tensors]
    assert names == [tensor.name for tensor in read_gguf_header(path).tensors]


def _contents(folder: Path) -> set[tuple[str, int, int]]:
    return {
        (path.name, path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.iterdir()
    }


def _run(arguments: list[str]) -> tuple[int | None, str, str]:
    """Runs the command in this process."""
    output, code = io.StringIO(), None
    with _standard_error() as errors, contextlib.redirect_stdout(output):
        try:
            with _limited(), warnings.catch_warnings(action="error"):
                code = main(arguments)
        except (Exception, Hang, SystemExit):  # noqa: BLE001 -- none may come here
            traceback.print_exc()
        sys.stderr.flush()
        errors.seek(0)
        return code, output.getvalue(), errors.read().decode()


@contextlib.contextmanager
def _standard_error() -> Iterator[IO[bytes]]:
    """Takes all that is said on standard error, by libraries in C too."""
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
        try:
            yield file
        finally:
            os.dup2(_SCREEN, sys.stderr.fileno())


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Ends what takes too long, in Python or, with the process, in C."""

    def expire(*_: object) -> None:
        raise Hang

    faulthandler.dump_traceback_later(2 * _LIMIT, exit=True, file=_SCREEN)
    signal.signal(signal.SIGALRM, expire)
    signal.alarm(_LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tests.hostile.fuzz")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, default=0, help="the first one")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the last case's files")
    parser.add_argument("--json", action="store_true", help="an object for each case")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _work() -> int:
    arguments = _parser().parse_args()
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    totals: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        place = arguments.keep
        if place is None:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fuzzer = Fuzzer(place)
        for case in range(arguments.case, arguments.case + arguments.count):
            outcome = fuzzer.run(arguments.seed, case)
            totals["problem" if outcome.problem else f"exit code {outcome.code}"] += 1
            if arguments.json:
                _say(json.dumps(asdict(outcome)))
            elif outcome.problem or arguments.count == 1:
                _say(f"--seed {outcome.seed} --case {outcome.case}: {outcome.damage}")
                _say(outcome.problem or f"exit code {outcome.code}")
                _say(outcome.errors)
    if not arguments.json:
        _say(str(dict(totals)))
    return int("problem" in totals)


if __name__ == "__main__":
    sys.exit(_work())
