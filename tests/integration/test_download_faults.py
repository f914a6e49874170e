"""Seeded faults: each ends in a correct file or in a clear state that goes on.

Whatever happens, a file under its final name is the one that the list says.
`MOSS_TEST_DOWNLOAD_FAULTS` says how many of the hundred are tried.
"""

import os
import random
import signal
import sys
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

import pytest

from app.catalogue.downloads import manifest
from app.catalogue.downloads.client import DownloaderClient
from app.catalogue.downloads.keeper import hash_of
from app.catalogue.downloads.messages import (
    Failed,
    Finished,
    Job,
    Listed,
    Patience,
)
from app.catalogue.downloads.values import Digest
from app.catalogue.entries import Site
from app.domain.errors import ErrorCode
from tests.fakes.hub import Fault, Hub, Repository, write_faults
from tests.fakes.killing import kill_soon

ALL = 100
SHARE = int(os.environ.get("MOSS_TEST_DOWNLOAD_FAULTS", "12"))
NAME = "fnlp/moss-test"
WEIGHTS = [f"pytorch_model-0000{n}-of-00002.bin" for n in (1, 2)]
PATIENCE = Patience(
    connect=5, silence=0.4, slow=0.4, tries=6, first_wait=0.01, longest_wait=0.05
)
MOST_RUNS = 8
ON_THE_WAY = {
    ErrorCode.DOWNLOAD_BUSY,
    ErrorCode.DOWNLOAD_LOST,
    ErrorCode.DOWNLOAD_UNREACHABLE,
    ErrorCode.DOWNLOAD_CHANGED,
    ErrorCode.DOWNLOAD_DAMAGED,
    ErrorCode.DOWNLOAD_DISK_FULL,
    ErrorCode.DOWNLOAD_NOT_FOUND,
    ErrorCode.DOWNLOAD_ODD,
    ErrorCode.DOWNLOADER_LOST,
}
"""What may be said before it succeeds; each with words that say what to do."""


class Trouble(Enum):
    """What goes wrong beyond single answers."""

    KILL = auto()
    """The downloader is killed, more than once."""
    FULL = auto()
    """The disk takes no more, for a while."""
    CHANGED = auto()
    """The server has another file than its list says, until it is mended."""
    REPLACED = auto()
    """The file is replaced in the midst of it, in the list too."""


KINDS = [*Fault, *Trouble]


@dataclass
class Scenario:
    """What happens in one download.

    Attributes:
        seed: Makes everything else.
        main: What surely happens.
        faults: What goes wrong with answers.
        kills: How often the downloader is killed.
        pace: Bytes a second, so that there is time to kill it.
    """

    seed: int
    main: Fault | Trouble
    chance: random.Random
    files: dict[str, bytes]
    faults: dict[str, deque] = field(default_factory=dict)
    kills: int = 0
    pace: int = 0

    @classmethod
    def of(cls, seed):
        chance = random.Random(seed)
        files = {
            "config.json": b'{"model_type": "moss"}',
            "pytorch_model.bin.index.json": b"{}" * 700,
            **{name: chance.randbytes(chance.randint(1, 900_000)) for name in WEIGHTS},
        }
        main = KINDS[seed % len(KINDS)]
        found = cls(seed, main, chance, files)
        for name in chance.sample([*files, ""], k=chance.randint(1, 3)):
            faults = chance.choices([*Fault, None], k=chance.randint(1, 3))
            found.faults[name] = deque(faults)
        if isinstance(main, Fault):
            # The drop before it makes sure that the next question is for a range.
            found.faults[WEIGHTS[0]] = deque([Fault.DROP, main, main])
        if main is Trouble.KILL:
            found.kills, found.pace = 5, 600_000
        elif chance.random() < 0.3:
            found.kills, found.pace = 2, 1_500_000
        return found


def limited(most_bytes):
    """The downloader where no file may be larger, as on a full disk."""
    code = (
        "import resource, runpy; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, {most_bytes})); "
        "runpy.run_module('app.catalogue.downloads', run_name='__main__')"
    )
    return [sys.executable, "-c", code]


def run(job, scenario, *, hub, attempt):
    """One start of the downloader; returns its last word."""
    command = None
    if scenario.main is Trouble.FULL and attempt == 0:
        largest = max(map(len, scenario.files.values()))
        command = limited(max(6000, scenario.chance.randint(0, largest)))
    last = None
    with DownloaderClient(job, command=command) as client:
        if attempt < scenario.kills:
            kill_soon(client.process_id, signal.SIGKILL, scenario.chance.uniform(0, 2))
        for event in client.events():
            last = event
            is_listed = isinstance(event, Listed)
            if is_listed and attempt == 0 and scenario.main is Trouble.REPLACED:
                replace(hub, scenario)
    return last


def replace(hub, scenario):
    """Another commit, while the old one is being downloaded."""
    name = scenario.chance.choice(WEIGHTS)
    hub.repositories[NAME].files[name] = scenario.chance.randbytes(
        scenario.chance.choice([len(scenario.files[name]), 300_000])
    )


def check_final_names(folder, seed):
    """Whatever has its final name is what the list says."""
    found = manifest.load(folder)
    for file in found.files if found is not None else ():
        path = folder / file.path
        if path.exists() and file.digest is not Digest.NONE:
            assert hash_of(path, file.remote) == file.hash, (seed, file.path)


@pytest.mark.skipif(sys.platform == "win32", reason="limits files as POSIX does")
@pytest.mark.parametrize("seed", range(0, ALL, max(1, ALL // max(1, SHARE))))
def test_faults(seed, tmp_path):
    scenario = Scenario.of(seed)
    site = scenario.chance.choice([*Site])
    repository = Repository(dict(scenario.files))
    folder = tmp_path / "moss"
    told = f"seed {seed}, {scenario.main.name}: {write_faults(scenario.faults)}"
    with Hub({NAME: repository}, faults=scenario.faults) as hub:
        if scenario.main is Trouble.CHANGED:
            wrong = scenario.chance.randbytes(len(scenario.files[WEIGHTS[0]]))
            repository.served[WEIGHTS[0]] = wrong
        job = Job(
            site=site,
            endpoint=hub.endpoint,
            repository=NAME,
            folder=str(folder),
            connections=scenario.chance.randint(1, 3),
            pace=scenario.pace,
            patience=PATIENCE,
        )
        for attempt in range(MOST_RUNS):
            last = run(job, scenario, hub=hub, attempt=attempt)
            check_final_names(folder, seed)
            if isinstance(last, Finished):
                break
            assert isinstance(last, Failed), told
            assert last.code in ON_THE_WAY, (told, last)
            repository.served.clear()
        assert isinstance(last, Finished), (told, last)
        for name, contents in repository.files.items():
            assert (folder / name).read_bytes() == contents, (told, name)
        assert not list(folder.rglob("*.part*")), told


def test_every_kind_of_fault_has_its_turn():
    assert len(KINDS) <= ALL
    assert {Scenario.of(seed).main for seed in range(ALL)} == {*KINDS}
