"""The words of MOSS's format: its forms, markers, labels and fields, and a turn."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final


class Form(StrEnum):
    """Which dialogue a model was tuned on: for MOSS's the value of `moss.form`.

    A base model continues text. `CHAT` is any other model: its file brings a chat
    template of its own, with which the engine writes the prompt.
    """

    PLUGIN = "plugin"
    SFT = "sft"
    BASE = "base"
    CHAT = "chat"

    @property
    def has_two_stages(self) -> bool:
        """Whether the model thinks and uses tools before it answers."""
        return self is Form.PLUGIN


MOSS_FORMS: Final = (Form.PLUGIN, Form.SFT, Form.BASE)
"""Those whose prompts are written here."""


class Marker(StrEnum):
    """The control tokens that close a field."""

    HUMAN = "<eoh>"
    THOUGHTS = "<eot>"
    COMMANDS = "<eoc>"
    RESULTS = "<eor>"
    ANSWER = "<eom>"


class Label(StrEnum):
    """The role labels that open a field: ordinary text, not control tokens."""

    HUMAN = "<|Human|>:"
    THOUGHTS = "<|Inner Thoughts|>:"
    COMMANDS = "<|Commands|>:"
    RESULTS = "<|Results|>:"
    ANSWER = "<|MOSS|>:"


class Field(Enum):
    """The parts of a reply that the model writes."""

    THOUGHTS = "thoughts"
    COMMANDS = "commands"
    ANSWER = "answer"


NO_RESULTS: Final = " None"
"""The results field of a turn without commands."""


@dataclass(frozen=True, slots=True)
class Turn:
    r"""One question and what MOSS made of it.

    Attributes:
        question: What the user wrote.
        thoughts: The inner thoughts, without the space after the label.
        commands: The commands field, likewise.
        results: What stands between `<|Results|>:` and `<eor>`, with its first
            space or newline: ` None`, or `\n` and the entries.
        answer: The answer, likewise without the space after the label.
    """

    question: str
    thoughts: str = "None"
    commands: str = "None"
    results: str = NO_RESULTS
    answer: str = ""
