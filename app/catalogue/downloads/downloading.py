"""One job: its list of files, and the threads that fetch them."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from app.catalogue.downloads import manifest, selection, sites
from app.catalogue.downloads.fetching import Fetching, Tools, disk_error
from app.catalogue.downloads.folder_lock import locked
from app.catalogue.downloads.halt import Halt, HaltedError
from app.catalogue.downloads.job_state import JobState
from app.catalogue.downloads.manifest import FileRecord, Manifest
from app.catalogue.downloads.messages import (
    Arrived,
    Event,
    Failed,
    Finished,
    Job,
    Listed,
    ListedFile,
    Used,
)
from app.catalogue.downloads.pace import Pace
from app.catalogue.downloads.part_file import PartFile
from app.catalogue.downloads.values import Listing
from app.catalogue.downloads.wire import Wire
from app.domain.errors import ErrorCode, UserError

_T = TypeVar("_T")
_TICK: Final = 0.4
_MOST_CONNECTIONS: Final = 8
_GIGABYTE: Final = 1e9
_MEGABYTE: Final = 1e6
_OUTDATED: Final = {
    ErrorCode.DOWNLOAD_NOT_FOUND,
    ErrorCode.DOWNLOAD_CHANGED,
    ErrorCode.DOWNLOAD_DAMAGED,
}
"""After these the list of files is asked for anew, the next time."""


class Downloading:
    """Does one job.

    Args:
        job: What to do.
        send: Takes events, from any thread.
        halt: Ends it; what is here stays.
    """

    def __init__(self, job: Job, send: Callable[[Event], None], halt: Halt) -> None:
        self._job = job = sites.with_token(job)
        self._send = send
        self._halt = halt
        self._folder = Path(job.folder)
        self._failure: UserError | None = None
        self._state: JobState | None = None
        self.pace = Pace(job.pace)
        wire = Wire(
            halt,
            connect=job.patience.connect,
            silence=job.patience.silence,
            token=sites.token_of(job),
        )
        self._tools = Tools(
            wire=wire,
            halt=halt,
            pace=self.pace,
            patience=job.patience,
            report=send,
            received=lambda _count: None,
        )

    def used(self, command: Used) -> None:
        """A file is not needed any more; any thread may say so."""
        if self._state is not None:
            self._guarded(
                partial(self._state.used, command.file, delete=command.delete)
            )

    def run(self) -> None:
        """Does it, and says how it ended; says nothing when it was halted."""
        self._guarded(self._run)
        if self._failure is not None:
            self._note_outdated(self._failure)
            self._send(Failed(self._failure.code, self._failure.detail))
        elif not self._halt.is_set():
            self._send(Finished())

    def _run(self) -> None:
        if self._job.only_list:
            listing = sites.list_files(self._job, self._tools)
            files = selection.choose(listing, self._job.file)
            listed = tuple(ListedFile(file.path, file.size) for file in files)
            self._send(Listed(listed, listing.licence, listing.gated))
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with locked(self._folder):
            self._fetch_all()

    def _fetch_all(self) -> None:
        found, listing = self._known()
        if not found.files or found.stale:
            listing = sites.list_files(self._job, self._tools)
            found = found.listing(selection.choose(listing, self._job.file))
        state = self._state = JobState(
            self._folder, found, most_unused=self._job.most_unused, halt=self._halt
        )
        self._send(state.listed(licence=listing.licence, gated=listing.gated))
        self._check_room(state.room + self._job.room)
        tools = replace(self._tools, received=state.received)
        work = partial(self._work, state, tools)
        count = max(1, min(self._job.connections, _MOST_CONNECTIONS))
        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(_TICK)
                self._send(state.progress())
                self._guarded(partial(self._check_room, 0))
        if not state.is_whole and not self._halt.is_set():
            # A thread died of a bug of ours; its last words are in the log.
            raise UserError(ErrorCode.INTERNAL, "fetch")

    def _known(self) -> tuple[Manifest, Listing]:
        """What the folder says of this very job; an empty list where it says nothing.

        Raises:
            UserError: It is another job's folder, which is not overwritten.
        """
        job = self._job
        mine = Manifest(job.site, job.endpoint, job.repository, job.revision, job.file)
        found = manifest.load(self._folder) or mine
        here = found.site, found.repository, found.wanted_revision, found.wanted_file
        if here != (job.site, job.repository, job.revision, job.file):
            raise UserError(ErrorCode.DOWNLOAD_TAKEN, self._folder.name)
        return found, Listing(job.repository, job.revision)

    def _work(self, state: JobState, tools: Tools) -> None:
        """One of the threads: takes files until there are none."""
        while (file := self._guarded(state.take)) is not None:
            if not self._guarded(partial(self._fetch, state, file=file, tools=tools)):
                return

    def _fetch(self, state: JobState, *, file: FileRecord, tools: Tools) -> bool:
        remote = file.remote
        with PartFile(state.folder, remote) as part:
            url = sites.url_of(self._job, remote)
            Fetching(remote, url, part=part, tools=tools).run()
        state.arrived(file)
        self._send(Arrived(file.path))
        return True

    def _check_room(self, missing: int) -> None:
        """Makes sure that the disk has room.

        Raises:
            UserError: `DOWNLOAD_DISK_FULL`.
        """
        free = shutil.disk_usage(self._folder).free
        needed = missing + self._job.reserve
        if free < needed:
            detail = f"{_amount(needed)} > {_amount(free)}"
            raise UserError(ErrorCode.DOWNLOAD_DISK_FULL, detail)

    def _guarded(self, action: Callable[[], _T]) -> _T | None:
        """Runs something whose failure ends the job; the first failure is the one."""
        try:
            return action()
        except HaltedError:
            return None
        except UserError as error:
            failure = error
        except OSError as error:
            failure = disk_error(error)
        self._failure = self._failure or failure
        self._halt.set()
        return None

    def _note_outdated(self, failure: UserError) -> None:
        if failure.code in _OUTDATED and self._state is not None:
            self._guarded(self._state.outdated)


def _amount(count: int) -> str:
    if count < _GIGABYTE:
        return f"{count / _MEGABYTE:.0f} MB"
    return f"{count / _GIGABYTE:.1f} GB"
