"""What is to be drawn, and what whoever draws has to offer."""

from dataclasses import dataclass
from typing import Final, Protocol

from app.plugins.api import Run

MOST_CHARACTERS: Final = 1000
"""Of a description; the models read some 75 tokens of it at a time."""

_SYNTAX: Final = str.maketrans("<>", "  ")


@dataclass(frozen=True, slots=True)
class Order:
    """One picture.

    Attributes:
        description: What is to be seen, as `plain_description` leaves it.
        width: In pixels.
        height: In pixels.
        steps: Of the sampler.
        guidance: How closely the description is followed (classifier-free guidance);
            1 for distilled models such as SD-Turbo.
        seed: Where chance begins; negative for another picture each time.
    """

    description: str
    width: int
    height: int
    steps: int
    guidance: float
    seed: int


class Painter(Protocol):
    """Whoever draws."""

    def prepare(self) -> None:
        """Loads what is slow to load; may be called again.

        Raises:
            ToolError: It cannot be used.
        """

    def draw(self, order: Order, run: Run) -> bytes:
        """Draws.

        Returns:
            The file as it came; nothing about it has been checked.

        Raises:
            ToolError: There is no picture; CANCELLED where nobody wants it any more.
        """


def plain_description(text: str) -> str:
    """What a model wrote as a description of a picture, and as nothing else.

    Angle brackets go: `<lora:/path:1>` would have stable-diffusion-cpp-python open any
    file, `<hypernet:…>` is the same in AUTOMATIC1111's web interface, and
    `<sd_cpp_extra_args>` changes any setting of stable-diffusion.cpp's server.
    Control characters are no part of a description either.
    """
    printable = "".join(c if c.isprintable() else " " for c in text.translate(_SYNTAX))
    return " ".join(printable.split())[:MOST_CHARACTERS].rstrip()
