"""The table of made-up computers, as `docs/hardware.md` shows it.

`python -m tests.hardware_table` writes it there anew.
"""

from dataclasses import dataclass, field

from app.domain.hardware import Device, DeviceKind, Placement
from app.engine.computer import Computer
from app.engine.memory import MIB, Dimensions, Needs, Weights, repacked_types
from app.engine.moss_sizes import QUANTIZATIONS, moss_needs
from app.engine.planner import Planner
from app.engine.protocol import Load
from app.services.words import placement_phrases
from tests.conftest import ROOT

DOCUMENT = ROOT / "docs" / "hardware.md"
BEGIN, END = "<!-- table: tests/hardware_table.py -->\n", "<!-- end of table -->"
GIB = 1024 * MIB
AVX2 = repacked_types(frozenset({"REPACK", "AVX2"}))
DEMO = Needs(
    Dimensions(
        context=1024,
        embedding=256,
        feed_forward=1024,
        heads=4,
        kv_heads=4,
        key=64,
        value=64,
        vocabulary=4096,
    ),
    Weights(2 * MIB, 0, 2 * MIB),
    (*[Weights(1_580_000, 0, 520_000)] * 4, Weights(2 * MIB, 0, 2 * MIB)),
)
MODELS = {f"16B {kind}": moss_needs(kind, AVX2) for kind in QUANTIZATIONS}
MODELS["demo"] = DEMO


@dataclass(frozen=True)
class Case:
    """A computer that is made up.

    Attributes:
        name: What the table calls it.
        memory: GiB of the host; three quarters are free.
        cards: GiB of each card; a twelfth is taken by the desktop.
    """

    name: str
    memory: int
    cards: dict[str, int] = field(default_factory=dict)

    @property
    def computer(self) -> Computer:
        host = Device("CPU", "AVX2", DeviceKind.CPU, self.memory * GIB * 3 // 4)
        gpus = (
            Device(f"CUDA{number}", name, DeviceKind.GPU, size * GIB * 11 // 12)
            for number, (name, size) in enumerate(self.cards.items())
        )
        return Computer(
            with_total(host, self.memory * GIB),
            tuple(
                with_total(gpu, size * GIB)
                for gpu, size in zip(gpus, self.cards.values(), strict=True)
            ),
        )


def with_total(device: Device, total: int) -> Device:
    return Device(device.name, device.description, device.kind, device.free, total)


CASES = (
    Case("8 GB of memory, no card", 8),
    Case("16 GB, no card", 16),
    Case("32 GB, no card", 32),
    Case("16 GB, card of 6 GB", 16, {"RTX 2060": 6}),
    Case("32 GB, card of 8 GB", 32, {"RTX 4060": 8}),
    Case("32 GB, card of 12 GB", 32, {"RTX 3060": 12}),
    Case("32 GB, card of 24 GB", 32, {"RTX 4090": 24}),
    Case("32 GB, cards of 8 and 12 GB", 32, {"RTX 4060": 8, "RTX 3060": 12}),
    Case("8 GB, card of 6 GB", 8, {"RTX 2060": 6}),
)


def placement(case: Case, model: str) -> Placement:
    return Planner(MODELS[model], case.computer, Load("")).plan()


def layers(found: Placement) -> str:
    parts = " + ".join(str(share.layers) for share in found.shares) or "0"
    return f"{parts} of {found.layers}"


def rows():
    """Cells of the table, the headings first."""
    yield "computer", "model", "layers on cards", "KV", "file", "what the user is told"
    for case in CASES:
        for model in MODELS:
            found = placement(case, model)
            yield (
                case.name,
                model,
                layers(found),
                found.kv_type.value,
                "mapped" if found.mapped else "read",
                " ".join(phrase.english for phrase in placement_phrases(found)),
            )


def table() -> str:
    """The table in Markdown."""
    headings, *cells = [f"| {' | '.join(row)} |" for row in rows()]
    line = "|" + "---|" * 6
    return "\n".join([headings, line, *cells, ""])


def main() -> None:
    text = DOCUMENT.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}{table()}{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
