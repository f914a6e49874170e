"""What a streamed token costs the window's thread, and the longest stall meanwhile."""

import time
from dataclasses import dataclass
from typing import Final

from benchmarks.frames import Frames, Gap
from benchmarks.windowing import chats
from benchmarks.windowing.program import Program

_TOKEN: Final = 4
"""Characters."""
_SECONDS: Final = 0.004
"""Between two tokens: 250 in a second."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A while of streaming.

    Attributes:
        seconds: Processor time of the window's thread for each token: taking it,
            showing it, saving it.
        gaps: Between frames.
    """

    seconds: float
    gaps: tuple[Gap, ...]


def stream(program: Program, *, there: str, tokens: int) -> Streamed:
    """Has an answer written to a new question in the chat that is open.

    Args:
        program: The window.
        there: How the answer begins; that is not measured.
        tokens: How many follow.
    """
    generation = program.ask("And then?")
    program.write(generation, there)
    program.settle()
    program.pause(0.3)
    text = chats.answer(_TOKEN * tokens)
    idle = _idle(program, tokens)
    frames = Frames()
    frames.begin()
    before = time.thread_time()
    for start in range(0, len(text), _TOKEN):
        program.write(generation, text[start : start + _TOKEN])
        program.pause(_SECONDS)
    cost = time.thread_time() - before - idle
    gaps = frames.end()
    program.finish(generation)
    program.settle()
    return Streamed(max(cost, 0.0) / tokens, tuple(gaps))


def _idle(program: Program, tokens: int) -> float:
    """What waiting for so many tokens costs."""
    before = time.thread_time()
    for _ in range(tokens):
        program.pause(_SECONDS)
    return time.thread_time() - before
