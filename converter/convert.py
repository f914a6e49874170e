"""The pipeline: open, map, transform, quantize, write, one tensor after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from converter import gptq
from converter.architectures import codegen
from converter.chat_template import chat_template
from converter.checkpoint import Checkpoint, open_checkpoint
from converter.errors import OutputError, TensorError
from converter.metadata import Entry, Form, Identity, general, identify
from converter.mixture import (
    DEFAULT_TYPE,
    KEPT_TYPE,
    OUTPUT_TYPES,
    WIDE_TYPE,
    kept_type,
    tensor_type,
)
from converter.progress import Reporter, readable_size
from converter.quantize import Encoder
from converter.tokenizer import Vocabulary, entries, read_vocabulary
from converter.writer import GgufWriter, TensorInfo


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
    """

    checkpoint: Path
    target: Path
    output_type: str | None = None
    form: Form | None = None
    overwrite: bool = False
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """All that is known before the first byte is written.

    Attributes:
        title: What is converted, for people.
        summary: What became of the weights, for people.
        warnings: What is odd about the checkpoint.
        header: Entries of the GGUF's header.
        tensors: What to write, in order, and how.
    """

    title: str
    summary: str
    warnings: tuple[str, ...]
    header: tuple[Entry, ...]
    tensors: tuple[tuple[codegen.Target, TensorInfo], ...]

    @property
    def size(self) -> int:
        """Bytes of all tensors."""
        return sum(info.size for _, info in self.tensors)


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
        conversion = prepare(request)
        reporter.opened(conversion.title)
        for warning in conversion.warnings:
            reporter.warned(warning)
        size = writer.begin(conversion.header, [info for _, info in conversion.tensors])
        with Encoder(request.threads) as encoder:
            _write(conversion, encoder, writer, reporter=reporter)
        writer.finish()
    reporter.finished(
        f"{request.target}: {readable_size(size)} written, {conversion.summary}",
        size,
    )


def prepare(request: Request) -> Conversion:
    """Opens and checks a checkpoint and decides what becomes of each tensor.

    Raises:
        ConversionError: The checkpoint cannot be converted.
    """
    checkpoint = open_checkpoint(request.checkpoint)
    _protect(checkpoint, request.target)
    parameters = codegen.Hyperparameters.from_config(
        checkpoint.config, checkpoint.folder / "config.json"
    )
    vocabulary = read_vocabulary(checkpoint.folder, parameters.vocabulary)
    plan = codegen.plan(parameters, checkpoint.tensors)
    identity = identify(
        checkpoint.config,
        checkpoint.folder.resolve().name,
        has_markers=vocabulary.has_markers,
        form=request.form,
    )
    packing = gptq.packing(target.rows for target in plan.targets)
    output_type = request.output_type or _default_type(packing)
    wanted = OUTPUT_TYPES[output_type]
    is_kept = output_type == KEPT_TYPE and packing is not None and packing.is_kept
    infos = [
        TensorInfo(
            target.name,
            target.shape,
            kept_type(target, target.rows)
            if is_kept
            else tensor_type(wanted, target, layers=parameters.layers),
        )
        for target in plan.targets
    ]
    source = str(packing) if packing else _number_types(checkpoint)
    header = (
        *general(
            identity,
            architecture=codegen.NAME,
            file_type=wanted.file_type,
            source=f"{source}, kept as it is" if is_kept else source,
        ),
        *codegen.metadata(parameters),
        *_dialogue(identity, vocabulary),
    )
    return Conversion(
        title=f"{identity.name}: {parameters.layers} layers of {parameters.width}, "
        f"{len(infos)} tensors of {source}, into {output_type}",
        summary=f"{output_type} from {source}" + ", kept as it is" * is_kept,
        warnings=tuple(packing.contradictions(checkpoint.config)) if packing else (),
        header=header,
        tensors=tuple(zip(plan.targets, infos, strict=True)),
    )


def _write(
    conversion: Conversion, encoder: Encoder, writer: GgufWriter, *, reporter: Reporter
) -> None:
    done, total = 0, conversion.size
    for target, info in conversion.tensors:
        try:
            for written in writer.write(
                info.name, encoder.encode(target.rows, info.kind)
            ):
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


def _default_type(packing: gptq.Packing | None) -> str:
    if packing is None:
        return DEFAULT_TYPE
    if packing.is_kept:
        return KEPT_TYPE
    return WIDE_TYPE if max(packing.bits) > 4 else DEFAULT_TYPE  # noqa: PLR2004


def _number_types(checkpoint: Checkpoint) -> str:
    found = {t.dtype.value for t in checkpoint.tensors.values() if t.dtype.is_weight}
    return " and ".join(sorted(found))


def _protect(checkpoint: Checkpoint, target: Path) -> None:
    """Makes sure that `--force` cannot replace a file of the checkpoint."""
    for file in checkpoint.folder.iterdir():
        if file.suffix != ".gguf" and target.exists() and target.samefile(file):
            raise OutputError(
                problem="this file belongs to the checkpoint",
                file=target,
                remedy="choose another name",
            )
