"""The user's documents: which folders, and keeping the index as they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app.domain.errors import ErrorCode, UserError
from app.plugins.documents.messages import Event, Failed, Job, Progress, Report
from app.plugins.search.needs import DOCUMENTS, DocumentSettings, read
from app.services.tool_decisions import ToolDecisions


@dataclass(frozen=True, slots=True)
class DocumentsState:
    """What there is to show.

    Attributes:
        folders: Absolute paths, as the user named them.
        running: Whether the indexer is at work.
        progress: How far it is; None before it has said so.
        report: What the last run found; None before the first.
        error: Why the last run came to nothing.
    """

    folders: tuple[str, ...] = ()
    running: bool = False
    progress: Progress | None = None
    report: Report | None = None
    error: UserError | None = None


class IndexerLink(Protocol):
    """Runs the indexer in a process; its events go to `DocumentService`."""

    def start(self, job: Job) -> None:
        """Starts a process for one job."""

    def stop(self) -> None:
        """Has it end soon; what it has read is kept."""


class DocumentService:
    """Keeps the index as the folders are.

    Args:
        link: Runs the indexer.
        decisions: Keeps which folders they are.
        changed: Is told of every change.
    """

    def __init__(
        self,
        link: IndexerLink,
        decisions: ToolDecisions,
        *,
        changed: Callable[[DocumentsState], None],
    ) -> None:
        self._link = link
        self._decisions = decisions
        self._changed = changed
        self._next: Job | None = None
        self._state = DocumentsState(self._settings().folders)

    @property
    def state(self) -> DocumentsState:
        """What there is to show now."""
        return self._state

    def refresh(self, *, anew: bool = False) -> None:
        """Looks for what has changed.

        Args:
            anew: Whether all files are read again.
        """
        if self._state.folders:
            self._run(Job(list(self._state.folders), anew))

    def set_folders(self, folders: Sequence[str]) -> None:
        """Takes other folders; with none the index is removed.

        Raises:
            UserError: They could not be kept; they hold until the program ends.
        """
        chosen = tuple(dict.fromkeys(folders))
        if chosen == self._state.folders:
            return
        self._show(replace(self._state, folders=chosen))
        self._run(Job(list(chosen)))
        self._decisions.set_values(DOCUMENTS, {"folders": list(chosen)})

    def stop(self) -> None:
        """Ends a run; the next goes on where it was."""
        self._next = None
        if self._state.running:
            self._link.stop()

    def indexer_event(self, event: Event) -> None:
        """Takes what the indexer says."""
        match event:
            case Progress():
                self._show(replace(self._state, progress=event))
            case Report():
                self._show(replace(self._state, report=event, error=None))
            case Failed(code, detail):
                self._show(replace(self._state, error=UserError(code, detail)))

    def indexer_ended(self, problem: str) -> None:
        """The indexer is gone.

        Args:
            problem: How, where it should not be.
        """
        error = UserError(ErrorCode.INTERNAL, problem) if problem else self._state.error
        self._show(replace(self._state, running=False, progress=None, error=error))
        job, self._next = self._next, None
        if job is not None:
            self._run(job)

    def _run(self, job: Job) -> None:
        if self._state.running:
            self._next = job
            self._link.stop()
            return
        self._show(replace(self._state, running=True, progress=None, error=None))
        self._link.start(job)

    def _settings(self) -> DocumentSettings:
        values = self._decisions.manager.decisions.values.get(DOCUMENTS, {})
        return read(DocumentSettings, values)

    def _show(self, state: DocumentsState) -> None:
        self._state = state
        self._changed(state)
