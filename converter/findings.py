"""What is wrong with a GGUF, as a verification says it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a GGUF that is not what the checkpoint makes.

    Attributes:
        subject: Name of a tensor, key of the header, or `logits`.
        problem: What is wrong with it, a clause without full stop.
    """

    subject: str
    problem: str
