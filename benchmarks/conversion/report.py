"""What the measured conversions mean: tables of ratios, and the same as JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from benchmarks.conversion.results import Duel, Line, Trial, Way, duels, ends
from benchmarks.conversion.size import MOSS_LAYERS
from benchmarks.measure import table

TARGETS = {"Q4_0": 3.0, "Q8_0": 3.0, "Q4_K_M": 1.3}
"""How many times less wall time ours should take."""
TARGET_PEAK = 1_500_000_000
"""Bytes of memory that ours should stay under."""


def report(trials: Sequence[Trial]) -> str:
    """Returns everything as text."""
    found = duels(trials)
    parts = []
    for layers in dict.fromkeys(duel.layers for duel in found):
        here = [duel for duel in found if duel.layers == layers]
        parts += [f"{layers} layer{'s' * (layers > 1)}:", _costs(here), _ratios(here)]
    if len({duel.layers for duel in found}) > 1:
        parts += ["What each further layer costs:", _further(found)]
    return "\n\n".join(parts)


def _costs(here: Sequence[Duel]) -> str:
    rows = []
    for duel in here:
        for summary in (duel.ours, *duel.peers.values()):
            usage = summary.usage
            rows.append(
                (
                    duel.kind,
                    str(summary.way),
                    f"{usage.wall:.1f} s",
                    f"{summary.to_disk:.1f} s",
                    f"{usage.processor:.1f} s",
                    _size(summary.written),
                    _size(usage.peak),
                    _size(usage.anonymous),
                )
            )
    header = (
        "type",
        "way",
        "wall",
        "then to disk",
        "processor",
        "written",
        "peak",
        "its own",
    )
    return table(header, rows)


def _ratios(here: Sequence[Duel]) -> str:
    rows = []
    for duel in here:
        ours, peer = duel.ours, duel.peer
        safe = (peer.usage.wall + peer.to_disk) / (ours.usage.wall + ours.to_disk)
        peak = ours.usage.peak
        rows.append(
            (
                duel.kind,
                _verdict(duel),
                f"{safe:.2f}×",
                f"{peer.usage.processor / ours.usage.processor:.2f}×",
                f"{peer.written / ours.written:.2f}×",
                f"{peer.usage.peak / peak:.2f}×",
                "yes" if peak < TARGET_PEAK else "no",
            )
        )
    header = (
        "peer / ours",
        "wall (target)",
        "wall to disk",
        "processor",
        "written",
        "peak",
        f"ours < {_size(TARGET_PEAK)}",
    )
    return table(header, rows)


def _verdict(duel: Duel) -> str:
    target = TARGETS.get(duel.kind)
    if target is None:
        return f"{duel.speedup:.2f}×"
    verdict = "met" if duel.speedup >= target else "missed"
    return f"{duel.speedup:.2f}× ({target:.1f}×: {verdict})"


def _further(found: Sequence[Duel]) -> str:
    rows = []
    for few, many in ends(found):
        ours = Line.through(few.ours, many.ours)
        way = many.peer.way
        peer = Line.through(few.peers[way], many.peers[way])
        rows.append(
            (
                few.kind,
                f"{ours.wall:.2f} s",
                f"{peer.wall:.2f} s",
                f"{peer.wall / ours.wall:.2f}×",
                f"{ours.peak / 1e6:+.1f} MB",
                f"{peer.peak / 1e6:+.1f} MB",
                f"{peer.whole / ours.whole:.2f}×",
            )
        )
    header = (
        "type",
        "wall, ours",
        "wall, peer",
        "peer / ours",
        "peak, ours",
        "peak, peer",
        f"{MOSS_LAYERS} layers by a straight line",
    )
    return table(header, rows)


def _size(size: float) -> str:
    """Returns bytes as people read them."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def as_json(trials: Sequence[Trial]) -> dict[str, object]:
    """Returns the trials and what follows from them."""
    return {
        "trials": [asdict(trial) for trial in trials],
        "medians": [
            {"layers": duel.layers, "kind": duel.kind, "speedup": duel.speedup}
            | {way: asdict(each) for way, each in duel.peers.items()}
            | {Way.OURS: asdict(duel.ours)}
            for duel in duels(trials)
        ],
    }
