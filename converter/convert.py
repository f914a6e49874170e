"""The pipeline: open, take in, transform, quantize, write, tensor by tensor."""

from dataclasses import dataclass
from pathlib import Path

from converter.errors import OutputError
from converter.imatrix import read_imatrix
from converter.metadata import Form
from converter.output_file import OutputFile, free_space
from converter.plan import Conversion, prepare, survey
from converter.progress import Reporter, readable_size
from converter.quantize import Encoder, Job
from converter.shards import LocalShards, Shards
from converter.source import open_source
from converter.supply import Supply
from converter.writer import GgufWriter, file_size


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


def convert(request: Request, reporter: Reporter, shards: Shards | None = None) -> None:
    """Converts a checkpoint.

    What a stopped conversion of the same checkpoint has left is gone on with.

    Args:
        request: What to do.
        reporter: Is told how far it is.
        shards: Where the weight files come from; None for the checkpoint's folder.

    Raises:
        ConversionError: It cannot be done; there is no file under the final name, or
            the one that was there before.
    """
    shards = shards or LocalShards(request.checkpoint)
    # What was made of files that may be gone is worth more than the space it takes.
    keep = not shards.are_kept
    with GgufWriter(request.target, overwrite=request.overwrite, keep=keep) as writer:
        imatrix = read_imatrix(request.imatrix) if request.imatrix else None
        source = open_source(request.checkpoint, request.form)
        _protect(source.folder, request)
        supply = Supply(source, shards, reporter=reporter)
        conversion = prepare(
            source,
            supply.survey(writer.history),
            output_type=request.output_type,
            imatrix=imatrix,
        )
        reporter.opened(conversion.title)
        for warning in conversion.warnings:
            reporter.warned(warning)
        size = writer.begin(conversion.contents)
        reporter.started(writer.written, conversion.size)
        with Encoder(request.threads) as encoder:
            pipeline = _Pipeline(conversion, encoder, writer, reporter)
            pipeline.run(supply)
        writer.finish()
        supply.use_up()
    reporter.finished(
        f"{request.target}: {readable_size(size)} written, {conversion.summary}", size
    )


def rehearse(request: Request) -> Rehearsal:
    """Does everything up to the first byte of the output, and writes nothing.

    Raises:
        ConversionError: The conversion would fail, other than for lack of space.
    """
    OutputFile(request.target, overwrite=request.overwrite).check()
    imatrix = read_imatrix(request.imatrix) if request.imatrix else None
    source = open_source(request.checkpoint, request.form)
    _protect(source.folder, request)
    conversion = prepare(
        source,
        survey(source.take_all().ready),
        output_type=request.output_type,
        imatrix=imatrix,
    )
    return Rehearsal(
        conversion=conversion,
        size=file_size(conversion.contents),
        free=free_space(request.target),
    )


@dataclass(frozen=True, slots=True)
class _Pipeline:
    """What takes tensors from a supply to a file."""

    conversion: Conversion
    encoder: Encoder
    writer: GgufWriter
    reporter: Reporter

    def run(self, supply: Supply) -> None:
        """Writes all tensors that are not written yet, in whatever order they come."""
        self._write(supply)
        while self.writer.left:
            self.writer.sync()
            supply.use_up()
            supply.wait(self.writer.done)
            self._write(supply)
        supply.check_unused()

    def _write(self, supply: Supply) -> None:
        """Writes what has arrived, and then holds on to none of it."""
        infos = {info.name: info for info in self.conversion.contents.tensors}
        origins: dict[str, str] = {}
        jobs = []
        for found in supply.hand_out():
            name = found.target.name
            origins[name] = supply.origin(found)
            if not self.writer.is_done(name, origins[name]):
                jobs.append(
                    Job(
                        name=name,
                        rows=found.rows,
                        kind=infos[name].kind,
                        importance=self.conversion.importance.get(name),
                    )
                )
        for job, data in self.encoder.encode(jobs):
            self.writer.write(job.name, data, origin=origins[job.name])
            self.reporter.advanced(job.name, self.writer.written, self.conversion.size)


def _protect(folder: Path, request: Request) -> None:
    """Makes sure that `--force` cannot replace a file that is read."""
    target, imatrix = request.target, request.imatrix
    if imatrix is not None and target.exists() and target.samefile(imatrix):
        raise OutputError(
            problem="this file is the importance matrix",
            file=target,
            remedy="choose another name",
        )
    for file in folder.iterdir():
        is_kept = file.suffix != ".gguf" and file.exists()
        if is_kept and target.exists() and target.samefile(file):
            raise OutputError(
                problem="this file belongs to the checkpoint",
                file=target,
                remedy="choose another name",
            )
