"""Presets: under a name, what a model is told besides, and how it chooses tokens."""

from dataclasses import dataclass, field
from typing import Final

from app.domain.generation import Sampling


@dataclass(frozen=True, slots=True)
class Preset:
    """How replies are to be written.

    Attributes:
        name: What the user calls it; empty for `STANDARD`.
        instruction: What the model is told besides: MOSS as further lines of its meta
            instruction, another model as the system's message.
        sampling: How tokens are chosen.
    """

    name: str = ""
    instruction: str = ""
    sampling: Sampling = field(default_factory=Sampling)


STANDARD: Final = Preset()
"""The built-in preset: no instruction, and the sampling that MOSS was published with
(temperature 0.7, top-p 0.8, top-k 40, repetition penalty 1.02)."""
