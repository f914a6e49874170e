"""The window: its start, its memory, streaming, long chats, searches, in one run.

What is measured how is in README.md.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app import paths
from benchmarks.frames import Gap
from benchmarks.measure import machine, table
from benchmarks.windowing import chats, searching, starting
from benchmarks.windowing.opening import open_chat
from benchmarks.windowing.program import Program, program
from benchmarks.windowing.streaming import stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured.

    Attributes:
        starts: Of each window.
        rounds: Of streaming and opening.
        tokens: That are streamed each time.
        chats: Messages of a short, a middling and a long chat.
        replies: Characters of a short and a long reply.
        archive: Messages that are searched.
        searches: Of each query.
    """

    starts: int = 9
    rounds: int = 5
    tokens: int = 300
    chats: tuple[int, int, int] = (10, 100, 10_000)
    replies: tuple[int, int] = (1_000, 32_000)
    archive: int = 100_000
    searches: int = 20


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that was measured.

    Attributes:
        what: What it is.
        ours: Its value, in seconds or bytes.
        base: What it is compared with; 0 where `most` is no ratio.
        most: What may be reached.
    """

    what: str
    ours: float
    base: float
    most: float

    @property
    def value(self) -> float:
        """What must not be more than `most`."""
        return self.ours / self.base if self.base else self.ours

    @property
    def is_met(self) -> bool:
        """Whether it is not."""
        return self.value <= self.most


def run(plan: Plan, work: Path) -> list[Measure]:
    """Measures everything, and says on standard error how far it is."""
    return [
        *_starts(plan, work / "starts"),
        *_chats(plan, work / "chats"),
        *_search(plan, work / "searched.sqlite3"),
    ]


def _starts(plan: Plan, home: Path) -> Iterator[Measure]:
    _say("starts")
    modules = (starting.EMPTY, starting.OURS)
    for module in modules:  # bytecode, the demo model, the page cache
        starting.start(module, home, idle=True)
    times: dict[str, list[float]] = {module: [] for module in modules}
    for _ in range(plan.starts):
        for module in modules:
            times[module].append(starting.start(module, home).usable)
    empty, ours = (statistics.median(times[module]) for module in modules)
    yield Measure("start until usable / an empty window", ours, empty, 1.5)
    empty, ours = (starting.start(m, home, idle=True).memory for m in modules)
    yield Measure("memory when idle / an empty window", ours, empty, 1.6)


def _chats(plan: Plan, home: Path) -> Iterator[Measure]:
    os.environ["MOSS_HOME"] = str(home)
    made = {count: chats.chat(count, seed=count) for count in plan.chats}
    archive = paths.find().archive
    archive.parent.mkdir(parents=True)
    chats.fill(archive, iter(made.values()))
    ids = {count: conversation.id for count, conversation in made.items()}
    with program(home) as window:
        _say("opening")
        yield from _openings(plan, window, ids)
        _say("streaming")
        yield from _streaming(plan, window, ids)


def _openings(plan: Plan, window: Program, ids: dict[int, str]) -> Iterator[Measure]:
    _, middling, long = plan.chats
    times: dict[int, list[float]] = {count: [] for count in plan.chats}
    stalls = []
    for number in range(plan.rounds + 1):
        for count, seen in times.items():
            opened = open_chat(window, ids[count])
            if number:  # the first round has caches to fill
                seen.append(opened.seen)
                if count == middling:
                    stalls.append(_longest(opened.gaps))
    middle = {count: statistics.median(seen) for count, seen in times.items()}
    what = f"opening {long} messages / {middling}"
    yield Measure(what, middle[long], middle[middling], 2.0)
    what = f"longest stall while {middling} messages open, s"
    yield Measure(what, statistics.median(stalls), 0, 0.05)


def _streaming(plan: Plan, window: Program, ids: dict[int, str]) -> Iterator[Measure]:
    short_chat, _, long_chat = plan.chats
    short, long = plan.replies
    costs: dict[str, list[float]] = {}
    gaps: list[Gap] = []

    def measure(name: str, chat: str | None, characters: int) -> None:
        window.application.controller.show_chat(None)
        window.application.controller.show_chat(chat)
        window.settle()
        there = chats.answer(characters)
        streamed = stream(window, there=there, tokens=plan.tokens)
        costs.setdefault(name, []).append(streamed.seconds)
        gaps.extend(streamed.gaps)

    measure("warms up", None, 0)
    gaps.clear()
    for _ in range(plan.rounds):
        measure("short chat", ids[short_chat], 0)
        measure("long chat", ids[long_chat], 0)
        measure("short reply", None, short)
        measure("long reply", None, long)
    cost = {name: statistics.median(each) for name, each in costs.items()}
    what = f"a token in a chat of {long_chat} / {short_chat}"
    yield Measure(what, cost["long chat"], cost["short chat"], 1.2)
    what = f"a token behind {long} characters / {short}"
    yield Measure(what, cost["long reply"], cost["short reply"], 1.5)
    yield Measure("longest stall while streaming, s", _longest(gaps), 0, 0.05)


def _search(plan: Plan, archive: Path) -> Iterator[Measure]:
    _say("searching")
    searching.archive(archive, plan.archive)
    found = searching.search(archive, plan.searches)
    times = sorted(seconds for each in found.values() for seconds in each)
    p95 = times[int(0.95 * (len(times) - 1))]
    yield Measure(f"search over {plan.archive} messages, p95, s", p95, 0, 0.03)


def _longest(gaps: Iterable[Gap]) -> float:
    """Without the time in which other processes had the processor."""
    return max((gap.wall - gap.waited for gap in gaps), default=0.0)


def _say(part: str) -> None:
    print(part, file=sys.stderr, flush=True)


def report(measures: Sequence[Measure]) -> str:
    """The measures as a table."""
    return table(("", "ours", "against", "value", "at most"), map(_row, measures))


def _row(measure: Measure) -> tuple[str, ...]:
    verdict = "yes" if measure.is_met else "no"
    return (
        measure.what,
        _readable(measure.ours),
        _readable(measure.base) if measure.base else "",
        f"{measure.value:.2f}" if measure.base else "",
        f"{measure.most:g}: {verdict}",
    )


def _readable(number: float) -> str:
    mega = 1e6
    if number > mega:
        return f"{number / mega:.1f} MB"
    return f"{1000 * number:.2f} ms"


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.window", description="Measures the window."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="all numbers")
    arguments = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    conditions = machine()
    print(", ".join(f"{name}: {value}" for name, value in conditions.items()))
    with tempfile.TemporaryDirectory() as work:
        measures = run(Plan(), Path(work))
    print(f"\n{report(measures)}")
    if arguments.json:
        found = {"conditions": conditions, "measures": list(map(asdict, measures))}
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
