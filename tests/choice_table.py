"""The table of offers on made-up computers, as `docs/models.md` shows it.

`python -m tests.choice_table` writes it there anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.computer import Computer
from app.services.choice import Choice, Circumstances, Offer, choose
from app.services.choice_candidates import SmallModel, Source, of_small, of_source
from tests.conftest import ROOT
from tests.hardware_table import AVX2, Case

DOCUMENT = ROOT / "docs" / "models.md"
BEGIN, END = "<!-- table: tests/choice_table.py -->\n", "<!-- end of table -->"
GIGA = 10**9
BOTH = frozenset({"en", "zh"})
SOURCES = (
    Source(id="plugin", title="MOSS", bits=16, size=33_600_000_000, largest=10 * GIGA),
    Source(id="plugin-int8", title="MOSS int8", bits=8, size=18_500_000_000),
    Source(id="plugin-int4", title="MOSS int4", bits=4, size=10_800_000_000),
)
SMALL = (
    SmallModel(
        id="smollm2-135m-instruct",
        title="SmolLM2 135M",
        parameters=135_000_000,
        size=145_000_000,
    ),
    SmallModel(
        id="smollm2-360m-instruct",
        title="SmolLM2 360M",
        parameters=362_000_000,
        size=386_000_000,
    ),
    SmallModel(
        id="qwen2.5-0.5b-instruct",
        title="Qwen2.5 0.5B",
        parameters=494_000_000,
        size=491_000_000,
        languages=BOTH,
    ),
    SmallModel(
        id="qwen3-0.6b",
        title="Qwen3 0.6B",
        parameters=596_000_000,
        size=639_000_000,
        languages=BOTH,
    ),
    SmallModel(
        id="qwen2.5-1.5b-instruct",
        title="Qwen2.5 1.5B",
        parameters=1_540_000_000,
        size=1_117_000_000,
        languages=BOTH,
    ),
)
CANDIDATES = (
    *(candidate for source in SOURCES for candidate in of_source(source, AVX2)),
    *map(of_small, SMALL),
)


@dataclass(frozen=True)
class Machine:
    """A computer that is made up, and how fast its memory is.

    Attributes:
        case: Its devices.
        speed: Gigabytes a second of the processor's memory.
        disk: Gigabytes that are free on its disk.
    """

    case: Case
    speed: float
    disk: float = 500

    @property
    def computer(self) -> Computer:
        return self.case.computer

    @property
    def around(self) -> Circumstances:
        return Circumstances(
            host_speed=self.speed * GIGA, free_disk=int(self.disk * GIGA)
        )


def machine(
    name: str,
    memory: int,
    speed: float,
    cards: Mapping[str, int],
    disk: float = 500,
) -> Machine:
    return Machine(Case(name, memory, dict(cards)), speed, disk)


LAPTOP, DESKTOP, DDR5 = 25, 35, 60
MACHINES = (
    machine("2 GB of memory, no card, old", 2, 8, {}),
    machine("4 GB, no card, old laptop", 4, 12, {}),
    machine("8 GB, no card, laptop", 8, LAPTOP, {}),
    machine("16 GB, no card, laptop", 16, LAPTOP, {}),
    machine("16 GB, no card, one slow channel", 16, 10, {}),
    machine("32 GB, no card, desktop with DDR4", 32, DESKTOP, {}),
    machine("32 GB, no card, desktop with DDR5", 32, DDR5, {}),
    machine("128 GB, no card, server with 8 channels", 128, 160, {}),
    machine("8 GB, card of 6 GB", 8, LAPTOP, {"RTX 2060": 6}),
    machine("16 GB, card of 6 GB", 16, DESKTOP, {"RTX 2060": 6}),
    machine("32 GB, card of 8 GB", 32, DESKTOP, {"RTX 4060": 8}),
    machine("32 GB, card of 12 GB", 32, DESKTOP, {"RTX 3060": 12}),
    machine("32 GB, card of 16 GB", 32, DDR5, {"RTX 4060 Ti": 16}),
    machine("32 GB, card of 24 GB", 32, DDR5, {"RTX 4090": 24}),
    machine(
        "32 GB, cards of 8 and 12 GB", 32, DESKTOP, {"RTX 4060": 8, "RTX 3060": 12}
    ),
    machine("256 GB, card of 141 GB", 256, 200, {"H200": 141}),
    machine("32 GB, card of 24 GB, 30 GB of disk", 32, DDR5, {"RTX 4090": 24}, 30),
    machine("32 GB, no card, 20 GB of disk", 32, DDR5, {}, 20),
)


def chosen(each: Machine) -> Choice:
    return choose(CANDIDATES, each.computer, each.around)


def shown(offer: Offer) -> str:
    """A model as the table names it."""
    candidate = offer.candidate
    return f"{candidate.title} {candidate.build}".strip()


def gigabytes(size: float) -> str:
    return f"{size / GIGA:.1f}"


def speed(offer: Offer) -> str:
    return f"{offer.speed:.1f}" if offer.speed < 10 else f"{offer.speed:.0f}"


def where(offer: Offer) -> str:
    found = offer.placement
    if offer.on_cards:
        return "card" if len(found.shares) == 1 else "cards"
    if found.shares:
        return f"{found.gpu_layers} of {found.layers} layers on cards"
    return "processor"


def rows():
    """Cells of the table, the headings first."""
    yield (
        "computer",
        "memory, GB/s",
        "offered",
        "runs on",
        "tokens/s",
        "memory, GB",
        "download, GB",
        "disk, GB (peak)",
        "or rather",
    )
    for each in MACHINES:
        found = chosen(each)
        best = found.best
        if best is None:
            yield each.case.name, f"{each.speed:g}", *["–"] * 7
            continue
        others = [
            f"{shown(other)}: {gigabytes(other.candidate.download)} GB, "
            f"{speed(other)} tokens/s"
            for other in found.others
        ]
        if found.with_room is not None:
            missing = found.with_room.candidate.peak + 2 * GIGA - each.disk * GIGA
            others.append(
                f"with {gigabytes(missing)} GB more of disk: {shown(found.with_room)}"
            )
        yield (
            each.case.name,
            f"{each.speed:g}",
            f"**{shown(best)}**",
            where(best),
            speed(best),
            gigabytes(best.memory),
            gigabytes(best.candidate.download),
            f"{gigabytes(best.candidate.disk)} ({gigabytes(best.candidate.peak)})",
            "; ".join(others) or "–",
        )


def table() -> str:
    """The table in Markdown."""
    headings, *cells = [f"| {' | '.join(row)} |" for row in rows()]
    line = "|" + "---|" * 9
    return "\n".join([headings, line, *cells, ""])


def main() -> None:
    text = DOCUMENT.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}{table()}{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
