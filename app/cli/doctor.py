"""`moss doctor`: what this computer has, what fits on it, and how fast it is."""

import sys
from dataclasses import replace
from pathlib import Path

import msgspec

from app.catalogue import library
from app.cli.output import say, speak_utf8
from app.domain.errors import ErrorCode, UserError
from app.engine.client import EngineClient, EngineLostError, command_line
from app.frozen import is_frozen
from app.paths import Paths
from app.services import conversion
from app.services.diagnosis import Benchmark, measure, survey
from app.services.diagnosis_text import lines
from app.services.environment import look_around
from app.services.words import explain
from app.store.settings_file import SettingsFile


def doctor(
    paths: Paths, *, model: Path | None, as_json: bool, is_quick: bool = False
) -> int:
    """Looks, measures and prints.

    Args:
        paths: Where things are.
        model: What is measured; None takes the last one or the demo.
        as_json: Whether a program reads it.
        is_quick: Whether nothing is measured.

    Returns:
        The exit code: 1 when no model could be measured, and was to be.
    """
    speak_utf8()
    command = command_line(state=paths.engine, modules=paths.modules)
    try:
        with EngineClient(command) as engine:
            report = survey(engine)
            if not is_quick:
                benchmark = _benchmark(engine, paths, model)
                report = replace(report, benchmark=benchmark)
    except EngineLostError as error:
        say(explain(error))
        return 1
    environment = look_around(paths, frozen=is_frozen())
    report = replace(report, environment=environment)
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(report), indent=2)
        sys.stdout.write(text.decode("utf-8") + "\n")
    else:
        sys.stdout.write("\n".join(lines(report)) + "\n")
    return 0 if is_quick or report.benchmark is not None else 1


def _benchmark(
    engine: EngineClient, paths: Paths, model: Path | None
) -> Benchmark | None:
    """How fast a model is; None, and the reason is said, where none can be loaded."""
    try:
        chosen = model or _usual_model(paths)
        return measure(engine, chosen, lambda phrase: say(phrase.english))
    except EngineLostError:
        raise
    except UserError as error:
        say(explain(error))
        return None


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
