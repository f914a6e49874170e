"""`moss doctor`'s report as plain text: what a person reads or sends to a developer."""

from collections.abc import Iterator
from typing import Final

from app.domain.hardware import Device, Placement
from app.services.diagnosis import Benchmark, Report
from app.services.environment import Environment, Storage
from app.services.words import module_phrases

_GIB: Final = 2**30
_MIB: Final = 2**20


def lines(report: Report) -> Iterator[str]:
    """The report, in English; it holds no paths, file names or addresses."""
    yield report.engine
    yield f"  {' '.join(report.features)}"
    yield ""
    yield "Devices"
    for device in report.devices:
        yield f"  {_device(device)}"
    for phrase in module_phrases(report.modules):
        yield f"  {phrase.english}"
    yield ""
    yield "What would fit"
    for fit in report.fits:
        yield f"  {fit.model}: {_placement(fit.placement)}"
        yield f"    {' '.join(fit.told)}"
    if report.benchmark is not None:
        yield ""
        yield from _benchmark(report.benchmark)
    if report.environment is not None:
        yield ""
        yield from _environment(report.environment)


def _device(device: Device) -> str:
    memory = f"{size_text(device.free)} of {size_text(device.total)} free"
    return f"{device.name:<8}{device.description}, {memory}"


def _placement(placement: Placement) -> str:
    cards = " + ".join(
        f"{share.layers} layers, {size_text(share.size)} on {share.device}"
        for share in placement.shares
    )
    host = f"{size_text(placement.host_size)} of memory"
    context = f"keys and values {placement.kv_type}"
    return ", ".join(filter(None, (cards, host, context)))


def _benchmark(found: Benchmark) -> Iterator[str]:
    yield f"Measured: {found.model or 'the model'} {found.quantization}"
    yield f"  {' '.join(found.told)}"
    chosen, usage = found.placement, found.usage
    kind = f"keys and values {chosen.kv_type}"
    yield (
        f"  {size_text(found.size)}, loaded in {found.load_seconds:.2f} s, {kind}, "
        f"{chosen.threads} threads, {chosen.batch} tokens at a time"
    )
    yield (
        f"  reads {found.read_per_second:.1f} tokens a second ({usage.prompt_tokens}), "
        f"writes {usage.tokens_per_second:.1f} ({usage.generated_tokens})"
    )


def _environment(found: Environment) -> Iterator[str]:
    build = ", installed build" if found.frozen else ""
    yield f"MOSS Desktop {found.version}, Python {found.python}{build}"
    yield f"  {found.system}"
    yield ""
    yield "On the disk"
    for storage in found.storage:
        yield f"  {_storage(storage)}"
    yield ""
    yield "Warnings and errors lately"
    if not found.problems:
        yield "  none"
    for problem in found.problems:
        yield f"  {problem.moment:%Y-%m-%d %H:%M} {problem.level} {problem.text}"


def _storage(storage: Storage) -> str:
    files = "1 file" if storage.files == 1 else f"{storage.files} files"
    free = "" if storage.free is None else f", {size_text(storage.free)} free"
    return f"{storage.kind:<9}{size_text(storage.size)} in {files}{free}"


def size_text(count: int) -> str:
    """Bytes for people."""
    if count < _GIB:
        return f"{count / _MIB:.0f} MiB"
    return f"{count / _GIB:.1f} GiB"
