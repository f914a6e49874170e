"""What a download is, in its folder: enough to go on without asking anybody.

The files are pinned to a commit, so that what comes tomorrow fits what came today.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from app.catalogue.downloads import folder_lock, journal
from app.catalogue.downloads.values import Digest, RemoteFile, is_safe
from app.catalogue.entries import Site

NAME: Final = ".moss-download.json"
_VERSION: Final = 1
PART: Final = ".part"
JOURNAL: Final = ".part.json"


class FileState(StrEnum):
    """Where a file stands."""

    WANTED = "wanted"
    WHOLE = "whole"
    USED = "used"
    """It was whole, somebody made use of it, and it is not needed any more."""


class FileRecord(msgspec.Struct, frozen=True):
    """A file of the download; the fields are those of `RemoteFile`."""

    path: str
    size: int
    digest: Digest = Digest.NONE
    hash: str = ""
    revision: str = ""
    state: FileState = FileState.WANTED

    @property
    def is_here(self) -> bool:
        """Whether it is whole, or was."""
        return self.state is not FileState.WANTED

    @property
    def is_used(self) -> bool:
        """Whether it is not needed any more."""
        return self.state is FileState.USED

    @property
    def remote(self) -> RemoteFile:
        """The file as the server's list had it."""
        return RemoteFile(self.path, self.size, self.digest, self.hash, self.revision)


class Manifest(msgspec.Struct, frozen=True):
    """A download.

    Attributes:
        site: What kind of server it comes from.
        endpoint: The server's address.
        repository: `OWNER/NAME`.
        wanted_revision: The revision as it was asked for.
        wanted_file: The GGUF file as it was asked for.
        files: Its files, in the order in which they are fetched.
        stale: Whether the list does not fit what the server has; it is asked for again.
        version: Of this format.
    """

    site: Site
    endpoint: str
    repository: str
    wanted_revision: str = ""
    wanted_file: str = ""
    files: tuple[FileRecord, ...] = ()
    stale: bool = False
    version: int = _VERSION

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return all(file.state is not FileState.WANTED for file in self.files)

    def with_state(self, path: str, state: FileState) -> "Manifest":
        """The same with a file somewhere else."""
        files = (
            msgspec.structs.replace(file, state=state) if file.path == path else file
            for file in self.files
        )
        return msgspec.structs.replace(self, files=tuple(files))

    def listing(self, files: Iterable[RemoteFile]) -> "Manifest":
        """The same with another list; what is unchanged stays as it is."""
        known = {(f.path, f.size, f.hash): f.state for f in self.files if f.hash}
        records = (
            FileRecord(
                path=file.path,
                size=file.size,
                digest=file.digest,
                hash=file.hash,
                revision=file.revision,
                state=known.get((file.path, file.size, file.hash), FileState.WANTED),
            )
            for file in files
        )
        return msgspec.structs.replace(self, files=tuple(records), stale=False)


_DECODER = msgspec.json.Decoder(Manifest)


def load(folder: Path) -> Manifest | None:
    """Reads a folder's manifest; None where there is none that can be read."""
    try:
        found = _DECODER.decode((folder / NAME).read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    is_ours = found.version == _VERSION and all(is_safe(f.path) for f in found.files)
    return found if is_ours else None


def save(folder: Path, manifest: Manifest) -> None:
    """Writes a folder's manifest.

    Raises:
        OSError: It cannot be written; the old one is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    journal.replace_file(folder / NAME, msgspec.json.encode(manifest))


def mark_used(folder: Path, paths: Iterable[str]) -> None:
    """Notes that files are not needed any more, while no downloader is at work.

    Raises:
        OSError: The manifest cannot be written.
    """
    found = load(folder)
    if found is None:
        return
    for path in paths:
        found = found.with_state(path, FileState.USED)
    save(folder, found)


def delete_used(folder: Path, path: str) -> None:
    """Deletes a file of the download that is noted as used.

    Raises:
        OSError: It cannot be deleted.
    """
    found = load(folder)
    for file in found.files if found is not None else ():
        if file.path == path and file.state is FileState.USED:
            (folder / path).unlink(missing_ok=True)


def part_of(folder: Path, path: str) -> Path:
    """Where a file is until it is whole."""
    return folder / f"{path}{PART}"


def journal_of(folder: Path, path: str) -> Path:
    """What is known of it until then."""
    return folder / f"{path}{JOURNAL}"


def present(folder: Path, file: FileRecord) -> int:
    """Bytes of a file that are here already, as far as the folder says."""
    if file.state is not FileState.WANTED:
        return file.size
    noted = journal.load(journal_of(folder, file.path))
    if noted is None or not noted.fits(file.remote):
        return 0
    with suppress(OSError):
        return min(noted.kept, part_of(folder, file.path).stat().st_size)
    return 0


def discard(folder: Path) -> None:
    """Removes everything that a download has put into its folder.

    Files that are none of its own stay, and with them the folder.

    Raises:
        OSError: Something cannot be removed.
    """
    manifest = load(folder)
    for file in manifest.files if manifest is not None else ():
        for path in (
            folder / file.path,
            part_of(folder, file.path),
            journal_of(folder, file.path),
        ):
            path.unlink(missing_ok=True)
            _remove_empty(path.parent, folder)
    for name in (NAME, folder_lock.NAME):
        (folder / name).unlink(missing_ok=True)
    _remove_empty(folder, folder.parent)


def _remove_empty(folder: Path, root: Path) -> None:
    """Removes a folder and those around it, up to `root`, as far as they are empty."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def sync_folder(folder: Path) -> None:
    """Has the disk keep the names of a folder; Windows does it by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
