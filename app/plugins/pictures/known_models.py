"""A few models for pictures whose licence and file are known.

Sizes and checksums are those that the pages named here gave in 2025; what is not known
is left out. The program loads any other model of the same kinds as well.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model for pictures.

    Attributes:
        name: What people call it.
        page: Where its file is offered.
        file: The file's name there; empty where there are several.
        gigabytes: Its size, in 10^9 bytes; 0 where it is not known.
        sha256: Its checksum; empty where it is not known.
        licence: The licence's name.
        side: Pixels of a picture's sides that it was trained for.
        steps: Of the sampler.
        guidance: How closely it should follow a description.
    """

    name: str
    page: str
    licence: str
    file: str = ""
    gigabytes: float = 0.0
    sha256: str = ""
    side: int = 512
    steps: int = 20
    guidance: float = 7.0


KNOWN_MODELS: Final = (
    KnownModel(
        name="Stable Diffusion 1.5",
        page="https://huggingface.co/gpustack/stable-diffusion-v1-5-GGUF",
        licence="CreativeML OpenRAIL-M",
        file="stable-diffusion-v1-5-Q8_0.gguf",
        gigabytes=1.88,
        sha256="a51037fac577d133fe3b83a4a0c2a7605615786f07bdec397378143fe0361f32",
    ),
    KnownModel(
        name="SD-Turbo",
        page="https://huggingface.co/Green-Sky/SD-Turbo-GGUF",
        licence="Stability AI Community License",
        file="sd_turbo-f16-q8_0.gguf",
        gigabytes=2.02,
        sha256="d50be7655f0a554cf8041c145d88b210bd5f3c545423119dee62ae08cae51580",
        steps=4,
        guidance=1.0,
    ),
    KnownModel(
        name="SDXS-512",
        page="https://huggingface.co/akleine/sdxs-512",
        licence="OpenRAIL++",
        steps=1,
        guidance=1.0,
    ),
)
