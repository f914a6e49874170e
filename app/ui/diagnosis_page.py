"""A report on this computer as a page of text, in the window's language."""

from collections.abc import Iterable, Iterator
from html import escape

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.domain.hardware import Device, Placement
from app.services.diagnosis import Benchmark, Report
from app.services.environment import Environment, Kind, Problem, Storage
from app.services.words import module_phrases, placement_phrases
from app.ui import words

translate = QCoreApplication.translate


def html(report: Report) -> str:
    """The page; everything that comes from elsewhere is escaped."""
    return "".join(_parts(report))


def _parts(report: Report) -> Iterator[str]:
    if report.environment is not None:
        yield from _program(report.environment, report.engine)
    yield _heading(translate("Diagnosis", "Devices"))
    yield _table(_device(device) for device in report.devices)
    yield from (_line(words.say(p)) for p in module_phrases(report.modules))
    yield _line(" ".join(report.features), muted=True)
    yield _heading(translate("Diagnosis", "What would fit"))
    yield _table((fit.model, _placement(fit.placement)) for fit in report.fits)
    if report.benchmark is not None:
        yield from _measured(report.benchmark)
    if report.environment is not None:
        yield _heading(translate("Diagnosis", "On the disk"))
        yield _table(map(_storage, report.environment.storage))
        yield _heading(translate("Diagnosis", "Warnings and errors lately"))
        problems = report.environment.problems
        if problems:
            yield _table(map(_problem, problems))
        else:
            yield _line(translate("Diagnosis", "None."))


def _program(found: Environment, engine: str) -> Iterator[str]:
    yield _heading("MOSS Desktop")
    yield _table(
        (
            (translate("Diagnosis", "Version"), found.version),
            (translate("Diagnosis", "System"), found.system),
            (translate("Diagnosis", "Engine"), engine),
            ("Python", found.python),
        )
    )


def _device(device: Device) -> tuple[str, str]:
    memory = translate("Diagnosis", "{0} of {1} free").format(
        _size(device.free), _size(device.total)
    )
    return device.name, f"{device.description}, {memory}"


def _placement(placement: Placement) -> str:
    sizes = [f"{_size(share.size)} {share.device}" for share in placement.shares]
    if placement.host_size:
        sizes.append(
            translate("Diagnosis", "{0} of memory").format(_size(placement.host_size))
        )
    told = map(words.say, placement_phrases(placement))
    return " ".join((", ".join(sizes) + ".", *told))


def _measured(found: Benchmark) -> Iterator[str]:
    yield _heading(translate("Diagnosis", "Measured"))
    speed = translate("Diagnosis", "reads {0} tokens a second, writes {1}").format(
        _number(found.read_per_second), _number(found.usage.tokens_per_second)
    )
    model = found.model or translate("Diagnosis", "The model")
    name = f"{model} {found.quantization}".strip()
    yield _table(
        (
            (name, speed),
            (
                translate("Diagnosis", "Loading"),
                translate("Diagnosis", "{0} s").format(_number(found.load_seconds, 2)),
            ),
        )
    )


def _storage(storage: Storage) -> tuple[str, str]:
    names = {
        Kind.CHATS: translate("Diagnosis", "Chats"),
        Kind.BACKUPS: translate("Diagnosis", "Backups"),
        Kind.PICTURES: translate("Diagnosis", "Pictures"),
        Kind.MODELS: translate("Diagnosis", "Models"),
        Kind.STATES: translate("Diagnosis", "What models have read"),
        Kind.TOOLS: translate("Diagnosis", "Tools"),
    }
    size = _size(storage.size)
    if storage.free is None:
        return names[storage.kind], size
    free = translate("Diagnosis", "{0}; {1} free on this disk").format(
        size, _size(storage.free)
    )
    return names[storage.kind], free


def _problem(problem: Problem) -> tuple[str, str]:
    moment = QDateTime.fromSecsSinceEpoch(int(problem.moment.timestamp()))
    when = QLocale().toString(moment, QLocale.FormatType.ShortFormat)
    return when, f"{problem.level}: {problem.text}"


def _size(count: int) -> str:
    return QLocale().formattedDataSize(count)


def _number(value: float, digits: int = 1) -> str:
    return QLocale().toString(value, "f", digits)


def _heading(text: str) -> str:
    return f"<h3>{escape(text)}</h3>"


def _line(text: str, *, muted: bool = False) -> str:
    return (
        f"<p><small>{escape(text)}</small></p>" if muted else f"<p>{escape(text)}</p>"
    )


def _table(rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(
        f"<tr><td style='padding-right:16px'>{escape(name)}</td>"
        f"<td>{escape(value)}</td></tr>"
        for name, value in rows
    )
    return f"<table>{body}</table>"
