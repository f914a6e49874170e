"""What takes minutes with a model: checking it, moving it, making another type of it.

`LibraryWork` is a state machine over one child process at a time: the catalogue's
worker for digests and moves, the converter for the structure of a file and for another
type of a kept checkpoint. Whoever shows it hears how far it is and what came of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final, Protocol

from app import children
from app.catalogue import library_worker
from app.catalogue.library_messages import (
    Digests,
    Failed,
    Moved,
    Progress,
    Stopped,
    decode,
)
from app.children import Child
from app.domain.errors import ErrorCode, UserError
from app.services.library import Library
from app.services.library_models import Model

_STRUCTURE_SHARE: Final = 0.98
"""How far a check has come when the bytes are read: its structure takes a moment."""


class Task(Enum):
    """What is being done."""

    CHECK = auto()
    COMPARE = auto()
    MOVE = auto()
    CONVERT = auto()


_FAILURES: Final = {
    Task.CHECK: ErrorCode.LIBRARY_LOST,
    Task.COMPARE: ErrorCode.LIBRARY_LOST,
    Task.MOVE: ErrorCode.LIBRARY_LOST,
    Task.CONVERT: ErrorCode.CONVERSION_FAILED,
}
_WHOLE: Final = "exit code 0"
_DAMAGED: Final = "exit code 3"
_OTHER: Final = "exit code 7"
"""What the converter says of a file; see `converter.__main__.main`."""


class Outcome(Enum):
    """What came of it."""

    DONE = auto()
    """It is whole, as it should be; it was moved; the other type is there."""
    UNKNOWN_BEFORE = auto()
    """It is whole as far as its structure goes; its digests are known from now on."""
    DAMAGED = auto()
    """Its bytes, or its structure, are not what they should be."""
    STOPPED = auto()
    """It was stopped; everything is as it was."""


class WorkObserver(Protocol):
    """Whoever shows the work."""

    def work_progressed(self, task: Task, model: Model, fraction: float) -> None:
        """So much of it is done, 0 to 1."""

    def work_ended(self, task: Task, model: Model, outcome: Outcome) -> None:
        """It has ended."""

    def work_failed(self, task: Task, model: Model, error: UserError) -> None:
        """It could not be done; everything is as it was."""


class LineLink(Protocol):
    """A child process that speaks in lines; they come as `LibraryWork.line`."""

    def start(self, command: Sequence[str]) -> None:
        """Starts a command; its end comes as `LibraryWork.ended`."""

    def end_input(self) -> None:
        """Closes its stdin, at which our worker stops."""

    def kill(self) -> None:
        """Ends it at once; what it has not finished it goes on with another time."""


@dataclass(frozen=True, slots=True)
class _Job:
    task: Task
    model: Model
    target: Path = Path()


class LibraryWork:
    """Does one thing at a time.

    Args:
        library: The models.
        link: The child process.
        observer: Hears what comes of it.
    """

    def __init__(
        self, library: Library, link: LineLink, observer: WorkObserver
    ) -> None:
        self._library = library
        self._link = link
        self._observer = observer
        self._job: _Job | None = None
        self._digests: tuple[str, ...] = ()
        self._result: Outcome | UserError | None = None
        self._inspecting = False

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return self._job is not None

    def check(self, model: Model) -> None:
        """Reads a model's files through, and has the converter look at them.

        Raises:
            UserError: `LIBRARY_BUSY`, as in all that follow.
        """
        files = map(str, model.files.files)
        self._begin(
            _Job(Task.CHECK, model),
            (*library_worker.command_line(), library_worker.DIGEST, *files),
        )

    def compare(self, model: Model) -> None:
        """Compares a model with the checkpoint that it was converted from.

        Raises:
            UserError: `LIBRARY_NO_SOURCE`.
        """
        arguments = (_source(model), str(model.path), "--progress", "json")
        self._begin(
            _Job(Task.COMPARE, model),
            children.command_line(Child.CONVERTER, "verify", *arguments),
        )

    def move(self, model: Model, folder: Path, in_use: Path | None) -> None:
        """Moves a model's files.

        Raises:
            UserError: `LIBRARY_FOREIGN`, `LIBRARY_IN_USE` or `FILE_NOT_WRITTEN`.
        """
        self._check_idle()
        self._library.check_changeable(model, in_use)
        self._library.will_move(model, folder)
        places = (str(self._library.home.absolute()), str(folder.absolute()))
        files = (str(file.absolute()) for file in model.files.files)
        self._begin(
            _Job(Task.MOVE, model, folder),
            (*library_worker.command_line(), library_worker.MOVE, *places, *files),
        )

    def convert(self, model: Model, quantization: str) -> Path:
        """Makes another type of the checkpoint that a model was converted from.

        Returns:
            The file that is made.

        Raises:
            UserError: `LIBRARY_NO_SOURCE` or `LIBRARY_TAKEN`.
        """
        source = _source(model)
        target = self._library.home / f"{Path(source).name}-{quantization}.gguf"
        if target.exists():
            raise UserError(ErrorCode.LIBRARY_TAKEN, str(target))
        arguments = (source, str(target), "--type", quantization, "--progress", "json")
        job = _Job(Task.CONVERT, model, target)
        self._begin(job, children.command_line(Child.CONVERTER, *arguments))
        return target

    def stop(self) -> None:
        """Gives up what is being done; its end follows."""
        if self._job is None:
            return
        if self._job.task in {Task.CHECK, Task.MOVE} and not self._inspecting:
            self._link.end_input()
        else:
            self._result = Outcome.STOPPED
            self._link.kill()

    def line(self, line: bytes) -> None:
        """Takes a line of the child."""
        if self._job is None:
            return
        if self._inspecting or self._job.task in {Task.COMPARE, Task.CONVERT}:
            self._converter_line(self._job, line)
        else:
            self._worker_line(self._job, line)

    def ended(self, how: str) -> None:
        """Takes the child's end.

        Args:
            how: How it ended, such as "exit code 0".
        """
        job = self._job
        if job is None:
            return
        if job.task is Task.CHECK and self._digests and not self._inspecting:
            self._inspecting = True
            path = str(job.model.path)
            self._link.start(
                children.command_line(Child.CONVERTER, "inspect", path, "--json")
            )
            return
        self._job = None
        try:
            result = self._outcome(job, how)
        except UserError as error:
            result = error
        if isinstance(result, UserError):
            self._observer.work_failed(job.task, job.model, result)
        else:
            self._observer.work_ended(job.task, job.model, result)

    def _check_idle(self) -> None:
        if self._job is not None:
            raise UserError(ErrorCode.LIBRARY_BUSY)

    def _begin(self, job: _Job, command: Sequence[str]) -> None:
        self._check_idle()
        self._job, self._digests, self._result = job, (), None
        self._inspecting = False
        self._link.start(command)

    def _worker_line(self, job: _Job, line: bytes) -> None:
        try:
            event = decode(line)
        except UserError as error:
            self._result = error
            return
        match event:
            case Progress(done, total) if total > 0:
                share = _STRUCTURE_SHARE if job.task is Task.CHECK else 1.0
                self._tell(job, share * done / total)
            case Digests(digests):
                self._digests = digests
            case Moved():
                self._result = Outcome.DONE
            case Stopped():
                self._result = Outcome.STOPPED
            case Failed(code, detail):
                self._result = UserError(code, detail)
            case _:
                pass

    def _converter_line(self, job: _Job, line: bytes) -> None:
        try:
            report = json.loads(line)
        except (ValueError, RecursionError):
            return
        match report:
            case {"done": int(done), "total": int(total)} if total > 0:
                self._tell(job, done / total)
            case {"stage": "failed", "message": str(message)} if self._result is None:
                self._result = UserError(_FAILURES[job.task], message)
            case _:
                pass

    def _tell(self, job: _Job, fraction: float) -> None:
        self._observer.work_progressed(job.task, job.model, min(1.0, fraction))

    def _outcome(self, job: _Job, how: str) -> Outcome | UserError:
        """What came of it; the library hears of it first."""
        code = how.partition(":")[0]
        if self._inspecting and code == _DAMAGED:
            return Outcome.DAMAGED
        result = self._result or self._conclude(job, code)
        if job.task is Task.MOVE:
            moved = result is Outcome.DONE
            tell = self._library.moved if moved else self._library.not_moved
            tell(job.model, job.target)
        return result or UserError(_FAILURES[job.task], how)

    def _conclude(self, job: _Job, code: str) -> Outcome | None:
        """What came of it where only the exit code says it; None for a failure."""
        match job.task:
            case Task.CHECK if code == _WHOLE:
                return self._compared(job.model)
            case Task.COMPARE if code in {_WHOLE, _OTHER}:
                return Outcome.DONE if code == _WHOLE else Outcome.DAMAGED
            case Task.CONVERT if job.target.is_file():
                self._library.came(
                    job.target,
                    (),
                    origin=job.model.record.origin,
                    source=_source(job.model),
                )
                return Outcome.DONE
            case _:
                return None

    def _compared(self, model: Model) -> Outcome:
        """What the digests say."""
        if not self._library.checked(model, self._digests):
            return Outcome.DAMAGED
        return Outcome.DONE if model.digests else Outcome.UNKNOWN_BEFORE


def _source(model: Model) -> str:
    """The checkpoint that a model was converted from.

    Raises:
        UserError: `LIBRARY_NO_SOURCE`.
    """
    source = model.record.source
    if not source or not Path(source).is_dir():
        raise UserError(ErrorCode.LIBRARY_NO_SOURCE, source or model.title)
    return source
