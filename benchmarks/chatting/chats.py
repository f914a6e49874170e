"""What a chat's turns cost: ten that fit into the window, and hundreds that do not."""

import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from app.domain import moss
from app.domain.generation import ModelInfo, Sampling, Segment
from benchmarks.chatting.chat import Chat, Stage
from benchmarks.chatting.results import Turn, Window, turns
from benchmarks.chatting.sides import Engine, Peer
from benchmarks.chatting.subjects import Subject
from benchmarks.chatting.tasks import Likelihood

SLACK = 32
"""Tokens that a turn may read beyond its own."""
WINDOW = 512
_SEED = 1
_ANSWER = 60
_SHORT = ("Hello!", "你好！", "What is {}+3?", "Who made you?", "Thanks!")
_OWN_SEGMENTS = 3
"""A stage adds the question, its marker and a newline, or results, marker and label."""


def short_chat(
    subject: Subject, *, count: int, answer: int
) -> tuple[str, tuple[Turn, ...]]:
    """A chat of some turns.

    Args:
        subject: The model.
        count: Turns.
        answer: Most tokens of a stage.
    """
    sampling = Sampling(max_tokens=answer, seed=_SEED)
    with Engine() as engine:
        chat = Chat(engine, engine.load(subject.path), _SHORT)
        stages = [stage for _ in range(count) for stage in chat.ask(sampling)]
    usages = ((stage.turn, stage.finished.usage) for stage in stages)
    return subject.name, tuple(turns(usages))


def long_chat(subject: Subject, work: Path, *, count: int, compared: int) -> Window:
    """A chat that is longer than its window.

    Args:
        subject: The model.
        work: Folder for what is written down.
        count: Turns.
        compared: How many of the stages are evaluated afresh.
    """
    log = work / "likelihoods.txt"
    sampling = Sampling(max_tokens=_ANSWER, seed=_SEED)
    program = (sys.executable, "-m", "benchmarks.chatting.probe", str(log))
    with Engine(program) as engine:
        model = engine.load(subject.path, context=WINDOW)
        chat = Chat(engine, model)
        stages = [stage for _ in range(count) for stage in chat.ask(sampling)]
        ours, fresh = _likelihoods(engine, model, _sample(stages, log, compared))
        form = moss.Form(model.form)
        first = stages[0].command.prompt[: moss.prefix_segments(form)]
        prefix = len(engine.tokenize(first))
        # The first turn reads the prefix.
        later = [stage for stage in stages if stage.turn > 1]
        own = [len(engine.tokenize(_own(stage.command.prompt))) for stage in later]
    usages = [stage.finished.usage for stage in later]
    kept = [
        stage.command.prompt[: len(first)] == first and usage.cached_tokens >= prefix
        for stage, usage in zip(later, usages, strict=True)
    ]
    return Window(
        model=subject.name,
        tokens=WINDOW,
        turns=count,
        generations=len(later),
        shifted=sum(usage.shifted_tokens > 0 for usage in usages),
        excess=max(
            usage.evaluated_tokens - tokens
            for usage, tokens in zip(usages, own, strict=True)
        ),
        prefix=prefix,
        prefix_kept=sum(kept),
        ours=ours,
        fresh=fresh,
    )


def _own(prompt: Sequence[Segment]) -> tuple[Segment, ...]:
    """What a stage adds to the chat, marks that a template adds aside."""
    if prompt[-1].speaker is not None:
        return (Segment(prompt[-1].text),)
    return tuple(prompt[-_OWN_SEGMENTS:])


def _sample(
    stages: Sequence[Stage], log: Path, count: int
) -> list[tuple[Stage, list[tuple[int, float]]]]:
    """Stages spread over the part of a chat in which turns were left out.

    Returns:
        Each with the ids that were chosen in it and the logarithms of their
        probabilities.
    """
    lines = iter(log.read_text("ascii").splitlines())
    found = []
    for stage in stages:
        tokens = [
            (int(token), float(logarithm))
            for token, logarithm in map(
                str.split, islice(lines, stage.finished.usage.generated_tokens)
            )
        ]
        if stage.finished.usage.shifted_tokens or found:
            found.append((stage, tokens))
    return found[:: max(1, len(found) // count)][:count]


def _likelihoods(
    engine: Engine,
    model: ModelInfo,
    sample: Sequence[tuple[Stage, list[tuple[int, float]]]],
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of chosen tokens, in the engine and when all that is visible is read afresh."""
    ours: list[float] = []
    fresh: list[float] = []
    with Peer(model) as peer:
        for stage, chosen in sample:
            prompt = engine.tokenize(stage.command.prompt)
            ours += [logarithm for _, logarithm in chosen]
            task = Likelihood(prompt, tuple(token for token, _ in chosen))
            fresh += peer.ask(task).logs
    return tuple(ours), tuple(fresh)
