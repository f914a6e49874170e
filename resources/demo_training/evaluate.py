"""Measures a checkpoint on questions that were never in training.

Decoding is greedy. Stage one writes thought and command; then the true result is put
in, as the program does; stage two answers.

Run from the repository's root::

    python -m resources.demo_training.evaluate resources/demo
"""

import argparse
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch

from resources.demo_training.checkpoint import load
from resources.demo_training.decoding import Decoder
from resources.demo_training.dialogues import (
    FIRST_TEST_SEED,
    held_out_phrasings,
    make_turn,
)
from resources.demo_training.layout import (
    ALL_TOOLS,
    EVERY_SETTING,
    LOCAL_TOOLS,
    NONE,
    Tools,
    Turn,
    prefix,
    question_text,
    results_field,
    results_text,
)
from resources.demo_training.wording import LANGUAGES

# The values in the calculator's and the solver's results.
_NUMBERS = re.compile(r"(?:=> '|^\w+ = )([-\d][^'\n]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what should follow.

    Attributes:
        label: Row of the table.
        turn: The turn as it should go.
        tools: The tool setting.
    """

    label: str
    turn: Turn
    tools: Tools = ALL_TOOLS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model wrote.

    Attributes:
        stage_one: Thought and command with labels.
        answer: The reply.
    """

    stage_one: str
    answer: str

    @property
    def command(self) -> str:
        """The command field."""
        field = self.stage_one.partition("<|Commands|>:")[2]
        return field.removesuffix("<eoc>").strip()


def answer(decoder: Decoder, cases: Sequence[Case]) -> list[Outcome]:
    """Returns both stages of each case; all have the same tool setting."""
    shared = prefix(cases[0].tools)
    starts = [question_text(case.turn.question) for case in cases]
    firsts = decoder.complete(shared, starts, "<eoc>")
    prompts = []
    for case, start, first in zip(cases, starts, firsts, strict=True):
        right = f"<|Commands|>: {case.turn.command}<eoc>" in first
        # A wrong command is a failure already; its result is not computed here.
        results = case.turn.results if right else results_field("")
        prompts.append(start + first + results_text(results))
    seconds = decoder.complete(shared, prompts, "<eom>")
    return [
        Outcome(first, second.removesuffix("<eom>").strip())
        for first, second in zip(firsts, seconds, strict=True)
    ]


def cases(sums: int, equations: int, others: int, *, seed: int = 1) -> list[Case]:
    """Returns held-out questions of every kind, the languages in turn."""
    rng = Random(FIRST_TEST_SEED + seed)
    found = []
    for kind, size, tools in (
        ("arithmetic", sums, LOCAL_TOOLS),
        ("equation", equations, LOCAL_TOOLS),
        ("search", others, ALL_TOOLS),
        ("image", others, ALL_TOOLS),
    ):
        for index in range(size):
            turn = make_turn(rng, kind, LANGUAGES[index % 2], tools=tools)
            found.append(Case(kind, turn, tools))
    for index in range(others):
        kind = ("arithmetic", "equation", "search", "image")[index // 2 % 4]
        tools = rng.choice(EVERY_SETTING)
        turn = make_turn(rng, kind, LANGUAGES[index % 2], tools=tools)
        found.append(Case(f"any tools: {turn.kind}", turn, tools))
    for intent, language, phrasing, answer in held_out_phrasings():
        turn = Turn(intent, phrasing, "", NONE, results_field(""), answer)
        found.append(Case(f"phrasing {language}", turn, LOCAL_TOOLS))
    return [case for case in found if not case.turn.skips_tools]


def _parts(chosen: Sequence[Case], size: int) -> Iterator[list[Case]]:
    """Yields cases with the same tools and of like length together."""
    for tools in EVERY_SETTING:
        same = [case for case in chosen if case.tools == tools]
        same.sort(key=lambda case: len(case.turn.question + case.turn.results))
        for start in range(0, len(same), size):
            yield same[start : start + size]


def evaluate(
    folder: Path, chosen: Sequence[Case], *, show: int = 0
) -> dict[str, float]:
    """Returns the share of right turns of each label, and prints the wrong ones.

    Args:
        folder: The checkpoint.
        chosen: Cases.
        show: How many wrong turns of a label to print.
    """
    decoder = Decoder(*load(folder))
    tally: dict[str, list[bool]] = {}
    for part in _parts(chosen, 64):
        for case, outcome in zip(part, answer(decoder, part), strict=True):
            command = outcome.command == case.turn.command
            right = command and outcome.answer == case.turn.answer
            tally.setdefault(case.label, []).append(right)
            if numbers := _NUMBERS.findall(case.turn.results):
                stated = command and all(text in outcome.answer for text in numbers)
                tally.setdefault(f"{case.label}: number", []).append(stated)
            if not right and tally[case.label].count(False) <= show:
                print(
                    f"[{case.label}] {case.turn.kind}: {case.turn.question}\n"
                    f"    wrote {outcome.command} | {outcome.answer}\n"
                    f"    right {case.turn.command} | {case.turn.answer}"
                )
    return {label: sum(marks) / len(marks) for label, marks in sorted(tally.items())}


def main() -> None:
    """Evaluates a folder given on the command line."""
    parser = argparse.ArgumentParser(description="Evaluate a demo checkpoint.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sums", type=int, default=200)
    parser.add_argument("--equations", type=int, default=100)
    parser.add_argument("--others", type=int, default=60)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    plan = parser.parse_args()
    torch.set_num_threads(plan.threads)
    began = time.monotonic()
    chosen = cases(plan.sums, plan.equations, plan.others, seed=plan.seed)
    for label, share in evaluate(plan.folder, chosen, show=plan.show).items():
        size = sum(case.label == label.removesuffix(": number") for case in chosen)
        print(f"{label:24} {share:7.1%} of {size}")
    print(f"{time.monotonic() - began:.0f} seconds")


if __name__ == "__main__":
    main()
