"""Our downloader against curl, from the same server, in one run.

What is measured how is in README.md.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

from app.catalogue.downloads.client import DownloaderClient
from app.catalogue.downloads.messages import Failed, Finished, Job, Listed
from app.catalogue.entries import Site
from benchmarks.downloading.server import REPOSITORY
from benchmarks.downloading.serving import serving
from benchmarks.measure import MeasureError, machine, settle, table

_MB: Final = 1e6
_MIB: Final = 1 << 20
_NAME: Final = "model.gguf"
_HEADER: Final = (
    "server gives",
    "who",
    "MB/s",
    "MB/s to the disk",
    "start to end, s",
    "processor, s",
    "of curl",
    "of curl, to the disk",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One download. Times in seconds.

    Attributes:
        who: "curl", or "ours".
        pace: What the server gives, in bytes a second; 0 is all it can.
        size: Bytes.
        seconds: From the first byte's question to the file's final name.
        to_disk: The same, until the file is on the disk; ours is there by then.
        whole: From the program's start to its end.
        processor: Processor time of the program.
    """

    who: str
    pace: int
    size: int
    seconds: float
    to_disk: float
    whole: float
    processor: float


def need(program: str) -> str:
    """Where a program is.

    Raises:
        MeasureError: It is not there.
    """
    found = shutil.which(program)
    if found is None:
        message = f"{program} is not installed"
        raise MeasureError(message)
    return found


def by_curl(address: str, target: Path, *, pace: int, size: int) -> Fetch:
    """Fetches with curl, which checks nothing."""
    url = f"{address}/{REPOSITORY}/resolve/main/{_NAME}"
    before, start = _processor(), time.perf_counter()
    command = [need("curl"), "-sSf", "-o", str(target), url]
    subprocess.run(command, check=True)  # noqa: S603 -- curl, with our own server
    seconds = time.perf_counter() - start
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return Fetch(
        who="curl",
        pace=pace,
        size=size,
        seconds=seconds,
        to_disk=time.perf_counter() - start,
        whole=seconds,
        processor=_processor() - before,
    )


def by_ours(address: str, folder: Path, *, pace: int, size: int) -> Fetch:
    """Fetches with our downloader, which hashes, syncs and renames."""
    job = Job(
        site=Site.HUGGING_FACE,
        endpoint=address,
        repository=REPOSITORY,
        folder=str(folder),
    )
    before, start = _processor(), time.perf_counter()
    listed = end = start
    with DownloaderClient(job) as client:
        for event in client.events():
            match event:
                case Listed():
                    listed = time.perf_counter()
                case Finished():
                    end = time.perf_counter()
                case Failed(code, detail):
                    message = f"{code}: {detail}"
                    raise MeasureError(message)
    return Fetch(
        who="ours",
        pace=pace,
        size=size,
        seconds=end - listed,
        to_disk=end - listed,
        whole=time.perf_counter() - start,
        processor=_processor() - before,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for files")
    parser.add_argument("--mib", type=int, default=2048, help="size of the file")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--paces",
        type=int,
        nargs="+",
        default=[0, 125_000_000],
        help="what the server gives, in bytes a second; 0 is all it can",
    )
    parser.add_argument("--json", type=Path, help="file for all numbers")
    options = parser.parse_args(arguments)
    source = options.work / "source"
    source.mkdir(parents=True, exist_ok=True)
    _write(source / _NAME, options.mib)
    size = (source / _NAME).stat().st_size
    found = []
    for pace in options.paces:
        with serving(source, pace) as address:
            for number in range(options.runs):
                found += _round(
                    address, options.work, pace=pace, size=size, turn=number
                )
    print(machine())
    print(_report(found))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in found]))
    return 0


def _round(address: str, work: Path, *, pace: int, size: int, turn: int) -> list[Fetch]:
    """Both, one after the other; who is first changes with each round."""
    target, folder = work / "curl.gguf", work / "ours"

    def curl() -> Fetch:
        return by_curl(address, target, pace=pace, size=size)

    def ours() -> Fetch:
        return by_ours(address, folder, pace=pace, size=size)

    fetched = []
    for fetch in (curl, ours) if turn % 2 else (ours, curl):
        target.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        settle()
        fetched.append(fetch())
    target.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return fetched


def _write(path: Path, mib: int) -> None:
    """Makes the file, which lies in the page cache then."""
    piece = os.urandom(_MIB)
    with path.open("wb") as file:
        for number in range(mib):
            file.write(number.to_bytes(8, "big") + piece[8:])


def _report(found: Sequence[Fetch]) -> str:
    rows = []
    for pace in dict.fromkeys(each.pace for each in found):
        for who in ("curl", "ours"):
            mine = [each for each in found if (each.pace, each.who) == (pace, who)]
            peer = [each for each in found if (each.pace, each.who) == (pace, "curl")]
            rows.append(
                (
                    f"{pace / _MB:.0f} MB/s" if pace else "all it can",
                    who,
                    f"{_rate(mine):.0f}",
                    f"{_rate(mine, to_disk=True):.0f}",
                    f"{median(each.whole for each in mine):.2f}",
                    f"{median(each.processor for each in mine):.2f}",
                    f"{_rate(mine) / _rate(peer):.2f}",
                    f"{_rate(mine, to_disk=True) / _rate(peer, to_disk=True):.2f}",
                )
            )
    return table(_HEADER, rows)


def _rate(fetches: Sequence[Fetch], *, to_disk: bool = False) -> float:
    seconds = (each.to_disk if to_disk else each.seconds for each in fetches)
    return fetches[0].size / median(seconds) / _MB


def _processor() -> float:
    """Processor time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
