"""A download as it is shown, and what each event makes of it; values only."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from app.catalogue.downloads.messages import (
    Arrived,
    Event,
    Failed,
    Finished,
    Listed,
    ListedFile,
    Progress,
    Retrying,
)
from app.catalogue.requests import Conversion, Request
from app.domain.errors import UserError


class Phase(StrEnum):
    """Where a download stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Download:
    """A download.

    Attributes:
        id: The name of its folder.
        request: What was asked for.
        folder: Where its files are.
        conversion: What it becomes while it arrives; None for nothing.
        phase: Where it stands.
        files: What it consists of; empty before the server has said so.
        done: Bytes that are here.
        total: Bytes in all; 0 before they are known.
        rate: Bytes a second, while it runs.
        seconds_left: At that rate; None before there is one.
        current: Files that are coming now.
        arrived: Files that are whole, or were.
        used: Those of them that are not needed any more.
        retry: What is wrong just now and is tried again.
        error: Why it has failed.
    """

    id: str
    request: Request
    folder: Path
    conversion: Conversion | None = None
    phase: Phase = Phase.WAITING
    files: tuple[ListedFile, ...] = ()
    done: int = 0
    total: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    current: tuple[str, ...] = ()
    arrived: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    retry: Retrying | None = None
    error: UserError | None = None

    def at(self, phase: Phase, error: UserError | None = None) -> "Download":
        """The same somewhere else; only what runs has a rate."""
        return replace(
            self,
            phase=phase,
            error=error,
            rate=0.0,
            seconds_left=None,
            current=(),
            retry=None,
        )


def after(download: Download, event: Event) -> Download:
    """What a download is after an event."""
    match event:
        case Listed(files):
            return replace(
                download,
                files=files,
                total=sum(file.size for file in files),
                done=sum(file.present for file in files),
                arrived=frozenset(f.path for f in files if f.present == f.size),
            )
        case Progress():
            is_moving = event.done > download.done
            return replace(
                download,
                done=event.done,
                total=event.total,
                rate=event.rate,
                seconds_left=event.seconds_left,
                current=event.files,
                retry=None if is_moving else download.retry,
            )
        case Arrived(file):
            return replace(download, arrived=download.arrived | {file}, retry=None)
        case Retrying():
            return replace(download, retry=event)
        case Finished():
            return replace(download.at(Phase.DONE), done=download.total)
        case Failed(code, detail):
            return replace(download, error=UserError(code, detail), retry=None)
    assert_never(event)
