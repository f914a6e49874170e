"""Between a download as it is shown, its folder, and the job that its process does."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.catalogue.downloads import manifest
from app.catalogue.downloads.messages import Job, ListedFile
from app.catalogue.requests import Conversion, Preferred, Request
from app.services.download_state import Download, Phase

_MOST_UNUSED: Final = 2
"""While one file of weights is converted, the next one arrives."""
_SLOWEST: Final = 16 * 1024
"""A lower limit would be taken for a connection that is dead."""


def found_in(root: Path, request: Request, conversion: Conversion | None) -> Download:
    """A download as its folder has it: done, or waiting.

    Args:
        root: The folder in which each download has one of its own.
        request: What was asked for.
        conversion: What it becomes while it arrives; None for nothing.
    """
    folder = root / request.folder
    found = Download(request.folder, request, folder, conversion)
    known = manifest.load(folder)
    if known is None or not known.files:
        return found
    files = tuple(
        ListedFile(file.path, file.size, manifest.present(folder, file))
        for file in known.files
    )
    is_done = known.is_whole and not known.stale
    return replace(
        found,
        phase=Phase.DONE if is_done else Phase.WAITING,
        files=files,
        total=known.size,
        done=sum(file.present for file in files),
        arrived=frozenset(file.path for file in known.files if file.is_here),
        used=frozenset(file.path for file in known.files if file.is_used),
    )


def job_for(
    found: Download, preferred: Preferred, *, token: str, kept_token: bool
) -> Job:
    """What the process of a download is told.

    Args:
        found: The download.
        preferred: How the user wants to download.
        token: An access token that no keyring keeps; may be empty.
        kept_token: Whether the keyring is asked for one.
    """
    request, conversion = found.request, found.conversion
    return Job(
        site=request.site,
        endpoint=request.endpoint,
        repository=request.repository,
        folder=str(found.folder),
        revision=request.revision,
        file=request.file,
        token=token,
        kept_token=kept_token,
        # One after the other, so that the first is soon there to be converted.
        connections=1 if conversion is not None else preferred.connections,
        pace=pace_of(preferred),
        most_unused=_MOST_UNUSED if deletes(found) else 0,
        room=_room(conversion) if conversion is not None else 0,
    )


def _room(conversion: Conversion) -> int:
    """Bytes that the result is still going to need."""
    target = Path(conversion.target)
    written = 0
    with suppress(OSError):
        written = target.with_name(f"{target.name}.part").stat().st_size
    return max(0, conversion.size - written)


def pace_of(preferred: Preferred) -> int:
    """Bytes a second that are allowed; 0 is no limit."""
    return max(preferred.pace, _SLOWEST) if preferred.pace else 0


def deletes(found: Download) -> bool:
    """Whether its files of weights go once they are used up."""
    return found.conversion is not None and found.conversion.delete_used
