"""Conversion while downloading, against the longer of the two alone, in one run.

What is measured how is in README.md.
"""

import argparse
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

from app.catalogue.entries import Site
from app.catalogue.requests import Conversion, Preferred, Request
from app.catalogue.tokens import TokenStore
from app.cli.download_run import DownloadRun
from app.services.arriving import Stage, peak
from app.services.download_state import Phase
from benchmarks.downloading.server import REPOSITORY
from benchmarks.downloading.serving import serving
from benchmarks.measure import MeasureError, machine, need_space, settle, table
from tests.checkpoints import Shape, write_checkpoint

_MB: Final = 1e6
_WIDTH: Final = 2048
_LOOK: Final = 0.01
_HEADER: Final = (
    "server gives",
    "download, s",
    "conversion, s",
    "both at once, s",
    "of the longer",
    "peak on the disk, MB",
    "promised, MB",
    "one after the other, MB",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """One round. Seconds, and bytes on the disk.

    Attributes:
        pace: What the server gives, in bytes a second; 0 is all it can.
        download: The download alone.
        conversion: The conversion of what was downloaded, alone.
        both: Both at once, from the first question to the GGUF.
        peak: Most that lay on the disk meanwhile, result included.
        promised: What was said beforehand that it would be.
        apart: What it takes one after the other.
    """

    pace: int
    download: float
    conversion: float
    both: float
    peak: int
    promised: int
    apart: int


class Disk(threading.Thread):
    """Looks how much lies in a folder, a hundred times a second.

    Attributes:
        most: Bytes on the disk; holes in files take none.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder = folder
        self._over = threading.Event()
        self.most = 0

    def run(self) -> None:
        """Looks until it is stopped."""
        while not self._over.wait(_LOOK):
            self.most = max(self.most, _on_disk(self._folder))

    def stop(self) -> int:
        """Ends the looking; returns what was seen."""
        self._over.set()
        self.join()
        return self.most


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for files")
    parser.add_argument("--layers", type=int, default=14, help="100 MB each")
    parser.add_argument("--type", default="Q4_0")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--paces", type=int, nargs="+", default=[0, 200_000_000, 60_000_000]
    )
    parser.add_argument("--json", type=Path, help="file for all numbers")
    options = parser.parse_args(arguments)
    source = options.work / "source"
    if not source.exists():
        options.work.mkdir(parents=True, exist_ok=True)
        need_space(options.work, options.layers * 400_000_000)
        shape = Shape(
            width=_WIDTH, layers=options.layers, heads=16, rotary=64, context=64
        )
        write_checkpoint(source, shape=shape, layout="sharded")
    found = []
    for pace in options.paces:
        with serving(source, pace) as address:
            found += [
                _round(address, options.work, pace=pace, kind=options.type)
                for _ in range(options.runs)
            ]
    print(machine())
    print(table(_HEADER, [_row(found, pace) for pace in options.paces]))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in found]))
    return 0


def _round(address: str, work: Path, *, pace: int, kind: str) -> Times:
    request = Request(Site.HUGGING_FACE, address, REPOSITORY)
    place = work / "round"
    shutil.rmtree(place, ignore_errors=True)
    settle()
    start = time.perf_counter()
    run = _run(place, request, None)
    download = time.perf_counter() - start
    if run.download is None or run.download.phase is not Phase.DONE:
        message = "the download failed"
        raise MeasureError(message)
    alone = place / "alone.gguf"
    settle()
    start = time.perf_counter()
    command = [sys.executable, "-m", "converter", place / request.folder, alone]
    subprocess.run(  # noqa: S603 -- our own converter
        [*map(str, command), "--type", kind, "--progress", "none"], check=True
    )
    conversion = time.perf_counter() - start
    apart, result = _on_disk(place), alone.stat().st_size
    expected = alone.read_bytes()
    weights = [p.stat().st_size for p in (place / request.folder).glob("*.bin")]
    shutil.rmtree(place)
    settle()
    disk = Disk(place)
    disk.start()
    start = time.perf_counter()
    target = place / "moss.gguf"
    place.mkdir()
    run = _run(place, request, Conversion(str(target), kind))
    both = time.perf_counter() - start
    if run.conversion is None or run.conversion.stage is not Stage.DONE:
        message = "the conversion failed"
        raise MeasureError(message)
    if target.read_bytes() != expected:
        message = "the results differ"
        raise MeasureError(message)
    times = Times(
        pace=pace,
        download=download,
        conversion=conversion,
        both=both,
        peak=disk.stop(),
        promised=peak(weights, result, delete_used=True),
        apart=apart,
    )
    shutil.rmtree(place)
    return times


def _run(place: Path, request: Request, conversion: Conversion | None) -> DownloadRun:
    run = DownloadRun(place, TokenStore(), preferred=Preferred(), name=request.folder)
    run.until_done(request, conversion)
    return run


def _on_disk(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


def _row(found: Sequence[Times], pace: int) -> tuple[str, ...]:
    mine = [each for each in found if each.pace == pace]
    longer = [max(each.download, each.conversion) for each in mine]
    return (
        f"{pace / _MB:.0f} MB/s" if pace else "all it can",
        f"{median(each.download for each in mine):.1f}",
        f"{median(each.conversion for each in mine):.1f}",
        f"{median(each.both for each in mine):.1f}",
        f"{median(e.both / m for e, m in zip(mine, longer, strict=True)):.2f}",
        f"{max(each.peak for each in mine) / _MB:.0f}",
        f"{mine[0].promised / _MB:.0f}",
        f"{mine[0].apart / _MB:.0f}",
    )


if __name__ == "__main__":
    sys.exit(main())
