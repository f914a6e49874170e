"""Tokens a second through the whole engine, against llama.cpp alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from app.domain.generation import FinishReason, Sampling
from app.engine.protocol import Generate
from benchmarks.bystanders import Bystanders
from benchmarks.chatting.results import Better, Duel
from benchmarks.chatting.sides import GREEDY, Engine, Peer
from benchmarks.chatting.subjects import COUNTING, Subject
from benchmarks.chatting.tasks import Decode
from benchmarks.measure import MeasureError

TARGET = 0.97

Way = Callable[[], tuple[float, str]]
"""Writes, and returns how many seconds that took and what was written."""


def decoding(
    subject: Subject, *, tokens: int, rounds: int, repeats: int
) -> Iterator[Duel]:
    """Writes greedily, and as MOSS writes by default.

    The peer chooses greedily for both: what the engine's sampling costs is ours.

    Raises:
        MeasureError: Greedily the two wrote something else, or one ended early.
    """
    greedy = replace(GREEDY, max_tokens=tokens)
    usual = replace(Sampling(), max_tokens=tokens, seed=1)
    with Engine() as engine:
        model = engine.load(subject.path)
        task = Decode(engine.tokenize(COUNTING), tokens)

        with Peer(model) as peer, Peer(model, spins=True) as spinning:
            for what, sampling, rival in (
                ("greedy", greedy, peer),
                ("greedy; the peer's threads spin", greedy, spinning),
                ("MOSS's sampling", usual, peer),
            ):
                others = Bystanders(
                    engine.process_id, rival.process_id, repeats=repeats
                )
                times = _rounds(
                    lambda s=sampling, o=others: o.kept_out(
                        lambda: _written(engine, s)
                    ),
                    lambda r=rival, o=others: o.kept_out(lambda: _alone(r, task)),
                    rounds,
                    same=sampling is greedy,
                )
                yield Duel(
                    what=f"decode, {what}",
                    model=subject.name,
                    ours=times[0],
                    baseline=times[1],
                    units=tokens,
                    better=Better.SPEED,
                    target=TARGET if what == "greedy" else None,
                    others=others.most,
                )


def _rounds(
    ours: Way, theirs: Way, count: int, *, same: bool
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Has both write in turns; who begins changes with each round."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(count + 1):
        if number % 2:
            mine, other = ours(), theirs()
        else:
            other, mine = theirs(), ours()
        if same and mine[1] != other[1]:
            message = f"{mine[1]!r} is not {other[1]!r}"
            raise MeasureError(message)
        if number:  # the first round warms up
            times[0].append(mine[0])
            times[1].append(other[0])
    return tuple(times[0]), tuple(times[1])


def _written(engine: Engine, sampling: Sampling) -> tuple[float, str]:
    written = engine.generate(Generate("g", COUNTING, sampling))
    if written.finished.reason is not FinishReason.LENGTH:
        message = f"the model ended after {written.text!r}"
        raise MeasureError(message)
    return written.decoding, written.text


def _alone(peer: Peer, task: Decode) -> tuple[float, str]:
    done = peer.ask(task)
    return done.seconds, done.text
