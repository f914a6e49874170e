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
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from gguf import GGUFReader

from converter.__main__ import main
from converter.convert import Request, convert
from converter.errors import Interrupted
from converter.gguf_header import read_gguf_header
from converter.printable import printable
from converter.progress import Silent
from tests import llama_checkpoints
from tests.checkpoints import (
    TINY,
    Arrays,
    Gptq,
    gptq_tensors,
    masks,
    random_tensors,
    write_checkpoint,
    write_gptq_checkpoint,
)
from tests.hostile import damage, damage_weights
from tests.imatrices import entry, random_sums, write_imatrix
from tests.llama_checkpoints import llama_tensors, rotary_buffers, write_llama

_LIMIT = 20
"""Seconds after which a case hangs."""
_MEMORY = 1 << 30
_INT4 = Gptq(group_size=32)
_INT8 = Gptq(bits=8, group_size=32, activation_order=True)
_TYPES = (
    "F32",
    "F16",
    "BF16",
    "Q8_0",
    "Q4_0",
    "Q4_1",
    "Q5_1",
    "Q4_K_M",
    "Q2_K",
    "IQ4_NL",
)
_FAILURES = (3, 4, 5)
_GGUF = "gguf"
_IMATRIX = "imatrix"
_STOPPED = "stopped"
_TENSORS = "tensors"
_TARGET = "moss.gguf"


MUTATIONS: Mapping[str, Callable[[Random, Path], None]] = {
    "bytes": damage.damage_bytes,
    "length": damage.cut_off,
    "files": damage.lose_file,
    "json": damage.change_json,
    "config": damage.change_config,
    "tokenizer": damage.change_tokenizer,
    "header": damage_weights.change_header,
    "pickle": damage_weights.change_pickle,
    "archive": damage_weights.change_archive,
}
"""By name; each works on a sound checkpoint."""
_ANYWHERE = ("bytes", "length", "files")
"""Those that work on a damaged one too."""


@dataclass(frozen=True)
class Base:
    """A sound checkpoint.

    Attributes:
        write: Writes it into a folder.
        arrays: Returns its tensors.
    """

    write: Callable[[Path], object]
    arrays: Callable[[], Arrays]


def _dense() -> Arrays:
    return random_tensors(TINY) | masks(TINY)


BASES: Mapping[str, Base] = {
    "single": Base(write_checkpoint, _dense),
    "sharded": Base(lambda f: write_checkpoint(f, layout="sharded"), _dense),
    "safetensors": Base(lambda f: write_checkpoint(f, layout="safetensors"), _dense),
    "safetensors-sharded": Base(
        lambda f: write_checkpoint(f, layout="safetensors-sharded", dtype="bfloat16"),
        _dense,
    ),
    "int4": Base(
        lambda f: write_gptq_checkpoint(f, _INT4, shape=TINY),
        lambda: gptq_tensors(TINY, _INT4)[0] | masks(TINY),
    ),
    "int8": Base(
        lambda f: write_gptq_checkpoint(f, _INT8, shape=TINY, layout="safetensors"),
        lambda: gptq_tensors(TINY, _INT8)[0] | masks(TINY),
    ),
    "llama": Base(
        lambda f: write_llama(f, layout="safetensors"),
        lambda: llama_tensors(llama_checkpoints.TINY),
    ),
    "moss-base-7b": Base(
        lambda f: write_llama(f, form="moss", layout="sharded"),
        lambda: (
            llama_tensors(llama_checkpoints.TINY)
            | rotary_buffers(llama_checkpoints.TINY)
        ),
    ),
}


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
        """Writes the sound checkpoints."""
        self._bases = place / "bases"
        self._folder, self._out = place / "moss", place / "out"
        for name, base in BASES.items():
            base.write(self._bases / name)
        self._arrays = {name: base.arrays() for name, base in BASES.items()}
        model = place / "sound.gguf"
        assert main([str(self._bases / "single"), str(model)]) == 0
        self._model = model.read_bytes()
        self._numbers = damage_weights.numbers_in(model)
        self._imatrix = place / "imatrix.gguf"
        names = ("blk.0.attn_qkv", "blk.0.ffn_up", "output")
        sums = {f"{name}.weight": entry(random_sums(TINY.width)) for name in names}
        write_imatrix(self._imatrix, sums)
        self._sound_imatrix = self._imatrix.read_bytes()
        self._imatrix_numbers = damage_weights.numbers_in(self._imatrix)
        self._halves = _stopped(self._bases / "single", place / "half")

    def run(self, seed: int, case: int) -> Outcome:
        """Runs a case; the same one whenever it is run."""
        random = Random(f"{seed} {case}")
        for folder in (self._folder, self._out):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        what, arguments = self._damage(random)
        before = _contents(self._folder)
        code, output, errors = _run(arguments)
        problems = list(self._problems(arguments, code, output, errors=errors))
        if what == _STOPPED and not problems and self._made() != self._model:
            problems.append("it did not become what an undisturbed conversion makes")
        if _contents(self._folder) != before:
            problems.append("the source was touched")
        return Outcome(seed, case, what, code, "; ".join(problems), errors)

    def _damage(self, random: Random) -> tuple[str, list[str]]:
        """Damages something; returns what, and the arguments to run."""
        match random.randrange(20):
            case 0 | 1 | 2:
                return _GGUF, self._damage_gguf(random)
            case 3:
                return _IMATRIX, self._damage_imatrix(random)
            case 4:
                return _STOPPED, self._damage_half(random)
            case _:
                return self._damage_checkpoint(random)

    def _damage_gguf(self, random: Random) -> list[str]:
        """A model to look at."""
        path = self._folder / "model.gguf"
        data = damage_weights.change_gguf(random, self._model, self._numbers)
        path.write_bytes(data)
        return ["inspect", str(path), *random.choice(([], ["--json"]))]

    def _damage_imatrix(self, random: Random) -> list[str]:
        """An importance matrix for a sound checkpoint."""
        self._link("single")
        data = damage_weights.change_gguf(
            random, self._sound_imatrix, self._imatrix_numbers
        )
        self._imatrix.write_bytes(data)
        return [*self._command(random), "--imatrix", str(self._imatrix)]

    def _damage_half(self, random: Random) -> list[str]:
        """What a stopped conversion of a sound checkpoint has left."""
        self._link("single")
        for name, data in self._halves.items():
            if random.random() < 0.9:
                is_damaged = random.random() < 0.5
                data = damage.damaged(random, data) if is_damaged else data
                (self._out / name).write_bytes(data)
        return [str(self._folder), str(self._out / _TARGET), "--threads", "1"]

    def _damage_checkpoint(self, random: Random) -> tuple[str, list[str]]:
        base = random.choice(list(BASES))
        self._link(base)
        names = [random.choice([*MUTATIONS, _TENSORS])]
        if names == [_TENSORS]:
            damage_weights.change_tensors(random, self._folder, self._arrays[base])
        else:
            MUTATIONS[names[0]](random, self._folder)
        if random.random() < 0.2:
            names.append(random.choice(_ANYWHERE))
            MUTATIONS[names[1]](random, self._folder)
        command = self._command(random)
        if random.random() < 0.1:
            command = ["inspect", command[0], *random.choice(([], ["--json"]))]
        return f"{base}: {' and '.join(names)}", command

    def _link(self, base: str) -> None:
        for path in (self._bases / base).iterdir():
            os.link(path, self._folder / path.name)

    def _command(self, random: Random) -> list[str]:
        kind = random.choice((None, *_TYPES))
        options = ["--threads", "1", *(("--type", kind) if kind else ())]
        options += random.choice([["--dry-run"], ["--progress", "json"], *[[]] * 10])
        return [str(self._folder), str(self._out / _TARGET), *options]

    def _made(self) -> bytes:
        path = self._out / _TARGET
        return path.read_bytes() if path.exists() else b""

    def _problems(
        self, arguments: list[str], code: int | None, output: str, *, errors: str
    ) -> Iterator[str]:
        """Yields what should not have been."""
        is_quiet = not {"json", "--json"} & set(arguments)
        makes_file = code == 0 and not {"inspect", "--dry-run"} & set(arguments)
        left = [path.name for path in self._out.iterdir()]
        if left != [_TARGET] * makes_file:
            yield f"{left} was left"
        elif makes_file:
            _check_model(self._out / left[0])
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


def _last_stage(output: str) -> object:
    return json.loads((output.splitlines() or ["{}"])[-1]).get("stage")


class _Stopper(Silent):
    """Stops a conversion when half of it is written."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())

    def advanced(self, tensor: str, done: int, total: int) -> None:
        if done > total / 2:
            raise Interrupted


def _stopped(checkpoint: Path, out: Path) -> Mapping[str, bytes]:
    """Returns the files that a stopped conversion leaves."""
    out.mkdir()
    request = Request(checkpoint=checkpoint, target=out / _TARGET, threads=1)
    with contextlib.suppress(Interrupted):
        convert(request, _Stopper())
    files = {path.name: path.read_bytes() for path in sorted(out.iterdir())}
    assert len(files) == 2, files.keys()
    return files


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
    output, errors = io.StringIO(), io.StringIO()
    code = None
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            with _limited(), warnings.catch_warnings(action="error"):
                code = main(arguments)
        except (Exception, Hang, SystemExit):  # noqa: BLE001 -- none may come here
            traceback.print_exc()
    return code, output.getvalue(), errors.getvalue()


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Ends what takes too long, in Python or, with the process, in C."""

    def expire(*_: object) -> None:
        raise Hang

    faulthandler.dump_traceback_later(2 * _LIMIT, exit=True, file=sys.__stderr__)
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
