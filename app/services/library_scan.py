"""Looks which models there are: the folders are the truth.

What lies there is a model, whether this program put it there or somebody by hand. What
is remembered (`app.store.library_file`) follows: a model that was renamed or moved by
hand is known again by its size and time, one whose file was replaced loses its digests.
Of what is gone, only what lies on a disk that is not there is still listed.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from app.catalogue import found_places, model_files
from app.catalogue.found_places import Program, Surroundings
from app.catalogue.library_trash import Deleted, Trash
from app.catalogue.model_files import ModelFiles
from app.domain.errors import ErrorCode, UserError
from app.services.library_facts import ModelFacts, read_facts
from app.services.library_models import Listing, Model, Owner
from app.store.library_file import LibraryFile, Record, Remembered

_Facts = ModelFacts | UserError | None


class LibraryScan:
    """Finds models.

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
        self._around = around
        self._clock = clock
        self._known: dict[tuple[object, ...], _Facts] = {}

    def models(self, repacked_types: frozenset[str] = frozenset()) -> Listing:
        """Looks what there is.

        Args:
            repacked_types: The types that this computer's processor rearranges.

        Raises:
            UserError: `FILE_NOT_WRITTEN`: what was found cannot be remembered.
        """
        remembered = self._file.load()
        own = [
            files
            for files in self._own(remembered)
            if self._facts(files, repacked_types) is not None
        ]
        self._follow(own, remembered)
        remembered = self._file.load()
        found = list(self._listed(own, remembered))
        models = [self._model(each, remembered, repacked_types) for each in found]
        order = list(Owner)
        return Listing(
            tuple(
                sorted(
                    (model for model in models if model is not None),
                    key=lambda model: (order.index(model.owner), model.title.lower()),
                )
            ),
            self.deleted(remembered),
            remembered.problems,
            remembered.broken,
        )

    def trashes(self, remembered: Remembered) -> Iterator[Trash]:
        """The trash of each folder that models of ours are in."""
        folders = [self._home, *map(Path, remembered.folders)]
        folders += [
            Path(n).parent for n, record in remembered.records.items() if record.ours
        ]
        for folder in dict.fromkeys(folder.absolute() for folder in folders):
            yield Trash(folder)

    def deleted(self, remembered: Remembered) -> tuple[Deleted, ...]:
        """What is in the trash, the last deleted first."""
        found = [item for trash in self.trashes(remembered) for item in trash.items()]
        return tuple(sorted(found, key=lambda item: item.deleted, reverse=True))

    def _own(self, remembered: Remembered) -> Iterator[ModelFiles]:
        """What lies in the folders of models, and not in another program's."""
        around = self._around
        others = [place for _, place in found_places.places(around)] if around else []
        for folder in (self._home, *map(Path, remembered.folders)):
            for files in model_files.in_folder(folder):
                if not any(files.path.is_relative_to(place) for place in others):
                    yield files

    def _follow(self, own: Iterable[ModelFiles], remembered: Remembered) -> None:
        """Remembers what is new in the folders, and what was done there by hand."""
        lost = {
            (record.size, record.changed): path
            for path, record in remembered.records.items()
            if record.size and not os.path.lexists(path)
        }
        in_trash = {key_of(item.files[0]) for item in self.deleted(remembered)}
        for files in own:
            key, state = key_of(files.path), (files.size, files.changed)
            record = remembered.records.get(key)
            before = lost.get(state)
            if record is None and before is not None and before not in in_trash:
                self._file.move(before, key)
            elif record is None or not record.added:
                self._file.change(key, partial(_seen, files=files, now=self._clock()))
            elif (record.size, record.changed) != state:
                # Other bytes: what was known of the old ones is not true of them.
                self._file.change(key, partial(_altered, files=files))

    def _listed(
        self, own: Iterable[ModelFiles], remembered: Remembered
    ) -> Iterator[tuple[ModelFiles, Owner, Program | None]]:
        """All models, each once."""
        seen: set[str] = set()
        for mine in own:
            if _is_new(mine.path, seen):
                yield mine, Owner.PROGRAM, None
        others = found_places.models(self._around) if self._around else ()
        for found in others:
            if _is_new(found.model.path, seen):
                yield found.model, Owner.OTHER, found.program
        in_trash = {key_of(item.files[0]) for item in self.deleted(remembered)}
        for name, record in remembered.records.items():
            path = Path(name)
            if name in in_trash or not _is_new(path, seen):
                continue
            owner = Owner.PROGRAM if record.ours else Owner.USER
            files = model_files.of_path(path)
            if files is not None:
                yield files, owner, None
            elif record.size and not path.parent.is_dir():
                gone = ModelFiles((path,), path.stem, record.size, record.changed)
                yield gone, owner, None

    def _model(
        self,
        found: tuple[ModelFiles, Owner, Program | None],
        remembered: Remembered,
        repacked_types: frozenset[str],
    ) -> Model | None:
        files, owner, program = found
        key = key_of(files.path)
        facts = self._facts(files, repacked_types)
        if facts is None:
            return None
        problem = facts if isinstance(facts, UserError) else None
        if problem is None and not files.complete:
            detail = f"{files.name} ({len(files.files)}/{files.parts})"
            problem = UserError(ErrorCode.MODEL_UNREADABLE, detail)
        return Model(
            files=files,
            owner=owner,
            program=program,
            facts=facts if isinstance(facts, ModelFacts) else None,
            problem=problem,
            record=remembered.records.get(key, Record()),
            is_default=remembered.default == key,
        )

    def _facts(self, files: ModelFiles, repacked_types: frozenset[str]) -> _Facts:
        """What a file says, read once for as long as it stays the same."""
        if not os.path.lexists(files.path):
            return UserError(ErrorCode.MODEL_NOT_FOUND, str(files.path))
        key = (files.files, files.size, files.changed, repacked_types)
        if key not in self._known:
            try:
                self._known[key] = read_facts(files, repacked_types)
            except UserError as error:
                if error.code is ErrorCode.MODEL_NOT_FOUND:
                    return error
                self._known[key] = error
        return self._known[key]


def key_of(path: Path) -> str:
    """The name by which a model is remembered."""
    return str(path.absolute())


def _is_new(path: Path, seen: set[str]) -> bool:
    real = os.path.realpath(path)
    if real in seen:
        return False
    seen.add(real)
    return True


def _seen(record: Record, files: ModelFiles, now: datetime) -> Record:
    return replace(
        record, size=files.size, changed=files.changed, added=record.added or now
    )


def _altered(record: Record, files: ModelFiles) -> Record:
    """What is still true of a model whose bytes are others now."""
    return replace(
        record,
        size=files.size,
        changed=files.changed,
        digests=(),
        checked=None,
        speeds=(),
    )
