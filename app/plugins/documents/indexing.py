"""Makes an index match the folders: what is new, what changed, what is gone.

A file counts as unchanged while its size and time are; where they are not, its hash
decides whether it is read again. Nothing is written while a file is read: results wait
and are written together, so that the index is never locked for long.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from app.plugins.documents.index import DocumentIndex, FileState
from app.plugins.documents.messages import FileProblem, Job, Progress, Report
from app.plugins.documents.reader_process import Content
from app.plugins.documents.scanning import Listed, is_within, outermost, scan
from app.plugins.documents.values import Passage, Problem

_BATCH_SECONDS: Final = 1.0
_BATCH_PASSAGES: Final = 2000
_PROGRESS_SECONDS: Final = 0.2


class Reader(Protocol):
    """Who reads files."""

    def read(self, path: str, known: bytes = b"") -> Content:
        """See `ReaderProcess.read`."""


@dataclass(slots=True)
class _Batch:
    """Files that were read and are not written yet."""

    since: float
    files: list[tuple[FileState, tuple[Passage, ...]]] = field(default_factory=list)
    passages: int = 0


class Indexing:
    """One run over the folders.

    Args:
        index: What is made to match.
        reader: Who reads files.
        report: Takes `Progress`.
        stopped: Asked before each file.
    """

    def __init__(
        self,
        index: DocumentIndex,
        reader: Reader,
        *,
        report: Callable[[Progress], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._index = index
        self._reader = reader
        self._report = report
        self._stopped = stopped
        self._reported = 0.0
        self._batch = _Batch(time.monotonic())

    def run(self, job: Job) -> Report:
        """Does it.

        Raises:
            OSError: No reader can be started.
            UserError: The index cannot be written.
            DamagedIndexError: It is damaged.
        """
        missing = tuple(f for f in job.folders if not Path(f).is_dir())
        known = self._index.known()
        listed = list(scan(job.folders, lambda: not self._stopped()))
        if not self._stopped():
            self._drop_gone(known, listed, missing=missing, job=job)
        work = [file for file in listed if job.anew or not _is_same(file, known)]
        complete = self._read_all(work, known, total=len(listed), anew=job.anew)
        self._write()
        return self._result(missing, complete=complete and not self._stopped())

    def _drop_gone(
        self,
        known: dict[str, FileState],
        listed: list[Listed],
        *,
        missing: tuple[str, ...],
        job: Job,
    ) -> None:
        """Forgets what is gone; where a whole folder is, only its disk may be."""
        present = {file.path for file in listed}
        folders = outermost(job.folders)
        removed = False
        for path in known:
            if path not in present and not is_within(path, missing):
                self._index.drop(path)
                removed |= not is_within(path, folders)
        self._index.commit()
        if removed:
            self._index.tidy()

    def _read_all(
        self,
        work: list[Listed],
        known: dict[str, FileState],
        *,
        total: int,
        anew: bool,
    ) -> bool:
        """Reads what is new or changed; False when it was stopped on the way."""
        begun = time.monotonic()
        unchanged = total - len(work)
        for number, file in enumerate(work):
            if self._stopped():
                return False
            pace = (time.monotonic() - begun) / number if number else None
            left = None if pace is None else pace * (len(work) - number)
            self._tell(Progress(unchanged + number, total, file.path, left))
            self._read(file, None if anew else known.get(file.path))
        self._report(Progress(total, total, "", 0.0))
        return True

    def _read(self, file: Listed, before: FileState | None) -> None:
        state = FileState(file.path, file.size, file.modified)
        if not file.readable:
            self._keep(replace(state, problem=Problem.NAME), ())
            return
        old = before.hash if before is not None else b""
        content = self._reader.read(file.path, old)
        done = content.done
        if old and done.hash == old:
            self._write()
            self._index.touch(state)
            self._index.commit()
            return
        self._keep(
            replace(state, hash=done.hash, problem=done.problem, detail=done.detail),
            content.passages,
        )

    def _keep(self, state: FileState, passages: tuple[Passage, ...]) -> None:
        batch = self._batch
        batch.files.append((state, passages))
        batch.passages += len(passages)
        waited = time.monotonic() - batch.since
        if waited > _BATCH_SECONDS or batch.passages > _BATCH_PASSAGES:
            self._write()

    def _write(self) -> None:
        for state, passages in self._batch.files:
            self._index.put(state, passages, Path(state.path).stem)
        self._index.commit()
        self._batch = _Batch(time.monotonic())

    def _tell(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._reported >= _PROGRESS_SECONDS:
            self._reported = now
            self._report(progress)

    def _result(self, missing: tuple[str, ...], *, complete: bool) -> Report:
        counts = self._index.counts()
        problems = tuple(
            FileProblem(state.path, state.problem, state.detail)
            for state in self._index.problems()
            if state.problem is not None
        )
        return Report(counts.files, counts.passages, problems, missing, complete)


def _is_same(file: Listed, known: dict[str, FileState]) -> bool:
    """Whether a file is as it was read.

    One whose reading failed for a reason that lies outside of it is tried again.
    """
    state = known.get(file.path)
    if state is None or state.problem in _TRY_AGAIN:
        return False
    return (state.size, state.modified) == (file.size, file.modified)


_TRY_AGAIN: Final = {Problem.NOT_ALLOWED, Problem.NAME, Problem.READER_LOST}
