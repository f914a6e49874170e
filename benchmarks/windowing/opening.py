"""How long it takes until a chat's last messages are seen."""

import time
from dataclasses import dataclass

from benchmarks.frames import Frames, Gap
from benchmarks.windowing.program import Program


@dataclass(frozen=True, slots=True)
class Opened:
    """A chat that was opened.

    Attributes:
        seen: Seconds until its last messages were painted.
        gaps: Between frames, until everything about it was made.
    """

    seen: float
    gaps: tuple[Gap, ...]


def open_chat(program: Program, chat: str) -> Opened:
    """Opens a chat from an empty one."""
    controller = program.application.controller
    controller.show_chat(None)
    program.settle()
    frames = Frames()
    frames.begin()
    begun = time.perf_counter()
    controller.show_chat(chat)
    program.qt.processEvents()
    seen = time.perf_counter() - begun
    program.settle()
    program.pause(0.1)
    return Opened(seen, tuple(frames.end()))
