"""The pipeline: open, map, transform, quantize, write, one tensor after the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.architectures import codegen
from converter.chat_template import chat_template
from converter.checkpoint import Checkpoint
from converter.errors import OutputError, TensorError
from converter.imatrix import Imatrix, read_imatrix, weigh
from converter.metadata import Entry, Form, Identity, general
from converter.mixture import (
    DEFAULT_TYPE,
    KEPT_TYPE,
    OUTPUT_TYPES,
    WIDE_TYPE,
    Traits,
    kept_type,
    tensor_type,
)
from converter.output_file import OutputFile, free_space
from converter.packing import Packing
from converter.progress import Reporter, readable_size
from converter.quantize import Encoder, Importance
from converter.source import Source, open_source
from converter.tokenizer import Vocabulary, entries
from converter.writer import GgufWriter, TensorInfo, file_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to convert, and into what.

    Attributes:
        checkpoint: Folder of the checkpoint.
        target: The GGUF to make.
        output_type: A name in `OUTPUT_TYPES`, or None for the one that suits the
            checkpoint.
        form: Which dialogue the model was tuned on; None to find out.
        overwrite: Whether a file may be replaced.
        threads: How many to quantize on; None for one on each core.
        imatrix: An importance matrix to quantize with, or None.
    """

    checkpoint: Path
    target: Path
    output_type: str | None = None
    form: Form | None = None
    overwrite: bool = False
    threads: int | None = None
    imatrix: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """All that is known before the first byte is written.

    Attributes:
        title: What is converted, for people.
        summary: What became of the weights, for people.
        warnings: What is odd about the checkpoint or the importance matrix.
        output_type: A name in `OUTPUT_TYPES`.
        header: Entries of the GGUF's header.
        tensors: What to write, in order, and how.
        importance: Importance of the columns, for tensors that are quantized with it.
    """

    title: str
    summary: str
    warnings: tuple[str, ...]
    output_type: str
    header: tuple[Entry, ...]
    tensors: tuple[tuple[codegen.Target, TensorInfo], ...]
    importance: Mapping[str, Importance]

    @property
    def infos(self) -> list[TensorInfo]:
        """What the header says about each tensor."""
        return [info for _, info in self.tensors]

    @property
    def size(self) -> int:
        """Bytes of all tensors."""
        return sum(info.size for info in self.infos)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a conversion would do.

    Attributes:
        conversion: What is decided about each tensor.
        size: Bytes of the whole file.
        free: Bytes free where it would be.
    """

    conversion: Conversion
    size: int
    free: int


def convert(request: Request, reporter: Reporter) -> None:
    """Converts a checkpoint.

    Args:
        request: What to do.
        reporter: Is told how far it is.

    Raises:
        ConversionError: It cannot be done; there is no file under the final name, or
            the one that was there before.
    """
    with GgufWriter(request.target, overwrite=request.overwrite) as writer:
        conversion = _prepare(request)
        reporter.opened(conversion.title)
        for warning in conversion.warnings:
            reporter.warned(warning)
        size = writer.begin(conversion.header, conversion.infos)
        with Encoder(request.threads) as encoder:
            _write(conversion, encoder, writer, reporter=reporter)
        writer.finish()
    reporter.finished(
        f"{request.target}: {readable_size(size)} written, {conversion.summary}", size
    )


def rehearse(request: Request) -> Rehearsal:
    """Does everything up to the first byte of the output, and writes nothing.

    Raises:
        ConversionError: The conversion would fail, other than for lack of space.
    """
    OutputFile(request.target, overwrite=request.overwrite).check()
    conversion = _prepare(request)
    return Rehearsal(
        conversion=conversion,
        size=file_size(conversion.header, conversion.infos),
        free=free_space(request.target),
    )


def _prepare(request: Request) -> Conversion:
    imatrix = read_imatrix(request.imatrix) if request.imatrix else None
    source = open_source(request.checkpoint, request.form)
    _protect(source.checkpoint, request.target, request.imatrix)
    return prepare(source, request.output_type, imatrix)


def prepare(
    source: Source, output_type: str | None = None, imatrix: Imatrix | None = None
) -> Conversion:
    """Decides what becomes of each tensor of a checkpoint.

    Args:
        source: The checkpoint.
        output_type: A name in `OUTPUT_TYPES`, or None for the one that suits it.
        imatrix: An importance matrix to quantize with, or None.

    Raises:
        ImatrixError: It is that of another model.
    """
    output_type = output_type or _default_type(source.packing)
    wanted = OUTPUT_TYPES[output_type]
    is_kept = output_type == KEPT_TYPE and bool(
        source.packing and source.packing.is_kept
    )
    layers = source.parameters.layers
    traits = Traits(layers=layers, has_imatrix=imatrix is not None)
    tensors = tuple(
        (
            target,
            TensorInfo(
                target.name,
                target.shape,
                kept_type(target, target.rows)
                if is_kept
                else tensor_type(wanted, target, traits),
            ),
        )
        for target in source.plan.targets
    )
    weighting = weigh(imatrix, [info for _, info in tensors], is_kept=is_kept)
    origin = source.number_types + ", kept as it is" * is_kept
    return Conversion(
        title=f"{source.identity.name}: {layers} layers of {source.parameters.width}, "
        f"{len(tensors)} tensors of {source.number_types}, into {output_type}",
        summary=f"{output_type} from {origin}",
        warnings=(*source.warnings, *weighting.warnings),
        output_type=output_type,
        header=(
            *general(
                source.identity,
                architecture=codegen.NAME,
                file_type=wanted.file_type,
                source=origin,
            ),
            *codegen.metadata(source.parameters),
            *weighting.header,
            *_dialogue(source.identity, source.vocabulary),
        ),
        tensors=tensors,
        importance=weighting.importance,
    )


def _write(
    conversion: Conversion, encoder: Encoder, writer: GgufWriter, *, reporter: Reporter
) -> None:
    done, total = 0, conversion.size
    for target, info in conversion.tensors:
        try:
            encoded = encoder.encode(
                target.rows, info.kind, importance=conversion.importance.get(info.name)
            )
            for written in writer.write(info.name, encoded):
                done += written
                reporter.advanced(info.name, done, total)
            target.rows.release()
        except TensorError as error:
            origin = target.rows.origin
            error.tensor = origin.name if origin else info.name
            error.file = origin.file if origin else None
            raise


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


def _protect(checkpoint: Checkpoint, target: Path, imatrix: Path | None) -> None:
    """Makes sure that `--force` cannot replace a file that is read."""
    if imatrix is not None and target.exists() and target.samefile(imatrix):
        raise OutputError(
            problem="this file is the importance matrix",
            file=target,
            remedy="choose another name",
        )
    for file in checkpoint.folder.iterdir():
        if file.suffix != ".gguf" and target.exists() and target.samefile(file):
            raise OutputError(
                problem="this file belongs to the checkpoint",
                file=target,
                remedy="choose another name",
            )
