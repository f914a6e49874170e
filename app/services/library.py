"""What is done with the models of this computer.

Models of other programs are listed and used; each way to change one of them ends in
`LIBRARY_FOREIGN`. All of it may wait for the disk: not for the window's own thread.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from app.catalogue import library_move, model_files
from app.catalogue.found_places import Surroundings
from app.catalogue.library_trash import Deleted, Trash
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Usage
from app.services.library_models import Listing, Model, Owner
from app.services.library_scan import LibraryScan, key_of
from app.store.library_file import LibraryFile

_MOST_SPEEDS: Final = 8
_FEWEST_TOKENS: Final = 8
"""A shorter reply says little of how fast a model is."""
_LONGEST_NAME: Final = 200


class Library:
    """The models of this computer.

    Args:
        file: What is remembered.
        home: The program's own folder of models.
        around: Where other programs keep theirs; None looks for none.
        clock: The present moment.
    """

    def __init__(
        self,
        file: LibraryFile,
        home: Path,
        *,
        around: Surroundings | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._file = file
        self._home = home
        self._clock = clock
        self._scan = LibraryScan(file, home, around=around, clock=clock)

    @property
    def home(self) -> Path:
        """The program's own folder of models."""
        return self._home

    def models(self, repacked_types: frozenset[str] = frozenset()) -> Listing:
        """Looks what there is.

        Args:
            repacked_types: The types that this computer's processor rearranges.

        Raises:
            UserError: `FILE_NOT_WRITTEN`: what was found cannot be remembered.
        """
        return self._scan.models(repacked_types)

    def used(self, path: Path) -> None:
        """A model was loaded.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        now = self._clock()
        self._file.change(key_of(path), lambda old: replace(old, used=now))

    def replied(self, path: Path, usage: Usage) -> None:
        """A model has written a reply.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        speed = round(usage.tokens_per_second, 2)
        if usage.generated_tokens >= _FEWEST_TOKENS and speed > 0:
            self._file.change(
                key_of(path),
                lambda old: replace(
                    old, speeds=(*old.speeds, speed)[-_MOST_SPEEDS:], used=self._clock()
                ),
            )

    def came(
        self,
        path: Path,
        digests: tuple[str, ...],
        *,
        origin: str = "",
        source: str = "",
    ) -> None:
        """A model was downloaded or converted.

        Args:
            path: The file that is loaded.
            digests: The SHA-256 of each of its files.
            origin: The repository that it is from.
            source: The folder of the checkpoint, if that is kept.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        files = model_files.of_path(path)
        now = self._clock()
        self._file.change(
            key_of(path),
            lambda old: replace(
                old,
                size=files.size if files else 0,
                changed=files.changed if files else 0,
                ours=True,
                digests=digests,
                origin=origin,
                source=source,
                added=now,
                checked=now,
            ),
        )

    def checked(self, model: Model, digests: tuple[str, ...]) -> bool:
        """A model's files were read through.

        Returns:
            Whether they are what they should be; the first time they are taken as such.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        if model.digests and model.digests != digests:
            return False
        now = self._clock()
        self._file.change(
            key_of(model.path), lambda old: replace(old, digests=digests, checked=now)
        )
        return True

    def rename(self, model: Model, name: str) -> None:
        """Gives a model a name to be shown; its files keep theirs.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        shown = " ".join(name.split())[:_LONGEST_NAME]
        wanted = "" if shown == model.files.name else shown
        self._file.change(key_of(model.path), lambda old: replace(old, name=wanted))

    def choose(self, model: Model | None) -> None:
        """Says which model is loaded at the start; None is the one used last.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        self._file.choose(key_of(model.path) if model is not None else "")

    def default(self) -> Path | None:
        """The model that is loaded at the start, if one was chosen and is there."""
        chosen = self._file.load().default
        return Path(chosen) if chosen and Path(chosen).is_file() else None

    def forget(self, model: Model) -> None:
        """Leaves a file of the user's, or one that is gone, out of the list.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        self._file.forget(key_of(model.path))

    def delete(self, model: Model, in_use: Path | None) -> Deleted:
        """Puts a model into the trash.

        Args:
            model: The model.
            in_use: The file that the engine has open.

        Raises:
            UserError: `LIBRARY_FOREIGN`, `LIBRARY_IN_USE`, `LIBRARY_BUSY` or
                `FILE_NOT_WRITTEN`; nothing was changed.
        """
        self.check_changeable(model, in_use)
        # What is in the trash is looked for below the folders of models that are ours.
        self._file.change(key_of(model.path), lambda old: replace(old, ours=True))
        trash = Trash(model.path.absolute().parent)
        return trash.put(model.title, model.files.files, self._clock())

    def restore(self, deleted: Deleted) -> None:
        """Takes a model out of the trash.

        Raises:
            UserError: `LIBRARY_TAKEN`, `LIBRARY_BUSY`, `MODEL_NOT_FOUND` or
                `FILE_NOT_WRITTEN`.
        """
        Trash(deleted.folder.parent.parent).restore(deleted)

    def empty_trash(self) -> None:
        """Deletes for good what is in the trash.

        Raises:
            UserError: `LIBRARY_BUSY` or `FILE_NOT_WRITTEN`.
        """
        remembered = self._file.load()
        for deleted in self._scan.deleted(remembered):
            self._file.forget(key_of(deleted.files[0]))
        for trash in self._scan.trashes(remembered):
            trash.empty()

    def settle(self) -> None:
        """Brings to an end what was broken off when the program was killed."""
        library_move.settle(self._home)
        for trash in self._scan.trashes(self._file.load()):
            trash.settle()

    def will_move(self, model: Model, folder: Path) -> None:
        """A model is about to be moved; it is ours there too, however that ends.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        target = key_of(folder / model.path.name)
        known = replace(model.record, ours=True)
        self._file.change(target, lambda _old: known)

    def moved(self, model: Model, folder: Path) -> None:
        """A model's files have been moved.

        Raises:
            UserError: `FILE_NOT_WRITTEN`; the next listing finds them all the same.
        """
        old, new = key_of(model.path), key_of(folder / model.path.name)
        self._file.change(old, lambda record: replace(record, ours=True))
        self._file.move(old, new)

    def not_moved(self, model: Model, folder: Path) -> None:
        """A model's files are where they were.

        Raises:
            UserError: `FILE_NOT_WRITTEN`.
        """
        self._file.forget(key_of(folder / model.path.name))

    def check_changeable(self, model: Model, in_use: Path | None) -> None:
        """Raises the error that changing a model's files would be.

        Raises:
            UserError: `LIBRARY_FOREIGN` or `LIBRARY_IN_USE`.
        """
        if model.owner is not Owner.PROGRAM:
            raise UserError(ErrorCode.LIBRARY_FOREIGN, model.title)
        if in_use is not None and _is_same(in_use, model):
            raise UserError(ErrorCode.LIBRARY_IN_USE, model.title)


def _is_same(one: Path, model: Model) -> bool:
    real = os.path.realpath(one)
    return any(os.path.realpath(file) == real for file in model.files.files)
