"""Downloads of models: a queue that outlives the program.

Each running download is a process, which tells what happens; what it has fetched is
kept whatever becomes of it. Nothing is fetched that nobody asked for.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from app.catalogue.downloads import manifest
from app.catalogue.downloads.messages import Event, Job, Pace, Used
from app.catalogue.queue_file import QueueFile, Wish
from app.catalogue.requests import Conversion, Preferred, Request
from app.domain.errors import ErrorCode, UserError
from app.services.download_jobs import deletes, found_in, job_for, pace_of
from app.services.download_state import Download, Phase, after

_AT_ONCE: Final = 1
"""Downloads that run at the same time; each fetches several files at once."""


class DownloaderLink(Protocol):
    """Runs downloader processes; what they say goes to `DownloadService`."""

    def start(self, name: str, job: Job) -> None:
        """Starts a process for one download."""

    def send(self, name: str, command: Pace | Used) -> None:
        """Tells a running one something."""

    def stop(self, name: str) -> None:
        """Has it end soon; what it has fetched is kept."""


class Tokens(Protocol):
    """The user's access tokens that no keyring keeps."""

    def held(self, endpoint: str) -> str:
        """The token for a server, without asking the keyring; may be empty."""


class DownloadService:
    """Keeps the queue.

    Args:
        root: The folder in which each download has one of its own.
        link: Runs downloader processes.
        queue: Keeps the queue from one start to the next; None keeps none.
        tokens: Those that no keyring keeps. The downloader asks the keyring, which may
            wait for the user's password, and only when a server wants a token.
        preferred: How the user wants to download.
        changed: Is told of every change, with all downloads in their order.
    """

    def __init__(
        self,
        root: Path,
        link: DownloaderLink,
        *,
        queue: QueueFile | None,
        tokens: Tokens,
        preferred: Preferred,
        changed: Callable[[tuple[Download, ...]], None],
    ) -> None:
        self._root = root
        self._link = link
        self._tokens = tokens
        self._preferred = preferred
        self._changed = changed
        self._queue = queue
        self._downloads: dict[str, Download] = {}
        self._alive: set[str] = set()
        self._removing: set[str] = set()
        self._with_token: set[str] = set()
        self._unheard: dict[str, set[str]] = {}

    @property
    def downloads(self) -> tuple[Download, ...]:
        """All of them, in their order."""
        return tuple(self._downloads.values())

    def restore(self, *, go_on: bool) -> None:
        """Takes up what an earlier start of the program has left.

        Args:
            go_on: Whether those that were not paused go on by themselves.
        """
        for wish in self._queue.load() if self._queue is not None else ():
            found = found_in(self._root, wish.request, wish.conversion)
            if found.phase is not Phase.DONE and (wish.paused or not go_on):
                found = found.at(Phase.PAUSED)
            self._downloads[found.id] = found
        self._start_next()
        self._changed(self.downloads)

    def add(self, request: Request, conversion: Conversion | None = None) -> Download:
        """Wants a download; one that is known goes on.

        Args:
            request: What.
            conversion: What it becomes while it arrives; None for nothing more than
                was wanted before.

        Raises:
            UserError: `DOWNLOAD_FOLDER`: the queue cannot be kept; it starts anyway.
        """
        name = request.folder
        known = self._downloads.get(name)
        if known is not None:
            if conversion is not None and known.conversion is None:
                self._show(replace(known, conversion=conversion))
            self.resume(name)
        else:
            self._show(found_in(self._root, request, conversion))
            self._start_next()
            self._keep()
        return self._downloads[name]

    def pause(self, name: str) -> None:
        """Ends a download for now; what has arrived is kept.

        Raises:
            UserError: `DOWNLOAD_FOLDER`: the queue cannot be kept.
        """
        found = self._downloads[name]
        if found.phase in {Phase.RUNNING, Phase.WAITING}:
            self._show(found.at(Phase.PAUSED))
            if name in self._alive:
                self._link.stop(name)
            self._keep()

    def resume(self, name: str) -> None:
        """Goes on with a download that was paused or has failed.

        Raises:
            UserError: `DOWNLOAD_FOLDER`: the queue cannot be kept.
        """
        found = self._downloads[name]
        if found.phase in {Phase.PAUSED, Phase.FAILED}:
            self._show(found.at(Phase.WAITING))
            self._start_next()
            self._keep()

    def remove(self, name: str) -> None:
        """Gives a download up and deletes what it has fetched.

        Raises:
            UserError: `DOWNLOAD_FOLDER`: something could not be deleted.
        """
        if name in self._alive:
            self._removing.add(name)
            self._link.stop(name)
        else:
            self._delete(name)
            self._keep()

    def prefer(self, preferred: Preferred) -> None:
        """Takes other settings; the pace holds at once, the rest for the next start."""
        self._preferred = preferred
        for name in self._alive:
            self._link.send(name, Pace(pace_of(preferred)))

    def used(self, name: str, file: str) -> None:
        """A file is not needed any more; with `delete_used` it goes.

        Raises:
            UserError: `DOWNLOAD_FOLDER`: that cannot be noted.
        """
        found = self._downloads[name]
        self._downloads[name] = replace(found, used=found.used | {file})
        self._unheard.setdefault(name, set()).add(file)
        if name in self._alive:
            self._link.send(name, Used(file, deletes(found)))
        else:
            self._note_used(name)

    # -- what the processes say ------------------------------------------------------

    def downloader_event(self, name: str, event: Event) -> None:
        """Takes what a downloader says."""
        found = self._downloads.get(name)
        if found is not None and name not in self._removing:
            self._show(after(found, event))

    def downloader_ended(self, name: str, problem: str) -> None:
        """A downloader is gone.

        Args:
            name: Which.
            problem: How, where it said nothing.

        Raises:
            UserError: `DOWNLOAD_FOLDER`: something cannot be noted or deleted.
        """
        self._alive.discard(name)
        try:
            if name in self._removing:
                self._removing.discard(name)
                self._delete(name)
            else:
                self._note_used(name)
                self._conclude(self._downloads[name], problem)
        finally:
            self._start_next()
            self._keep()

    def _conclude(self, found: Download, problem: str) -> None:
        """What becomes of a download whose process has ended."""
        if found.phase is not Phase.RUNNING:
            return
        error = found.error or UserError(ErrorCode.DOWNLOADER_LOST, problem)
        if error.code is ErrorCode.DOWNLOAD_GATED and found.id not in self._with_token:
            # Who we are is told only to those who ask for it.
            self._with_token.add(found.id)
            self._show(found.at(Phase.WAITING))
            return
        self._with_token.discard(found.id)
        self._show(found.at(Phase.FAILED, error))

    # -- the queue -------------------------------------------------------------------

    def _start_next(self) -> None:
        for name in tuple(self._downloads):
            if len(self._alive) >= _AT_ONCE:
                return
            found = self._downloads[name]
            if found.phase is Phase.WAITING and name not in self._alive:
                self._show(found.at(Phase.RUNNING))
                self._alive.add(name)
                self._link.start(name, self._job(found))

    def _job(self, found: Download) -> Job:
        asks = found.id in self._with_token
        token = self._tokens.held(found.request.endpoint) if asks else ""
        return job_for(found, self._preferred, token=token, kept_token=asks)

    def _delete(self, name: str) -> None:
        found = self._downloads.pop(name)
        self._changed(self.downloads)
        try:
            manifest.discard(found.folder)
        except OSError as error:
            raise UserError(ErrorCode.DOWNLOAD_FOLDER, str(error)) from error

    def _note_used(self, name: str) -> None:
        """Notes what a process that has ended may not have heard."""
        used = self._unheard.pop(name, None)
        if not used:
            return
        folder = self._root / name
        try:
            manifest.mark_used(folder, used)
            for file in used if deletes(self._downloads[name]) else ():
                manifest.delete_used(folder, file)
        except OSError as error:
            raise UserError(ErrorCode.DOWNLOAD_FOLDER, str(error)) from error

    def _keep(self) -> None:
        if self._queue is None:
            return
        wishes = [
            Wish(
                found.request,
                found.phase in {Phase.PAUSED, Phase.FAILED},
                found.conversion,
            )
            for found in self.downloads
        ]
        try:
            self._queue.save(wishes)
        except OSError as error:
            raise UserError(ErrorCode.DOWNLOAD_FOLDER, str(error)) from error

    def _show(self, found: Download) -> None:
        self._downloads[found.id] = found
        self._changed(self.downloads)
