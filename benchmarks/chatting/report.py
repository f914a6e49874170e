"""What was measured, in tables for people and as JSON."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from app.engine.moss_sizes import LAYERS
from benchmarks.chatting import chats, residence, stopping
from benchmarks.chatting.results import (
    Better,
    Duel,
    Residence,
    Results,
    Stops,
    Turn,
    Window,
    extrapolated,
    percentile,
)
from benchmarks.measure import table


def report(results: Results) -> str:
    """Returns everything as text."""
    return "\n\n".join(_parts(results))


def _parts(results: Results) -> Iterator[str]:
    if results.duels:
        yield "Against llama.cpp alone (medians):"
        yield _duels(results.duels)
    for model, turns in results.chats:
        yield f"Turns of a chat with {model}, in tokens:"
        yield _turns(turns)
    if results.windows:
        yield "Chats that are longer than their window:"
        yield _windows(results.windows)
    if results.stops:
        yield "From a stop to the end of what was stopped:"
        yield _stops(results.stops)
    if results.residences:
        yield "Resident memory with MOSS's tensors:"
        yield _residences(results.residences)


def _duels(duels: Sequence[Duel]) -> str:
    rows = []
    for duel in duels:
        low, high = duel.spread
        rows.append(
            (
                duel.model,
                duel.what,
                _milliseconds(statistics.median(duel.ours) / duel.units),
                _milliseconds(statistics.median(duel.baseline) / duel.units),
                f"{duel.ratio:.3f} ({low:.3f} to {high:.3f})",
                f"{duel.fastest:.3f}",
                "" if duel.others is None else f"≤ {duel.others:.1%}",
                _wanted(duel),
            )
        )
    header = (
        "model",
        "what",
        "ours",
        "alone",
        "ratio (half of the rounds)",
        "fastest rounds",
        "others had",
        "target",
    )
    return table(header, rows)


def _wanted(duel: Duel) -> str:
    if duel.target is None:
        return ""
    sign = "≥" if duel.better is Better.SPEED else "≤"
    return f"{sign} {duel.target}: {_verdict(is_met=duel.is_met is True)}"


def _turns(turns: Sequence[Turn]) -> str:
    rows = [
        (
            str(turn.number),
            str(turn.usage.prompt_tokens),
            str(turn.new),
            str(turn.usage.evaluated_tokens),
            _verdict(is_met=turn.excess == 0),
        )
        for turn in turns
    ]
    return table(("turn", "prompt", "new", "evaluated", "the same"), rows)


def _windows(windows: Sequence[Window]) -> str:
    rows = [
        (
            window.model,
            f"{window.turns} in {window.tokens} tokens",
            f"{window.shifted} of {window.generations}",
            _within(window.excess, chats.SLACK),
            f"{window.prefix_kept} of {window.generations}" if window.prefix else "–",
            str(len(window.ours)),
            f"{window.mean:.4f}",
            f"{window.mean_difference:+.4f}",
            f"{window.mean_distance:.4f}",
        )
        for window in windows
    ]
    header = (
        "model",
        "turns",
        "left turns out",
        "most beyond its own",
        "prefix there",
        "tokens compared",
        "log-likelihood",
        "ours - fresh",
        "its size",
    )
    return table(header, rows)


def _stops(stops: Sequence[Stops]) -> str:
    rows = []
    for stop in stops:
        most = percentile(stop.seconds, 95)
        met = _verdict(is_met=most <= stopping.TARGET)
        rows.append(
            (
                stop.model,
                stop.during,
                str(len(stop.seconds)),
                _milliseconds(percentile(stop.seconds, 50)),
                f"{_milliseconds(most)} (≤ {stopping.TARGET * 1e3:.0f} ms: {met})",
                _milliseconds(max(stop.seconds)),
            )
        )
    return table(("model", "during", "tries", "median", "p95", "longest"), rows)


def _residences(residences: Sequence[Residence]) -> str:
    rows = []
    for kind in dict.fromkeys(each.kind for each in residences):
        sizes = [each for each in residences if each.kind == kind]
        rows += [
            (
                kind,
                str(each.layers),
                _size(each.model),
                _size(each.kv),
                _size(each.loaded),
                _size(each.read),
                _size(each.mapped),
                _size(each.peak),
                _beside(each.excess),
            )
            for each in sizes
        ]
        if len(sizes) > 1:
            peak, excess = extrapolated(sizes[0], sizes[-1], LAYERS)
            line = f"{LAYERS}, by a straight line"
            rows.append((kind, line, *[""] * 5, _size(peak), _beside(excess)))
    header = (
        "type",
        "layers",
        "weights",
        "keys and values",
        "loaded",
        "after the prompt",
        "of it mapped",
        "peak",
        "peak beside weights, keys and values",
    )
    return table(header, rows)


def _within(tokens: int, most: int) -> str:
    return f"{tokens} (≤ {most}: {_verdict(is_met=tokens <= most)})"


def _beside(size: float) -> str:
    target = residence.TARGET
    return f"{_size(size)} (≤ {_size(target)}: {_verdict(is_met=size <= target)})"


def _verdict(*, is_met: bool) -> str:
    return "yes" if is_met else "no"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms"


def _size(size: float) -> str:
    return f"{size / 1e9:.2f} GB" if abs(size) >= 1e9 else f"{size / 1e6:.0f} MB"


def as_json(results: Results) -> dict[str, object]:
    """Returns all numbers, and the ratios that follow from them."""
    numbers = asdict(results)
    for entry, duel in zip(numbers["duels"], results.duels, strict=True):
        entry |= {
            "better": duel.better.value,
            "ratio": duel.ratio,
            "fastest": duel.fastest,
        }
    return numbers
