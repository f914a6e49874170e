"""The models that are measured, and what is said to them."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.domain import moss
from app.domain.generation import Segment
from app.domain.tools import Tool
from benchmarks.measure import MeasureError

_ROOT = Path(__file__).parents[2]
_DEMO = _ROOT / "resources" / "demo"
_DEMO_TYPE = "F16"
"""The type in which the program converts it; see `app.catalogue.library`."""
TOOLS = (Tool.CALCULATE, Tool.SOLVE)
COUNTING = (Segment("Numbers: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,"),)
"""What small models go on with and do not end."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model and how a new chat with it begins.

    Attributes:
        name: For the tables.
        path: The GGUF file.
        prefix: What all its chats begin with.
        question: What follows in a new chat that begins with a question.
    """

    name: str
    path: Path
    prefix: tuple[Segment, ...]
    question: Callable[[str], tuple[Segment, ...]]


def demo(work: Path) -> Subject:
    """The bundled model, converted as the program converts it.

    Args:
        work: Folder for it; one that lies there is taken.

    Raises:
        MeasureError: It cannot be converted.
    """
    path = work / "demo.gguf"
    if not path.is_file():
        command = [sys.executable, "-m", "converter", _DEMO, path, "--type", _DEMO_TYPE]
        done = subprocess.run(  # noqa: S603 -- the project's own program
            command, cwd=_ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise MeasureError(done.stderr)
    prefix = (Segment(moss.prefix(moss.Form.PLUGIN, TOOLS)),)

    def question(text: str) -> tuple[Segment, ...]:
        return moss.stage_one(moss.Form.PLUGIN, (), text, tools=TOOLS)[1:]

    return Subject("demo", path, prefix, question)


def smollm2(path: Path) -> Subject:
    """SmolLM2-135M with MOSS's meta instruction as its system prompt, in ChatML."""

    def said(role: str, text: str) -> tuple[Segment, ...]:
        return (
            Segment("<|im_start|>", control=True),
            Segment(f"{role}\n{text}"),
            Segment("<|im_end|>", control=True),
            Segment("\n"),
        )

    def question(text: str) -> tuple[Segment, ...]:
        return (*said("user", text), *said("assistant", "")[:2])

    return Subject("SmolLM2", path, said("system", moss.META_INSTRUCTION), question)
