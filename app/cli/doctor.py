"""`moss doctor`: what this computer has, what fits on it, and how fast it is."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from app.catalogue import library
from app.cli.output import say, speak_utf8
from app.domain.errors import ErrorCode, UserError
from app.domain.hardware import Device, Placement
from app.engine.client import EngineClient, EngineLostError, command_line
from app.paths import Paths
from app.services import conversion
from app.services.diagnosis import Benchmark, Report, measure, survey
from app.services.words import explain, module_phrases
from app.store.settings_file import SettingsFile

_GIB: Final = 2**30
_MIB: Final = 2**20


def doctor(paths: Paths, *, model: Path | None, as_json: bool) -> int:
    """Looks, measures and prints.

    Returns:
        The exit code: 1 when no model could be measured.
    """
    speak_utf8()
    command = command_line(state=paths.engine, modules=paths.modules)
    try:
        with EngineClient(command) as engine:
            report = _examined(engine, paths, model)
    except EngineLostError as error:
        say(explain(error))
        return 1
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(report), indent=2)
        sys.stdout.write(text.decode("utf-8") + "\n")
    else:
        sys.stdout.write("\n".join(_lines(report)) + "\n")
    return 0 if report.benchmark is not None else 1


def _examined(engine: EngineClient, paths: Paths, model: Path | None) -> Report:
    """The report; without a benchmark where no model can be loaded."""
    report = survey(engine)
    try:
        chosen = model or _usual_model(paths)
        benchmark = measure(engine, chosen, lambda phrase: say(phrase.english))
    except EngineLostError:
        raise
    except UserError as error:
        say(explain(error))
        return report
    return replace(report, benchmark=benchmark)


def _usual_model(paths: Paths) -> Path:
    """The model that would be opened: the last one, or the demo.

    Raises:
        UserError: The demo model cannot be made.
    """
    settings = SettingsFile(paths.settings).load()
    last, models = settings.model_path, paths.models_in(settings.models_folder)
    if last and Path(last).is_file():
        return Path(last)
    try:
        target = library.demo_target(models, paths.demo_checkpoint)
        models.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(ErrorCode.MODEL_NOT_FOUND, str(error)) from error
    if not target.exists():
        say("Preparing the demo model …")
        problem = conversion.run(paths.demo_checkpoint, target, library.DEMO_TYPE)
        if problem and not target.exists():
            raise UserError(ErrorCode.CONVERSION_FAILED, problem)
    return target


def _lines(report: Report) -> Iterator[str]:
    """The report for people."""
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


def _device(device: Device) -> str:
    memory = f"{_size(device.free)} of {_size(device.total)} free"
    return f"{device.name:<8}{device.description}, {memory}"


def _placement(placement: Placement) -> str:
    cards = " + ".join(
        f"{share.layers} layers, {_size(share.size)} on {share.device}"
        for share in placement.shares
    )
    host = f"{_size(placement.host_size)} of memory"
    context = f"keys and values {placement.kv_type}"
    return ", ".join(filter(None, (cards, host, context)))


def _benchmark(found: Benchmark) -> Iterator[str]:
    yield f"Measured: {found.model or 'the model'} {found.quantization}"
    yield f"  {' '.join(found.told)}"
    chosen, usage = found.placement, found.usage
    kind = f"keys and values {chosen.kv_type}"
    yield (
        f"  {_size(found.size)}, loaded in {found.load_seconds:.2f} s, {kind}, "
        f"{chosen.threads} threads, {chosen.batch} tokens at a time"
    )
    yield (
        f"  reads {found.read_per_second:.1f} tokens a second ({usage.prompt_tokens}), "
        f"writes {usage.tokens_per_second:.1f} ({usage.generated_tokens})"
    )


def _size(count: int) -> str:
    """Bytes for people."""
    if count < _GIB:
        return f"{count / _MIB:.0f} MiB"
    return f"{count / _GIB:.1f} GiB"
