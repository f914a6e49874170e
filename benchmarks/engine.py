"""The engine against llama.cpp alone, in one run: speed, reuse, stops and memory.

What is measured how, and what makes it fair, is in README.md.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.engine.moss_sizes import QUANTIZATIONS
from benchmarks.chatting import beginnings, chats, decoding, residence, stopping
from benchmarks.chatting.report import as_json, report
from benchmarks.chatting.results import Duel, Residence, Results, Stops
from benchmarks.chatting.subjects import Subject, demo, smollm2
from benchmarks.measure import MeasureError, machine
from tests.fakes import moss_gguf

PARTS = ("decoding", "first", "turns", "window", "stops", "memory")
_SMOLLM2 = "MOSS_TEST_SMOLLM2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure.

    Attributes:
        parts: Of `PARTS`.
        smollm2: The file of SmolLM2; None leaves it out.
        rounds: How often each side does what is compared.
        repeats: How often a round is done again at most that others disturbed.
        tokens: Tokens that are written in a round.
        turns: Of the chat that does not fit into its window.
        moments: When to stop.
        layers: Layers of the models with MOSS's tensors, for memory.
        kinds: Their types.
        work: Folder for the models.
    """

    parts: tuple[str, ...] = PARTS
    smollm2: Path | None = None
    rounds: int = 9
    repeats: int = 0
    tokens: int = 128
    turns: int = 200
    moments: stopping.Moments = field(default_factory=stopping.Moments)
    layers: tuple[int, ...] = (2, 4)
    kinds: tuple[str, ...] = ("Q4_0", "Q4_K_M")
    work: Path


def run(plan: Plan) -> Results:
    """Measures everything, and says on standard error how far it is."""
    plan.work.mkdir(parents=True, exist_ok=True)
    subjects = [demo(plan.work)]
    if plan.smollm2 is not None:
        subjects.append(smollm2(plan.smollm2))
    return Results(
        duels=tuple(map(_told, _duels(plan, subjects))),
        chats=tuple(
            chats.short_chat(subject, count=10, answer=40)
            for subject in _each(plan, "turns", subjects)
        ),
        windows=tuple(
            chats.long_chat(subject, plan.work, count=plan.turns, compared=10)
            for subject in _each(plan, "window", subjects)
        ),
        stops=tuple(_stops(plan)),
        residences=tuple(_residences(plan)),
    )


def _each(plan: Plan, part: str, subjects: Sequence[Subject]) -> Iterator[Subject]:
    """The models, if this part is wanted; says which one is measured."""
    for subject in subjects if part in plan.parts else ():
        _say(f"{part}: {subject.name}")
        yield subject


def _duels(plan: Plan, subjects: Sequence[Subject]) -> Iterator[Duel]:
    for subject in _each(plan, "decoding", subjects):
        yield from decoding.decoding(
            subject, tokens=plan.tokens, rounds=plan.rounds, repeats=plan.repeats
        )
    for subject in _each(plan, "first", subjects):
        with tempfile.TemporaryDirectory(dir=plan.work) as states:
            folder = Path(states)
            yield from beginnings.first_token(
                subject, folder, rounds=plan.rounds, repeats=plan.repeats
            )


def _told(duel: Duel) -> Duel:
    """Says how one ended: the next may take long."""
    _say(f"{duel.model}, {duel.what}: {duel.ratio:.3f}")
    return duel


def _stops(plan: Plan) -> Iterator[Stops]:
    if "stops" not in plan.parts:
        return
    named = {f"{plan.layers[0]} layers of MOSS": _hollow(plan, plan.layers[0])}
    if plan.smollm2 is not None:
        named = {"SmolLM2": plan.smollm2, **named}
    for name, path in named.items():
        _say(f"stops: {name}")
        yield from stopping.stops(name, path, plan.moments)


def _residences(plan: Plan) -> Iterator[Residence]:
    if "memory" not in plan.parts:
        return
    for kind in plan.kinds:
        for layers in plan.layers:
            _say(f"memory: {kind}, {layers} layers")
            path = _hollow(plan, layers, kind)
            prompt = plan.moments.prompt
            yield residence.residence(path, kind, layers=layers, prompt=prompt)


def _hollow(plan: Plan, layers: int, kind: str = "Q4_0") -> Path:
    """A model with MOSS's tensors, all zeros; one that lies there is taken."""
    path = plan.work / f"moss-{kind}-{layers}.gguf"
    return path if path.is_file() else moss_gguf.write(path, kind, layers)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmark.

    Args:
        argv: Arguments without the program's name; None for the process's own.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.smollm2 is not None and not arguments.smollm2.is_file():
        parser.error(f"there is no {arguments.smollm2}")
    plan = Plan(
        parts=tuple(arguments.parts),
        smollm2=arguments.smollm2,
        rounds=arguments.rounds,
        repeats=arguments.repeats,
        tokens=arguments.tokens,
        turns=arguments.turns,
        moments=stopping.Moments(
            tries=arguments.tries,
            prompt=arguments.prompt,
            longest=arguments.longest,
        ),
        layers=tuple(sorted({*arguments.layers})),
        kinds=tuple(arguments.types),
        work=arguments.work.resolve(),
    )
    conditions = {**machine(), "rounds": plan.rounds}
    print(*(f"{name}: {value}" for name, value in conditions.items()), sep="\n")
    try:
        results = run(plan)
    except MeasureError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{report(results)}")
    if arguments.json:
        text = json.dumps({"conditions": conditions} | as_json(results), indent=1)
        arguments.json.write_text(text + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.engine",
        description="Measures the engine against llama.cpp alone.",
    )
    parser.add_argument(
        "--smollm2",
        type=Path,
        default=os.environ.get(_SMOLLM2) or None,
        metavar="FILE",
        help=f"SmolLM2-135M-Instruct.Q4_1.gguf; {_SMOLLM2} may name it too",
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument(
        "--repeats",
        type=int,
        default=0,
        metavar="N",
        help="of a disturbed round, each after a wait for a quiet moment",
    )
    parser.add_argument("--tokens", type=int, default=128, metavar="N")
    parser.add_argument("--turns", type=int, default=200, metavar="N")
    parser.add_argument("--tries", type=int, default=50, metavar="N", help="of a stop")
    parser.add_argument(
        "--prompt", type=int, default=1500, metavar="TOKENS", help="that is stopped"
    )
    parser.add_argument(
        "--longest",
        type=float,
        default=5,
        metavar="SECONDS",
        help="no stop comes later after the beginning",
    )
    parser.add_argument("--layers", type=int, nargs="+", default=[2, 4], metavar="N")
    parser.add_argument(
        "--types", nargs="+", choices=QUANTIZATIONS, default=["Q4_0", "Q4_K_M"]
    )
    parser.add_argument(
        "--work",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the models and states; the models stay in it",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="all numbers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
