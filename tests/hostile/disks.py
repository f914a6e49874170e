"""Converts onto a small disk of its own, and says what is on it afterwards.

`python -m tests.hostile.disks JOB`, where the job is a `Job` in JSON. It has to run
where it may mount: in a mount namespace of its own, as `prefix` makes one.
"""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

_PIPE = 4096
"""Bytes that a process can write to us before it waits for us to read."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to do.

    Attributes:
        disk: An empty folder on which the disk is mounted.
        options: Of the file system, as `mount -o` takes them.
        arguments: Of the converter.
        is_eaten: Whether something else takes all that is free once the converter has
            begun to write.
    """

    disk: str
    options: str
    arguments: Sequence[str]
    is_eaten: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of it.

    Attributes:
        code: The exit code.
        lines: What was said on standard output.
        errors: What was said on standard error.
        left: What is on the disk.
    """

    code: int
    lines: Sequence[str]
    errors: str
    left: Sequence[str]


@cache
def prefix() -> Sequence[str] | None:
    """Returns a command that gives another one mounts of its own; None for none."""
    own = ("unshare", "--mount", "--propagation", "private")
    for command in (own, (*own, "--user", "--map-root-user")):
        try:
            trial = subprocess.run(
                [*command, "mount", "-t", "tmpfs", "none", "/mnt"],
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            return None
        if trial.returncode == 0:
            return command
    return None


def run(job: Job) -> Result:
    """Does a job in a process with mounts of its own."""
    command = (*(prefix() or ()), sys.executable, "-m", "tests.hostile.disks")
    done = subprocess.run(
        [*command, json.dumps(asdict(job))],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Result(**json.loads(done.stdout))


def _work(job: Job) -> Result:
    mount = ("mount", "-t", "tmpfs", "-o", job.options, "none", job.disk)
    subprocess.run(mount, check=True)
    disk = Path(job.disk)
    with subprocess.Popen(
        [sys.executable, "-m", "converter", *job.arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = []
        if job.is_eaten:
            # It cannot end before its lines are read.
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE)
            while not lines or json.loads(lines[-1])["stage"] != "convert":
                lines.append(process.stdout.readline())
            _eat(disk / "other")
        output, errors = process.communicate()
    return Result(
        code=process.returncode,
        lines=[*lines, *output.splitlines()],
        errors=errors,
        left=sorted(str(path.relative_to(disk)) for path in disk.rglob("*")),
    )


def _eat(path: Path) -> None:
    """Writes a file until the disk is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(os.sysconf("SC_PAGE_SIZE"))):
                pass
        except OSError:
            return


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_work(Job(**json.loads(sys.argv[1]))))))
