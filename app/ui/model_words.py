"""What lists say of a model, in the language of the window."""

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.services.library_fit import Fit, Verdict
from app.services.library_models import Model, Owner
from app.services.library_work import Outcome, Task
from app.ui import words

_BILLION = 1e9
_MILLION = 1e6


def size(count: int) -> str:
    """Bytes as people read them, in powers of ten as disks are sold."""
    form = QLocale.DataSizeFormat.DataSizeSIFormat
    return QLocale.c().formattedDataSize(count, 1, form)


def moment(when: datetime | None) -> str:
    """A moment; empty where there is none."""
    if when is None:
        return ""
    local = QDateTime.fromSecsSinceEpoch(round(when.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)


def group(model: Model) -> str:
    """The heading that a model stands under."""
    match model.owner:
        case Owner.PROGRAM:
            return QCoreApplication.translate("Models", "In this program")
        case Owner.USER:
            return QCoreApplication.translate("Models", "Files that you opened")
        case Owner.OTHER:
            return model.program.value if model.program else ""


def row(model: Model, fit: Fit | None, *, loaded: bool) -> tuple[str, ...]:
    """What the list's columns say: name, type, size, memory, speed, last used.

    Args:
        model: The model.
        fit: What it takes in memory.
        loaded: Whether it is the one in use.
    """
    title = model.title
    if loaded:
        title = QCoreApplication.translate("Models", "{0} (loaded)").format(title)
    if model.is_default:
        title = QCoreApplication.translate("Models", "{0} (at the start)").format(title)
    speed = f"{model.speed:.1f}" if model.speed else ""
    return (
        title,
        model.facts.quantization if model.facts else "",
        size(model.files.size),
        memory(fit),
        speed,
        moment(model.record.used),
    )


def memory(fit: Fit | None) -> str:
    """What a model takes in memory, and whether that will do."""
    if fit is None:
        return ""
    text = size(fit.size)
    match fit.verdict:
        case Verdict.SLOW:
            short = QCoreApplication.translate("Models", "{0} (very slow)")
            return short.format(text)
        case Verdict.TOO_LARGE:
            return QCoreApplication.translate("Models", "{0} (too large)").format(text)
        case _:
            return text


def details(model: Model) -> str:
    """What is known of a model beside its row: a line for each thing."""
    lines = [words.explain(model.problem)] if model.problem else []
    if model.facts is not None:
        lines.append(_kind(model))
    if model.owner is Owner.OTHER:
        told = QCoreApplication.translate(
            "Models", "It belongs to {0}; it is used where it is and never changed."
        )
        lines.append(told.format(group(model)))
    record = model.record
    if record.origin:
        told = QCoreApplication.translate("Models", "From {0}")
        lines.append(told.format(record.origin))
    if record.source and Path(record.source).is_dir():
        told = QCoreApplication.translate("Models", "Its checkpoint is kept in {0}")
        lines.append(told.format(record.source))
    lines.append(_checked(model))
    lines.append(str(model.path))
    return "\n".join(filter(None, lines))


def _kind(model: Model) -> str:
    """Architecture, parameters, context and licence."""
    facts = model.facts
    if facts is None:
        return ""
    count = facts.parameters
    if count >= _BILLION:
        parameters = f"{count / _BILLION:.1f} B"
    else:
        parameters = f"{count / _MILLION:.0f} M"
    context = QCoreApplication.translate("Models", "{0} tokens of context")
    parts = [
        facts.name,
        facts.architecture,
        parameters,
        context.format(facts.context) if facts.context else "",
        facts.licence,
    ]
    return " · ".join(filter(None, parts))


def _checked(model: Model) -> str:
    if model.record.checked:
        told = QCoreApplication.translate("Models", "Checked: {0}")
        return told.format(moment(model.record.checked))
    return QCoreApplication.translate("Models", "Not checked yet")


def doing(task: Task, model: Model) -> str:
    """What is being done with a model."""
    match task:
        case Task.CHECK:
            text = QCoreApplication.translate("Models", "Checking “{0}”…")
        case Task.COMPARE:
            text = QCoreApplication.translate(
                "Models", "Comparing “{0}” with its checkpoint…"
            )
        case Task.MOVE:
            text = QCoreApplication.translate("Models", "Moving “{0}”…")
        case _:
            text = QCoreApplication.translate("Models", "Making another type of “{0}”…")
    return text.format(model.title)


def ended(task: Task, model: Model, outcome: Outcome) -> str:
    """What came of it."""
    match outcome, task:
        case Outcome.STOPPED, _:
            text = QCoreApplication.translate("Models", "“{0}” is as it was.")
        case Outcome.DAMAGED, Task.COMPARE:
            text = QCoreApplication.translate(
                "Models", "“{0}” is not what its checkpoint makes. Convert it again."
            )
        case Outcome.DAMAGED, _:
            text = QCoreApplication.translate(
                "Models", "“{0}” is damaged. Download or convert it again."
            )
        case Outcome.UNKNOWN_BEFORE, _:
            text = QCoreApplication.translate(
                "Models",
                "“{0}” is whole as far as can be seen; from now on each change of it "
                "is noticed.",
            )
        case _, Task.MOVE:
            text = QCoreApplication.translate("Models", "“{0}” was moved.")
        case _, Task.CONVERT:
            text = QCoreApplication.translate(
                "Models", "The other type is in the list."
            )
        case _:
            text = QCoreApplication.translate("Models", "“{0}” is as it should be.")
    return text.format(model.title)
