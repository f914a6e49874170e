"""What the user thinks of a reply, and what it was made with."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.generation import Sampling


class Rating(StrEnum):
    """A thumb."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Feedback:
    """The user's judgement of one reply.

    Attributes:
        rating: A thumb; None when none was given.
        remark: Why, in the user's words.
        preferred_over: Ids of replies to the same message that this one was chosen
            over.
    """

    rating: Rating | None = None
    remark: str = ""
    preferred_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a reply; seed and times are in its usage.

    Attributes:
        file: Name of the model's file, without its folder; a server's link.
        sha256: Hash of the file in hexadecimal digits; empty while it is not known.
        quantization: The file type, such as "Q4_0".
        engine: Name and version of the engine.
        device: Where it ran, such as "CPU".
        sampling: How tokens were chosen.
        tools: Names of the tools that were switched on.
        instruction: What the model was told besides.
    """

    file: str = ""
    sha256: str = ""
    quantization: str = ""
    engine: str = ""
    device: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    tools: tuple[str, ...] = ()
    instruction: str = ""
