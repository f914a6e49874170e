"""How soon a stop is obeyed, at random moments of a prompt and of the writing."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from app.domain.generation import FinishReason, Segment
from app.engine.protocol import Finished, Generate, PromptProgress, Stop
from benchmarks.chatting.results import Stops
from benchmarks.chatting.sides import GREEDY, Engine
from benchmarks.chatting.subjects import COUNTING

TARGET = 0.3
"""Seconds, of 95 in 100 stops."""
WINDOW = 2048
_SEED = 4
_ENDLESS = 100_000
_ID = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When to stop.

    Attributes:
        tries: Stops of each kind.
        prompt: Tokens of the prompt, about.
        longest: Seconds after which none comes: of a long prompt one batch is as the
            next.
    """

    tries: int = 50
    prompt: int = 1500
    longest: float = 5.0


def stops(name: str, path: Path, moments: Moments) -> Iterator[Stops]:
    """Stops the reading of a prompt, then the writing.

    Args:
        name: The model's, for the tables.
        path: Its file.
        moments: When to stop.
    """
    random = Random(_SEED)  # noqa: S311 -- the same moments in each run
    with Engine() as engine:
        engine.load(path, context=WINDOW)
        text = engine.filler(moments.prompt)

        def read(delay: float) -> "_Stopped":
            # Nothing of it is in the cache.
            prompt = (Segment(f"{random.random()}{text}"),)
            return _stopped(engine, prompt, delay, writing=False)

        def write(delay: float) -> "_Stopped":
            return _stopped(engine, COUNTING, delay, writing=True)

        for during, attempt in (
            (f"a prompt of {moments.prompt:,} tokens", read),
            ("decoding", write),
        ):
            span = attempt(moments.longest).lasted
            found: list[float] = []
            while len(found) < moments.tries:
                latency = attempt(random.uniform(0, span)).latency
                # Where what was to be stopped had ended before, another moment.
                found += [] if latency is None else [latency]
            yield Stops(model=name, during=during, seconds=tuple(found))


@dataclass(frozen=True, slots=True)
class _Stopped:
    """A generation that was to be stopped. Times in seconds.

    Attributes:
        lasted: From the moment that the delay counts from to the end.
        latency: From the stop to the end; None if it ended before.
    """

    lasted: float
    latency: float | None


def _stopped(
    engine: Engine, prompt: tuple[Segment, ...], delay: float, *, writing: bool
) -> _Stopped:
    """Generates, and stops that after a delay.

    Args:
        engine: Has loaded a model.
        prompt: What to read.
        delay: From the command on, or from the end of the prompt.
        writing: Whether the writing is to be stopped, and not the reading.

    Raises:
        MeasureError: It ended in another way.
    """
    clock = time.perf_counter
    sent: list[float] = []

    def stop() -> None:
        sent.append(clock())
        engine.send(Stop(_ID))

    timer = threading.Timer(delay, stop)
    sampling = replace(GREEDY, max_tokens=_ENDLESS if writing else 1)
    start = clock()
    engine.send(Generate(_ID, prompt, sampling))
    if not writing:
        timer.start()
    for event in engine.events():
        match event:
            case PromptProgress() if writing and event.done == event.total:
                start = clock()
                timer.start()
            case Finished():
                break
            case _:
                engine.check(event)
    end = clock()
    timer.cancel()
    timer.join()
    if event.reason is FinishReason.CANCELLED:
        return _Stopped(end - start, end - sent[0])
    return _Stopped(end - start, None)
