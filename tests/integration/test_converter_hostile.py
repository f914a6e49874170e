"""No checkpoint can harm whoever converts it.

Each of some three hundred traps is converted by a process that is watched from within,
by the interpreter's audit hooks: it may read the checkpoint, and that is all. What the
hooks would see is shown with Python's own `pickle`.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from converter.printable import printable
from tests.checkpoints import write_archive, write_checkpoint
from tests.hostile.archives import ARCHIVES, SOUND, pack
from tests.hostile.attacks import ATTACKS
from tests.hostile.folders import FOLDERS
from tests.hostile.nonsense import NONSENSE
from tests.hostile.watch import Job, Result

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the watch reads /proc"
)
ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = "pytorch_model.bin"
NOTHING_RUN = "nothing of it was run"
MEMORY = 600 << 20
CANARY = "canary"


@dataclass(frozen=True)
class Case:
    """A trap.

    Attributes:
        spoil: Lays it in the folder of a sound checkpoint.
        says: Part of the sentence that it must end in.
    """

    spoil: Callable[[Path], object]
    says: str


def pickled(build: Callable[[Path], bytes]) -> Callable[[Path], object]:
    """A sound archive around a pickle."""
    return lambda folder: write_archive(
        folder / WEIGHTS, build(folder / CANARY), {"data/0": bytes(2)}
    )


def written(build: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / WEIGHTS).write_bytes(build())


CASES: Mapping[str, Case] = {
    **{
        f"attack: {name}": Case(pickled(attack.build), NOTHING_RUN)
        for name, attack in ATTACKS.items()
    },
    **{
        f"pickle: {name}": Case(
            pickled(lambda _, build=build: build()),
            "too large" if "60 MB" in name else NOTHING_RUN,
        )
        for name, build in NONSENSE.items()
    },
    **{
        f"archive: {name}": Case(written(build), says)
        for name, (build, says) in ARCHIVES.items()
    },
    **{f"folder: {name}": Case(spoil, says) for name, (spoil, says) in FOLDERS.items()},
}
SOUND_CASES = {
    "as published": Case(lambda _: None, ""),
    "as packed here": Case(written(lambda: pack(SOUND)), ""),
}


@dataclass(frozen=True)
class Outcome:
    """What a trap did.

    Attributes:
        result: What the process says of itself.
        folder: The checkpoint's folder.
        changes: Files that are new, gone or changed, in any folder of the case.
    """

    result: Result
    folder: Path
    changes: set[str]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> Iterator[Mapping[str, Outcome]]:
    """Everything is converted once, in two processes side by side."""
    root = tmp_path_factory.mktemp("hostile")
    sound = write_checkpoint(root / "sound" / "moss")
    jobs = []
    for number, (name, case) in enumerate((SOUND_CASES | CASES).items()):
        place = root / f"{number:03}"
        shutil.copytree(sound, place / "moss")
        (place / "out").mkdir()
        case.spoil(place / "moss")
        jobs.append(
            Job(
                name=name,
                checkpoint=str(place / "moss"),
                target=str(place / "out" / "moss.gguf"),
            )
        )
    before = {job.name: contents(place_of(job)) for job in jobs}
    results = watched(jobs, root / "home")
    assert contents(root / "home") == set()
    yield {
        job.name: Outcome(
            result,
            Path(job.checkpoint),
            {path for path, *_ in before[job.name] ^ contents(place_of(job))},
        )
        for job, result in zip(jobs, results, strict=True)
    }
    shutil.rmtree(root)  # some of them are large


def place_of(job: Job) -> Path:
    """The folder that holds a job's checkpoint and target."""
    return Path(job.checkpoint).parent


def watched(jobs: Sequence[Job], home: Path, *options: str) -> list[Result]:
    """Does the jobs in two processes that know no other place than an empty folder."""
    home.mkdir()
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME"), str(home))
    environment = {**os.environ, **places, "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "tests.hostile.watch", *options)
    shares = [jobs[number::2] for number in range(2)]
    with ExitStack() as stack:
        outputs = [stack.enter_context(TemporaryFile("w+")) for _ in shares]
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    cwd=home,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    text=True,
                )
            )
            for output in outputs
        ]
        for process, share in zip(processes, shares, strict=True):
            process.stdin.write(json.dumps([asdict(job) for job in share]))
            process.stdin.close()
        results = {}
        for process, output, share in zip(processes, outputs, shares, strict=True):
            process.wait()
            output.seek(0)
            done = [Result(**json.loads(line)) for line in output]
            assert len(done) == len(share), f"it ended in {share[len(done)].name!r}"
            results |= {result.name: result for result in done}
    return [results[job.name] for job in jobs]


def contents(folder: Path) -> set[tuple[str, int, int, int]]:
    """All that is in a folder, as far as a change would show."""
    found = set()
    for path in folder.rglob("*"):
        status = path.lstat()
        is_folder = stat.S_ISDIR(status.st_mode)
        size, time = (0, 0) if is_folder else (status.st_size, status.st_mtime_ns)
        found.add((str(path), status.st_mode, size, time))
    return found


@pytest.mark.parametrize("name", SOUND_CASES)
def test_what_is_sound_is_converted_and_nothing_else_done(outcomes, name):
    outcome = outcomes[name]
    assert (outcome.result.code, outcome.result.errors) == (0, "")
    assert outcome.result.events == []
    assert outcome.changes == {str(outcome.folder.parent / "out" / "moss.gguf")}


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_run_and_nothing_left_behind(outcomes, name):
    outcome = outcomes[name]
    assert outcome.result.events == []
    assert outcome.changes == set()


@pytest.mark.parametrize("name", CASES)
def test_it_ends_in_one_sentence(outcomes, name):
    result = outcomes[name].result
    assert result.code in {3, 4}
    assert result.output == ""
    assert result.errors.startswith("error: ")
    assert result.errors.endswith(".\n")
    assert printable(result.errors[:-1]) == result.errors[:-1]
    assert CASES[name].says in result.errors
    assert str(outcomes[name].folder) in result.errors or "layers" in name


@pytest.mark.parametrize("name", CASES)
def test_it_takes_little_memory(outcomes, name):
    baseline = max(outcomes[sound].result.memory for sound in SOUND_CASES)
    assert outcomes[name].result.memory < baseline + MEMORY


@pytest.fixture(scope="module")
def bites(tmp_path_factory) -> Mapping[str, tuple[Result, Path]]:
    """What Python's own `pickle` does with the attacks."""
    root = tmp_path_factory.mktemp("bites")
    jobs = []
    for number, (name, attack) in enumerate(ATTACKS.items()):
        place = root / f"{number:03}"
        place.mkdir()
        file = place / "data.pkl"
        file.write_bytes(attack.build(place / CANARY))
        jobs.append(Job(name=name, checkpoint=str(file), target=""))
    results = watched(jobs, root / "home", "--unpickle")
    return {
        job.name: (result, place_of(job) / CANARY)
        for job, result in zip(jobs, results, strict=True)
    }


@pytest.mark.parametrize("name", ATTACKS)
def test_the_watch_sees_what_pickle_itself_would_do(bites, name):
    result, canary = bites[name]
    event = ATTACKS[name].event
    assert any(seen.startswith(event) for seen in result.events), result
    # Not every attack can, but a shell and a line of Python do.
    assert canary.exists() or event not in {"os.system", "exec"}
