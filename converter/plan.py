"""Decides what becomes of each tensor, before the first byte is written."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from converter.chat_template import chat_template
from converter.imatrix import Imatrix, weigh
from converter.intake import Ready, Target
from converter.metadata import Entry, Identity, general
from converter.mixture import (
    DEFAULT_TYPE,
    KEPT_TYPE,
    OUTPUT_TYPES,
    WIDE_TYPE,
    OutputType,
    Traits,
    kept_type,
    tensor_type,
)
from converter.packing import Packing, find_packing
from converter.quantize import Importance, ggml_build
from converter.source import Source
from converter.vocabulary import Vocabulary, entries
from converter.writer import Contents, TensorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What is known of a checkpoint's weights.

    Attributes:
        number_types: How they are stored, for people.
        packing: How the linears are quantized, or None.
        ready: What each target is made of; empty where that is not known yet, which
            only weights that are not quantized may be.
    """

    number_types: str
    packing: Packing | None = None
    ready: Mapping[str, Ready] = field(default_factory=dict)


def survey(ready: Sequence[Ready]) -> Weights:
    """Looks at the weights that have arrived."""
    packing = find_packing(found.rows for found in ready)
    stored = {tensor.dtype for found in ready for tensor in found.tensors}
    names = sorted(dtype.value for dtype in stored if dtype.is_weight)
    return Weights(
        number_types=str(packing or " and ".join(names)),
        packing=packing,
        ready={found.target.name: found for found in ready},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """All that is known before the first byte is written.

    Attributes:
        title: What is converted, for people.
        summary: What became of the weights, for people.
        warnings: What is odd about the checkpoint or the importance matrix.
        output_type: A name in `OUTPUT_TYPES`.
        contents: Header and tensors of the GGUF.
        importance: Importance of the columns, for tensors that are quantized with it.
    """

    title: str
    summary: str
    warnings: tuple[str, ...]
    output_type: str
    contents: Contents
    importance: Mapping[str, Importance]

    @property
    def size(self) -> int:
        """Bytes of all tensors."""
        return sum(info.size for info in self.contents.tensors)


def prepare(
    source: Source,
    weights: Weights,
    *,
    output_type: str | None = None,
    imatrix: Imatrix | None = None,
) -> Conversion:
    """Decides what becomes of each tensor of a checkpoint.

    Args:
        source: The checkpoint.
        weights: What is known of its weights.
        output_type: A name in `OUTPUT_TYPES`, or None for the one that suits it.
        imatrix: An importance matrix to quantize with, or None.

    Raises:
        ImatrixError: It is that of another model.
    """
    packing = weights.packing
    output_type = output_type or _default_type(packing)
    wanted = OUTPUT_TYPES[output_type]
    is_kept = output_type == KEPT_TYPE and packing is not None and packing.is_kept
    model = source.model
    traits = Traits(
        layers=model.layers,
        group=model.group,
        is_tied=model.is_tied,
        has_imatrix=imatrix is not None,
    )

    def info(target: Target) -> TensorInfo:
        kind = (
            kept_type(target, weights.ready[target.name].rows)
            if is_kept
            else tensor_type(wanted, target, traits)
        )
        return TensorInfo(target.name, target.shape, kind)

    tensors = tuple(map(info, model.targets()))
    weighting = weigh(imatrix, tensors, is_kept=is_kept)
    contradictions = packing.contradictions(source.config) if packing else ()
    origin = weights.number_types + ", kept as it is" * is_kept
    return Conversion(
        title=f"{source.identity.name}: {model.layers} layers of {model.width}, "
        f"{len(tensors)} tensors of {weights.number_types}, into {output_type}",
        summary=f"{output_type} from {origin}",
        warnings=(
            *source.vocabulary.warnings,
            *contradictions,
            *weighting.warnings,
        ),
        output_type=output_type,
        contents=Contents(
            entries=(*_header(source, wanted, origin), *weighting.header),
            tensors=tensors,
            number_types=weights.number_types,
            # The header names the converter; the blocks are ggml's.
            made_with=f"{ggml_build()} {_digest(weighting.importance)}",
        ),
        importance=weighting.importance,
    )


def _digest(importance: Mapping[str, Importance]) -> str:
    digest = hashlib.sha256()
    for name, values in sorted(importance.items()):
        digest.update(name.encode() + b"\0" + values.tobytes())
    return digest.hexdigest()


def _header(source: Source, wanted: OutputType, origin: str) -> Iterator[Entry]:
    yield from general(
        source.identity,
        architecture=source.model.name,
        file_type=wanted.file_type,
        source=origin,
    )
    yield from source.model.metadata()
    yield from _dialogue(source.identity, source.vocabulary)


def _dialogue(identity: Identity, vocabulary: Vocabulary) -> Iterator[Entry]:
    yield from entries(vocabulary)
    template = chat_template(identity.form)
    if template is not None:
        yield Entry.text("tokenizer.chat_template", template)


def _default_type(packing: Packing | None) -> str:
    if packing is None:
        return DEFAULT_TYPE
    if packing.is_kept:
        return KEPT_TYPE
    return WIDE_TYPE if max(packing.bits) > 4 else DEFAULT_TYPE  # noqa: PLR2004
