"""Conversions of checkpoints that are still being downloaded.

The converter begins when the small files are there, takes each file of weights as it
arrives, and says when it has used one up, which then goes: so the disk holds two of
them at most, and the result. Both processes can be killed at any time; with the same
download both go on where they were.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, assert_never

from app.catalogue.downloads.values import is_weights
from app.domain.errors import ErrorCode, UserError
from app.services.converter_events import (
    ConversionDone,
    ConversionFailed,
    Converted,
    ConverterEvent,
    UsedUp,
)
from app.services.download_state import Download, Phase
from app.services.downloads import DownloadService

_UNFINISHED: Final = (".part", ".part.journal")
"""What a conversion that is not done has beside its target."""


class Stage(StrEnum):
    """Where a conversion stands."""

    WAITING = "waiting"
    """For the first files, or because the download is paused."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Arriving:
    """A conversion.

    Attributes:
        id: That of its download.
        target: The GGUF file.
        stage: Where it stands.
        done: Bytes of the result that are written.
        total: Bytes that it is going to have; 0 before that is known.
        error: Why it has failed.
    """

    id: str
    target: Path
    stage: Stage = Stage.WAITING
    done: int = 0
    total: int = 0
    error: UserError | None = None


class ArrivingLink(Protocol):
    """Runs converters; what they say goes to `ArrivingConversions`."""

    def start(
        self, name: str, *, folder: Path, target: Path, quantization: str
    ) -> None:
        """Starts a converter for a download."""

    def announce(self, name: str, file: str) -> None:
        """Tells it that a file of weights is whole."""

    def stop(self, name: str) -> None:
        """Has it end; what is written is kept."""


class ArrivingConversions:
    """Keeps a converter beside each download that is to become a model.

    Args:
        downloads: The queue of downloads.
        link: Runs converters.
        changed: Is told of every change.
    """

    def __init__(
        self,
        downloads: DownloadService,
        link: ArrivingLink,
        *,
        changed: Callable[[Arriving], None],
    ) -> None:
        self._downloads = downloads
        self._link = link
        self._changed = changed
        self._found: dict[str, Arriving] = {}
        self._announced: dict[str, set[str]] = {}
        self._removing: set[str] = set()

    def find(self, name: str) -> Arriving | None:
        """The conversion of a download."""
        return self._found.get(name)

    def downloads_changed(self, downloads: Sequence[Download]) -> None:
        """Takes what the queue of downloads says."""
        self._removing &= {download.id for download in downloads}
        for download in downloads:
            if download.conversion is not None:
                self._follow(download, Path(download.conversion.target))

    def retry(self, name: str) -> None:
        """Tries a failed conversion again, and goes on with its download."""
        found = self._found[name]
        if found.stage is Stage.FAILED:
            self._show(replace(found, stage=Stage.WAITING, error=None))
            self._downloads.resume(name)
            self.downloads_changed(self._downloads.downloads)

    def remove(self, name: str) -> None:
        """Gives a conversion and its download up, and deletes what is there of them.

        Raises:
            UserError: `DOWNLOAD_FOLDER`: something could not be deleted.
        """
        self._removing.add(name)
        if self._found[name].stage is Stage.RUNNING:
            self._link.stop(name)
        else:
            self._delete(name)

    def converter_event(self, name: str, event: ConverterEvent) -> None:
        """Takes what a converter says."""
        found = self._found[name]
        match event:
            case UsedUp(file):
                self._downloads.used(name, file)
            case Converted(done, total):
                self._show(replace(found, done=done, total=total))
            case ConversionDone():
                self._show(replace(found, stage=Stage.DONE, done=found.total))
            case ConversionFailed(message):
                error = UserError(ErrorCode.CONVERSION_FAILED, message)
                self._show(replace(found, error=error))
            case _:
                assert_never(event)

    def converter_ended(self, name: str, problem: str) -> None:
        """A converter is gone.

        Args:
            name: Its download's.
            problem: How, where it should not be.
        """
        self._announced.pop(name, None)
        found = self._found[name]
        if name in self._removing:
            self._delete(name)
        elif found.stage is Stage.DONE:
            self._tidy(name)
        elif found.stage is Stage.RUNNING:
            error = found.error or UserError(ErrorCode.CONVERSION_FAILED, problem)
            self._show(replace(found, stage=Stage.FAILED, error=error))
            self._downloads.pause(name)
        else:
            # It was stopped, and may be wanted again by now.
            self._show(replace(found, error=None))
            self.downloads_changed(self._downloads.downloads)

    def _follow(self, download: Download, target: Path) -> None:
        """Does what a download's state asks for."""
        name = download.id
        if name in self._removing:
            return
        if name not in self._found:
            stage = Stage.DONE if target.exists() else Stage.WAITING
            self._found[name] = Arriving(name, target, stage)
        found = self._found[name]
        if found.stage in {Stage.DONE, Stage.FAILED}:
            return
        if download.phase not in {Phase.RUNNING, Phase.DONE}:
            self._halt(found)
        elif found.stage is Stage.RUNNING:
            self._announce(download)
        elif name not in self._announced and _can_begin(download):
            self._begin(download, found)

    def _begin(self, download: Download, found: Arriving) -> None:
        conversion = download.conversion
        quantization = conversion.quantization if conversion is not None else ""
        self._announced[found.id] = set()
        self._show(replace(found, stage=Stage.RUNNING, error=None))
        self._link.start(
            found.id,
            folder=download.folder,
            target=found.target,
            quantization=quantization,
        )
        self._announce(download)

    def _announce(self, download: Download) -> None:
        announced = self._announced[download.id]
        for file in sorted(download.arrived - download.used - announced):
            if is_weights(file):
                announced.add(file)
                self._link.announce(download.id, file)

    def _halt(self, found: Arriving) -> None:
        if found.stage is Stage.RUNNING:
            self._show(replace(found, stage=Stage.WAITING))
            self._link.stop(found.id)

    def _tidy(self, name: str) -> None:
        """Removes what is left of a checkpoint that is used up."""
        for download in self._downloads.downloads:
            conversion = download.conversion
            if download.id == name and conversion is not None:
                if conversion.delete_used:
                    self._downloads.remove(name)
                return

    def _delete(self, name: str) -> None:
        found = self._found.pop(name)
        try:
            for ending in _UNFINISHED:
                found.target.with_name(f"{found.target.name}{ending}").unlink(
                    missing_ok=True
                )
        except OSError as error:
            raise UserError(ErrorCode.DOWNLOAD_FOLDER, str(error)) from error
        finally:
            self._downloads.remove(name)

    def _show(self, found: Arriving) -> None:
        self._found[found.id] = found
        self._changed(found)


def peak(sizes: Iterable[int], result: int, *, delete_used: bool) -> int:
    """Bytes that a download and its conversion need on the disk at most.

    Args:
        sizes: Bytes of each file of weights.
        result: Bytes of the GGUF.
        delete_used: Whether each file goes once it is used up; then there are two of
            them at a time.
    """
    largest = sorted(sizes, reverse=True)
    return result + sum(largest[:2] if delete_used else largest)


def _can_begin(download: Download) -> bool:
    """Whether everything but weights is there."""
    small = {file.path for file in download.files if not is_weights(file.path)}
    return bool(download.files) and small <= download.arrived
