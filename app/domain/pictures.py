"""Pictures that tools make: what the user chose for them. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

SMALLEST_SIDE: Final = 64
LARGEST_SIDE: Final = 2048
SIDE_STEP: Final = 64
"""Stable Diffusion's sides are multiples of 64 pixels."""
MOST_STEPS: Final = 150
MOST_GUIDANCE: Final = 30.0
LARGEST_SEED: Final = 2**31 - 1
RANDOM_SEED: Final = -1


class PictureSource(StrEnum):
    """Where pictures come from."""

    NONE = "none"
    SERVER = "server"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """What the user chose.

    Attributes:
        source: Where pictures come from.
        server: The address of a server with AUTOMATIC1111's interface.
        model: The file of a model that this computer runs.
        width: In pixels.
        height: In pixels.
        steps: Of the sampler.
        guidance: How closely the description is followed; 1 for distilled models.
        seed: Where chance begins; negative for another picture each time.
    """

    source: PictureSource = PictureSource.NONE
    server: str = ""
    model: str = ""
    width: int = 512
    height: int = 512
    steps: int = 20
    guidance: float = 7.0
    seed: int = RANDOM_SEED

    def bounded(self) -> Self:
        """These settings with every number in its bounds."""
        return replace(
            self,
            width=_side(self.width),
            height=_side(self.height),
            steps=min(max(self.steps, 1), MOST_STEPS),
            guidance=min(max(self.guidance, 1.0), MOST_GUIDANCE),
            seed=min(max(self.seed, RANDOM_SEED), LARGEST_SEED),
        )


def _side(pixels: int) -> int:
    pixels = min(max(pixels, SMALLEST_SIDE), LARGEST_SIDE)
    return pixels // SIDE_STEP * SIDE_STEP
