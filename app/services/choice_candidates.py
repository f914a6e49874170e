"""What could be fetched for a computer, with the numbers that the choice looks at.

MOSS in each build that is worth having of each published form, and small models. What a
file needs is known exactly when it is here; before, it is computed from the shapes that
its authors published.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.engine.memory import Dimensions, Needs, Weights
from app.engine.moss_sizes import moss_needs
from app.services.choice import Candidate

_GRADES: Final = {
    # What nobody tells from the original, from what one hardly does, from the rest.
    "Q8_0": 4,
    "Q6_K": 4,
    "Q5_K_M": 3,
    "Q4_K_M": 2,
    "Q4_1": 2,
    "Q4_0": 1,
}
_BUILDS: Final = {
    # By the bits of the checkpoint. One that is quantized already is not quantized
    # to less once more: that would add a second error to the first.
    16: ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0"),
    8: ("Q8_0",),
    4: ("Q4_1",),
}
_AT_ONCE: Final = 2
"""Weight files that are on the disk at the same time while they are converted."""
_HEADER: Final = 8_000_000
"""Bytes of a GGUF file beside its tensors: MOSS's vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A published checkpoint of MOSS.

    Attributes:
        id: The catalogue's name of it.
        title: Its name for people.
        bits: Of a weight: 16, 8 or 4.
        size: Bytes of the download.
        largest: Bytes of its largest file of weights; 0 where it has only one.
    """

    id: str
    title: str
    bits: int
    size: int
    largest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallModel:
    """A GGUF file that is not MOSS.

    Attributes:
        id: The catalogue's name of it.
        title: Its name for people.
        parameters: How many.
        size: Bytes of the file.
        languages: What it speaks, as ISO 639-1 codes.
    """

    id: str
    title: str
    parameters: int
    size: int
    languages: frozenset[str] = frozenset({"en"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """The published numbers of a small model; its output is its embedding."""

    layers: int
    width: int
    inner: int
    heads: int
    kv_heads: int
    head: int
    vocabulary: int
    context: int

    @property
    def dimensions(self) -> Dimensions:
        return Dimensions(
            context=self.context,
            embedding=self.width,
            feed_forward=self.inner,
            heads=self.heads,
            kv_heads=self.kv_heads,
            key=self.head,
            value=self.head,
            vocabulary=self.vocabulary,
        )


_SMOLLM2: Final = {"head": 64, "vocabulary": 49152, "context": 8192}
_QWEN: Final = {"vocabulary": 151936}
_SHAPES: Final = {
    "smollm2-135m-instruct": _Shape(
        layers=30, width=576, inner=1536, heads=9, kv_heads=3, **_SMOLLM2
    ),
    "smollm2-360m-instruct": _Shape(
        layers=32, width=960, inner=2560, heads=15, kv_heads=5, **_SMOLLM2
    ),
    "qwen2.5-0.5b-instruct": _Shape(
        layers=24,
        width=896,
        inner=4864,
        heads=14,
        kv_heads=2,
        head=64,
        context=32768,
        **_QWEN,
    ),
    "qwen2.5-1.5b-instruct": _Shape(
        layers=28,
        width=1536,
        inner=8960,
        heads=12,
        kv_heads=2,
        head=128,
        context=32768,
        **_QWEN,
    ),
    "qwen3-0.6b": _Shape(
        layers=28,
        width=1024,
        inner=3072,
        heads=16,
        kv_heads=8,
        head=128,
        context=40960,
        **_QWEN,
    ),
}
"""From the `config.json` of each, by the catalogue's names."""


def of_source(
    source: Source, repacked_types: frozenset[str] = frozenset()
) -> Iterator[Candidate]:
    """The builds of MOSS that are worth making of a checkpoint.

    Args:
        source: The checkpoint.
        repacked_types: The types that this computer's processor rearranges.
    """
    held = min(source.size, _AT_ONCE * (source.largest or source.size))
    for build in _BUILDS.get(source.bits, ()):
        needs = moss_needs(build, repacked_types)
        disk = needs.size + _HEADER
        yield Candidate(
            id=source.id,
            title=source.title,
            build=build,
            moss=True,
            grade=_GRADES[build],
            needs=needs,
            download=source.size,
            disk=disk,
            peak=disk + held,
            languages=frozenset({"en", "zh"}),
        )


def of_small(model: SmallModel) -> Candidate:
    """A model that is used as it comes."""
    shape = _SHAPES.get(model.id) or _likely(model.parameters)
    return Candidate(
        id=model.id,
        title=model.title,
        grade=model.parameters,
        needs=_needs(shape, model),
        download=model.size,
        disk=model.size,
        peak=model.size,
        languages=model.languages,
    )


def _needs(shape: _Shape, model: SmallModel) -> Needs:
    """What a model needs whose weights are all of one type."""
    each = model.size / model.parameters
    embedding = min(int(shape.vocabulary * shape.width * each), model.size // 2)
    layer = (model.size - embedding) // shape.layers
    outer = Weights(embedding, 0, embedding)
    # The largest of a layer is one of its three matrices into and out of the MLP.
    inner = Weights(layer, 0, layer // 3)
    return Needs(shape.dimensions, outer, (*[inner] * shape.layers, outer))


def _likely(parameters: int) -> _Shape:
    """What a model of this size mostly looks like."""
    layers, head = 28, 128
    # Of the weights of a layer, 12 times the square of the width is the usual number.
    heads = max(1, round((parameters / layers / 12) ** 0.5 / head))
    return _Shape(
        layers=layers,
        width=heads * head,
        inner=4 * heads * head,
        heads=heads,
        kv_heads=min(heads, 8),
        head=head,
        vocabulary=151936,
        context=8192,
    )
