"""Runs both converters on the two forms of one model, under equal conditions."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.conversion.results import Trial, Way
from benchmarks.conversion.size import Size
from benchmarks.measure import (
    Usage,
    cool,
    measured,
    need_space,
    seconds_to_disk,
    settle,
    warm,
)

_ROOT = Path(__file__).parents[2]
VOCABULARY = Path("models/ggml-vocab-gpt-2.gguf")
SCRIPT = Path("convert_hf_to_gguf.py")
"""Files in llama.cpp's source tree."""
_DIRECT = {"Q8_0"}
"""Types that the peer's converter can write by itself."""
# What lies on the disk at once, in models of float16: both twins; then the peer's f16
# and three files of at most 8.5 bits a weight.
_TWINS = 2
_FILES = 1 + 3 * 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure.

    Attributes:
        sizes: Shapes of the models.
        kinds: Types to convert into.
        runs: How often to measure each.
        llama_cpp: Folder of llama.cpp's source.
        python: Interpreter that has torch and transformers, for the peer.
        is_cold: Whether the checkpoints are on the disk only, instead of in memory.
        work: Folder for everything written.
    """

    sizes: tuple[Size, ...]
    kinds: tuple[str, ...]
    runs: int
    llama_cpp: Path
    python: Path
    is_cold: bool
    work: Path


class Arena:
    """Both converters on the two forms of one model."""

    def __init__(self, plan: Plan, size: Size) -> None:
        """Remembers where everything is; `prepare` writes the model."""
        self._plan = plan
        self._size = size
        self._models = plan.work / f"{size.width}x{size.layers}"
        self._phi2 = self._models / "phi-2"
        self._codegen = self._models / "moss-moon-003-base"
        self._half = plan.work / "peer-f16.gguf"

    def prepare(self) -> None:
        """Writes the model unless a run before has, and starts each program once."""
        is_new = not self._models.is_dir()
        models = _FILES + _TWINS * is_new
        need_space(self._plan.work, int(models * self._size.weights))
        if is_new:
            unfinished = self._models.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            self._run_module(
                "benchmarks.conversion.twins",
                unfinished,
                json.dumps(asdict(self._size)),
                self._plan.llama_cpp / VOCABULARY,
            )
            unfinished.rename(self._models)
        self._run_peer(self._phi2, "--vocab-only", "--outfile", self._half)
        self._run_module("converter", self._codegen, self._half, "--dry-run", "--force")

    def round(self, number: int) -> Iterator[Trial]:
        """Yields the trials of one round.

        Who is first changes with each round, so that neither always follows the other.

        Args:
            number: Of the round, from 0.
        """
        first = self._convert_peer(self._half, "f16")
        for kind in self._plan.kinds:
            ways = [Way.OURS, Way.TWO_STEPS] + [Way.DIRECT] * (kind in _DIRECT)
            files = {way: self._plan.work / f"{way.name.lower()}.gguf" for way in ways}
            for way in ways if number % 2 == 0 else reversed(ways):
                last = self._make(way, files[way], kind)
                written = files[way].stat().st_size
                if way is Way.TWO_STEPS:
                    written += self._half.stat().st_size
                yield Trial(
                    layers=self._size.layers,
                    kind=kind,
                    way=way,
                    steps=(first, last) if way is Way.TWO_STEPS else (last,),
                    to_disk=seconds_to_disk(files[way]),
                    written=written,
                )
            if number == 0:
                for way in ways[1:]:
                    compare = "benchmarks.conversion.compare"
                    self._run_module(compare, files[Way.OURS], files[way])
            for file in files.values():
                file.unlink()
        self._half.unlink()

    def _make(self, way: Way, target: Path, kind: str) -> Usage:
        """Makes a file; of two steps only the second."""
        target.unlink(missing_ok=True)  # of a run that was stopped
        match way:
            case Way.OURS:
                self._start(self._codegen)
                return self._run_module(
                    "converter", self._codegen, target, "--type", kind
                )
            case Way.TWO_STEPS:
                # The f16 file is in memory as far as the first step has left it there.
                settle()
                quantize = "benchmarks.conversion.quantize_peer"
                return self._run_module(quantize, self._half, target, kind)
            case Way.DIRECT:
                return self._convert_peer(target, kind.lower())

    def _convert_peer(self, target: Path, kind: str) -> Usage:
        self._start(self._phi2)
        return self._run_peer(self._phi2, "--outtype", kind, "--outfile", target)

    def _start(self, checkpoint: Path) -> None:
        """Makes the start the same for everybody."""
        settle()
        (cool if self._plan.is_cold else warm)(checkpoint.iterdir())

    def _run_module(self, module: str, *arguments: str | Path) -> Usage:
        return measured(
            [sys.executable, "-m", module, *arguments],
            log=self._plan.work / "log.txt",
            environment={"PYTHONPATH": str(_ROOT)},
        )

    def _run_peer(self, *arguments: str | Path) -> Usage:
        return measured(
            [self._plan.python, self._plan.llama_cpp / SCRIPT, *arguments],
            log=self._plan.work / "log.txt",
            environment={"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"},
        )
